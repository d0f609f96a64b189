//! Settings of generateContent by model and by cloud: ranges, schemas of the answer, thinking.
//!
//! Source: docs/evidence/validation_other_providers.md, section B.4.

use super::super::context::Context;
use super::super::fault::Sink;
use super::super::faults::gemini as faults;
use super::super::path::Path;
use super::super::server::{RISKY, TAKEN};
use super::gemini::{Offered, spelled};
use super::misfit::misfit;
use crate::json::Value;
use crate::model::{Host, Match, Quirk, Reasoning, Takes};
use crate::provider::gemini::fields::CONFIG as RANGES;
use crate::provider::gemini::messages::CONFIG;
use crate::shown::shown_word;
use crate::words::listed;

impl<'c> Context<'c> {
    pub(super) fn gemini_config(
        &self,
        out: &mut Sink<'_>,
        config: Value<'c>,
        path: &Path<'_>,
        offered: &Offered<'_>,
    ) {
        self.gemini_fields(out, config, path, CONFIG);
        for (spellings, is) in RANGES {
            for name in *spellings {
                if let Some(value) = config.get_some(name)
                    && let Some(misfit) = misfit(is, value)
                {
                    let verdict = self.strictness.settings;
                    self.misfits_as(out, verdict, value, &path.field(name), misfit);
                }
            }
        }
        self.penalties(out, config, path);
        self.answer_schemas(out, config, path);
        let mime = spelled(config, "responseMimeType", "response_mime_type");
        if let Some((name, mime)) = mime
            && mime.is_str("application/json")
            && offered.functions > 0
            && self
                .budget
                .model()
                .is_some_and(|model| model.abilities().json_schema_with_tools == Some(false))
        {
            let there = path.field(name);
            let site = self.site(mime, &there);
            out.report(
                &faults::GEMINI_JSON_WITH_FUNCTIONS,
                site.verdict(self.by_model()),
            );
        }
        if let Some((name, thinking)) = spelled(config, "thinkingConfig", "thinking_config") {
            self.thinking_config(out, thinking, &path.field(name));
        }
    }

    fn penalties(&self, out: &mut Sink<'_>, config: Value<'c>, path: &Path<'_>) {
        let model_refuses = self.budget.model().is_some_and(|model| {
            model.abilities().takes(|sampling| sampling.penalties) == Some(Takes::No)
        });
        // The Gemini API refuses them for every model.
        let verdict = match self.budget.host() {
            _ if self.is_gemini_api() => self.strictness.settings,
            _ if model_refuses => self.by_model(),
            Some(Host::Vertex) => TAKEN,
            _ => self.strictness.settings.and(RISKY),
        };
        if verdict.is_none() {
            return;
        }
        for (camel, snake) in [
            ("presencePenalty", "presence_penalty"),
            ("frequencyPenalty", "frequency_penalty"),
        ] {
            if let Some((name, penalty)) = spelled(config, camel, snake)
                // Zero has no effect.
                && penalty.raw().parse() != Ok(0.0)
            {
                let there = path.field(name);
                let site = self.site(penalty, &there);
                out.report(&faults::GEMINI_PENALTY, site.verdict(verdict));
            }
        }
    }

    fn answer_schemas(&self, out: &mut Sink<'_>, config: Value<'c>, path: &Path<'_>) {
        let schema = spelled(config, "responseSchema", "response_schema");
        let json = spelled(config, "responseJsonSchema", "response_json_schema");
        if let (Some((first, _)), Some((second, _))) = (schema, json) {
            let site = self.site(config, path);
            out.report(
                &faults::GEMINI_TWO_SCHEMAS,
                site.text("first", first)
                    .text("second", second)
                    .verdict(RISKY),
            );
        }
        if let Some((name, schema)) = schema {
            self.gemini_schema(out, schema, &path.field(name), None);
        }
        let Some((name, schema)) = schema.or(json) else {
            return;
        };
        let mime = spelled(config, "responseMimeType", "response_mime_type");
        let fits = mime
            .is_some_and(|(_, mime)| mime.is_str("application/json") || mime.is_str("text/x.enum"));
        if !fits {
            let there = path.field(name);
            let site = self.site(schema, &there);
            out.report(&faults::GEMINI_SCHEMA_WITHOUT_JSON, site.verdict(RISKY));
        }
    }

    fn thinking_config(&self, out: &mut Sink<'_>, thinking: Value<'c>, path: &Path<'_>) {
        let budget = spelled(thinking, "thinkingBudget", "thinking_budget");
        let level = spelled(thinking, "thinkingLevel", "thinking_level");
        if let (Some(_), Some((name, level))) = (budget, level) {
            let there = path.field(name);
            out.report(&faults::GEMINI_BUDGET_AND_LEVEL, self.site(level, &there));
        }
        let Some(model) = self.budget.model() else {
            return;
        };
        let abilities = model.abilities();
        let verdict = self.by_model();
        if let Some((name, value)) = budget {
            self.gemini_thinking_budget(out, value, &path.field(name));
        }
        let Some((name, value)) = level else {
            return;
        };
        let there = path.field(name);
        let site = self
            .site(value, &there)
            .text("model", self.google_model())
            .verdict(verdict);
        if abilities.reasoning == Some(Reasoning::None) {
            out.report(&faults::GEMINI_NO_THINKING, site);
            return;
        }
        if abilities.thinking_budget.is_some() {
            out.report(&faults::GEMINI_NO_LEVEL, site);
            return;
        }
        let Some(efforts) = abilities.efforts else {
            return;
        };
        let Some(word) = value.as_str() else {
            return;
        };
        let lower = word.to_ascii_lowercase();
        if lower == "thinking_level_unspecified" || efforts.contains_word(&lower) {
            return;
        }
        let choices: Vec<String> = efforts.words().map(str::to_ascii_uppercase).collect();
        let choices: Vec<&str> = choices.iter().map(String::as_str).collect();
        out.report(
            &faults::GEMINI_LEVEL,
            site.text("level", shown_word(&lower).to_ascii_uppercase())
                .text("choices", listed(&choices, "or")),
        );
    }

    fn gemini_thinking_budget(&self, out: &mut Sink<'_>, value: Value<'c>, path: &Path<'_>) {
        let Some(model) = self.budget.model() else {
            return;
        };
        let abilities = model.abilities();
        let Ok(budget) = value.raw().parse::<i64>() else {
            return;
        };
        let site = || {
            self.site(value, path)
                .text("model", self.google_model())
                .verdict(self.by_model())
        };
        if abilities.reasoning == Some(Reasoning::None) {
            if budget != 0 {
                out.report(&faults::GEMINI_NO_THINKING, site());
            }
            return;
        }
        if budget == 0 {
            // Vertex accepts it on a newer model.
            let taken =
                self.budget.host() == Some(Host::Vertex) && abilities.thinking_budget.is_none();
            if self.has_quirk(Quirk::BudgetZeroRefused) && !taken {
                // The quirk of a moving name is that name's own.
                let verdict = match model.matched() {
                    Match::MovingName => self.strictness.settings,
                    _ => self.by_model(),
                };
                out.report(&faults::GEMINI_BUDGET_ZERO, site().verdict(verdict));
            }
            return;
        }
        let Some(range) = abilities.thinking_budget else {
            return;
        };
        let (Some(least), Some(most)) = (range.min, range.max) else {
            return;
        };
        if budget != -1 && !(i64::from(least)..=i64::from(most)).contains(&budget) {
            out.report(
                &faults::GEMINI_BUDGET_RANGE,
                site()
                    .text("got", budget.to_string())
                    .number("least", u64::from(least))
                    .number("most", u64::from(most)),
            );
        }
    }
}
