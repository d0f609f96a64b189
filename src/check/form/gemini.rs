//! Rules of Google's generateContent beyond the types of its fields, which are in `provider/gemini/fields.rs`.
//!
//! Google's two clouds report ranges in different words, so that only the answer to an unknown name is predicted.

use super::super::context::Context;
use super::super::fault::Sink;
use super::super::path::Path;
use super::misfit::misfit;
use crate::json::{Kind, Value};
use crate::provider::gemini::fields::{CONFIG, FIELDS};

impl<'c> Context<'c> {
    pub(in crate::check) fn gemini_form(&self, out: &mut Sink<'_>) {
        let root = self.request.fields();
        // A request that is wrapped to be counted is not sent.
        if root.kind() != Kind::Object || !self.request.layout().root.is_empty() {
            return;
        }
        let counts = root.get_some("generateContentRequest").is_some();
        if root.get("contents").is_none() && !counts {
            self.lacks_first(out, root, "contents");
        }
        self.fields(out, root, &Path::ROOT, FIELDS);
        for name in ["generationConfig", "generation_config"] {
            if let Some(config) = root.get_some(name) {
                self.gemini_config(out, config, &Path::ROOT.field(name));
            }
        }
    }

    fn gemini_config(&self, out: &mut Sink<'_>, config: Value<'c>, path: &Path<'_>) {
        for (spellings, is) in CONFIG {
            for name in *spellings {
                if let Some(value) = config.get_some(name)
                    && let Some(misfit) = misfit(is, value)
                {
                    let verdict = self.strictness.settings;
                    self.misfits_as(out, verdict, value, &path.field(name), misfit);
                }
            }
        }
    }
}
