//! Choice of the rules for a model with a public chat template.

use super::open::OpenRules;
use super::{deepseek, glm, gpt_oss, kimi, llama, mimo, minimax, mistral, qwen};
use crate::model::{BillingFamily, CountingGeneration, Model};

/// Returns the rules of a model on its day: by its generation, else by its vocabulary. `None` for a
/// model without a public template.
pub(crate) fn open_rules(model: &Model) -> Option<&'static OpenRules> {
    use CountingGeneration as Of;
    if model.billing() == BillingFamily::Harmony {
        return Some(&gpt_oss::RULES);
    }
    if model.billing() != BillingFamily::Other {
        return None;
    }
    let (v4, _) = deepseek::V4_FROM.holds_on(model.day());
    let (v3_1, _) = deepseek::V3_1_FROM.holds_on(model.day());
    match model.asked_generation() {
        Some(Of::MistralSmall) => return Some(&mistral::SMALL),
        Some(Of::MistralV11) => return Some(&mistral::V11),
        Some(Of::MistralV7) => return Some(&mistral::V7),
        Some(Of::DeepSeekChat) if v4 => return Some(&deepseek::CHAT),
        Some(Of::DeepSeekChat) if v3_1 => return Some(&deepseek::V3_1_CHAT),
        Some(Of::DeepSeekChat) => return Some(&deepseek::V3_CHAT),
        Some(Of::DeepSeekReasoner) if v4 => return Some(&deepseek::V4),
        Some(Of::DeepSeekReasoner) => return Some(&deepseek::V3_REASONER),
        Some(Of::DeepSeekDistill) => return Some(&deepseek::DISTILL),
        Some(Of::DeepSeekV4Pro) => return Some(&deepseek::V4_PRO),
        Some(Of::KimiK25) => return Some(&kimi::K2_5),
        Some(Of::Glm45) => return Some(&glm::GLM_4_5),
        Some(Of::Glm46) => return Some(&glm::GLM_4_6),
        Some(Of::Glm52) => return Some(&glm::GLM_5_2),
        Some(Of::Qwen25) => return Some(&qwen::QWEN_2_5),
        Some(Of::Qwen3Coder) => return Some(&qwen::CODER),
        Some(Of::Qwen38Max) => return Some(&qwen::QWEN_3_8_MAX),
        Some(Of::Llama30) => return Some(&llama::LLAMA_3),
        Some(Of::Llama32) => return Some(&llama::LLAMA_3_2),
        Some(Of::Mimo25) => return Some(&mimo::V2_5),
        Some(Of::Mimo25Pro) => return Some(&mimo::V2_5_PRO),
        _ => {}
    }
    match model.encoding_name()? {
        "mistral_tekken" => Some(&mistral::RULES),
        "deepseek_v4" => Some(&deepseek::V4),
        "deepseek_v3" => Some(&deepseek::HOSTED),
        "kimi_k2" => Some(&kimi::K2),
        "kimi_k3" => Some(&kimi::K2_5),
        "glm4" | "glm5" => Some(&glm::GLM_4_7),
        "qwen2" => Some(&qwen::QWEN_3),
        "qwen35" => Some(&qwen::QWEN_3_5),
        "minimax_m2" => Some(&minimax::M2),
        "llama3" => Some(&llama::LLAMA_3_1),
        _ => None,
    }
}
