//! Mistral: the version of the format and the settings on a day, and the choice among the tools.

use super::Open;
use crate::count::TokenCount;
use crate::count::render::mistral;
use crate::count::render::script::Script;
use crate::count::rules::{CHOICE_2026, MistralTemplate, TEKKEN_LATEST, Version};
use crate::provider::Choice;

impl Open<'_> {
    pub(super) fn mistral(&mut self, template: &MistralTemplate, script: &mut Script) {
        let day = self.model.day();
        let (of_2026, _) = CHOICE_2026.holds_on(day);
        if self.choice == Choice::None && (of_2026 || !self.has_calls) {
            self.functions.clear();
        }
        let forced = self.only_named().filter(|_| of_2026);
        let version = self.version(template);
        let form = self.answer_form();
        let has_settings = template
            .settings_from
            .is_some_and(|day_of| day_of.holds_on(day).0 && !form)
            || template.settings_with_text && self.text_form();
        let effort = self.request.layout().effort;
        let effort = effort
            .and_then(|effort| self.request.value(effort).as_str())
            .unwrap_or("none".into());
        mistral::write(
            script,
            &self.turns,
            &self.functions,
            version,
            has_settings.then_some(&*effort),
            forced.as_deref(),
        );
        if !TEKKEN_LATEST.holds_on(day).0 {
            self.doubt("in 2024 some models had another vocabulary", 2, 45);
        }
        if self.version_is_unsure(template) {
            self.doubt("between two days either of two formats may hold", 5, 30);
        }
    }

    fn version(&self, template: &MistralTemplate) -> Version {
        let day = self.model.day();
        let mut version = template.version;
        for (until, before) in template.before {
            if until.holds_on(day).0 {
                break;
            }
            version = *before;
        }
        version
    }

    fn version_is_unsure(&self, template: &MistralTemplate) -> bool {
        let day = self.model.day();
        template
            .before
            .iter()
            .any(|(until, _)| !until.holds_on(day).1)
    }
}

/// Returns the tokens of an image: patches of 28 × 28 pixels, and one for each row (50 of 54
/// requests; the other four, of one application, are 43 more).
pub(super) fn image((width, height): (u64, u64)) -> TokenCount {
    let rows = height.div_ceil(28);
    let tokens = rows.saturating_mul(width.div_ceil(28).saturating_add(1));
    TokenCount::calibrated(tokens, tokens.saturating_sub(2), tokens.saturating_add(43))
}
