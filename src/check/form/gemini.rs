//! The fields of Google's generateContent, in both of their spellings.
//!
//! Source: the API reference (2026-11). What is out of range is told in other words on each of Google's two clouds, so that
//! no answer is foretold but that of a name that is not known.

use super::super::Check;
use super::super::codes;
use super::super::finding::Phase;
use super::super::server::{REFUSED, RISKY, Server, TAKEN};
use super::fields::{Field, Is, MOST, Manner, Tongue, field};
use super::path::Path;
use crate::json::{Kind, Value};

const FIELDS: &[Field] = &[
    field("contents", Is::Any),
    field("model", Is::Str(0)),
    field("tools", Is::Any),
    field("toolConfig", Is::Obj),
    field("tool_config", Is::Obj),
    field("systemInstruction", Is::Any),
    field("system_instruction", Is::Any),
    field("generationConfig", Is::Obj),
    field("generation_config", Is::Obj),
    field("safetySettings", Is::List("a list of settings")),
    field("safety_settings", Is::List("a list of settings")),
    field("cachedContent", Is::Str(0)),
    field("cached_content", Is::Str(0)),
    field("labels", Is::Obj),
    field("store", Is::Bool),
    field("serviceTier", Is::Any),
    field("service_tier", Is::Any),
    field("modelArmorConfig", Is::Obj),
    field("model_armor_config", Is::Obj),
    field("generateContentRequest", Is::Obj),
    field("generate_content_request", Is::Obj),
];

/// Its ranges, in both spellings.
const CONFIG: &[(&[&str], Is)] = &[
    (&["temperature"], Is::Dec(0.0, 2.0)),
    (&["topP", "top_p"], Is::Dec(0.0, 1.0)),
    (&["topK", "top_k"], Is::Dec(0.0, 1_000_000.0)),
    (&["candidateCount", "candidate_count"], Is::Int(1, 8)),
    (&["maxOutputTokens", "max_output_tokens"], Is::Int(1, MOST)),
    (&["stopSequences", "stop_sequences"], Is::Stop(5)),
];

impl<'c> Check<'c> {
    pub(super) fn gemini_form(&mut self) {
        let root = self.request.fields();
        // What is wrapped to be counted is not sent.
        if root.kind() != Kind::Object || !self.request.layout().root.is_empty() {
            return;
        }
        let known = self.server == Server::Google;
        let settings = if known { REFUSED } else { RISKY };
        let manner = Manner {
            tongue: if known { Tongue::Google } else { Tongue::None },
            settings,
            // Fields come with previews.
            unknown: if known { RISKY } else { TAKEN },
            slip: settings,
        };
        let counts = root.get_some("generateContentRequest").is_some();
        if root.get("contents").is_none() && !counts {
            self.odd(
                REFUSED,
                (root, &Path::ROOT),
                Phase::Missing,
                codes::MISSING_PARAMETER,
                "the request has no `contents`",
                "give it what there is to answer",
                None,
            );
        }
        self.fields(root, &Path::ROOT, FIELDS, manner);
        for name in ["generationConfig", "generation_config"] {
            if let Some(config) = root.get_some(name) {
                self.gemini_config(config, &Path::ROOT.field(name), manner);
            }
        }
    }

    fn gemini_config(&mut self, config: Value<'c>, path: &Path<'_>, manner: Manner) {
        for (spellings, is) in CONFIG {
            for name in *spellings {
                if let Some(value) = config.get_some(name)
                    && let Some(wrong) = super::fields::fault_of(is, value)
                {
                    self.wrong(
                        manner.settings,
                        Tongue::None,
                        value,
                        &path.field(name),
                        wrong,
                    );
                }
            }
        }
    }
}
