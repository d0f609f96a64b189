//! Whether there is such a model, still.

use super::{ApiAnswer, Check, Finding, Phase, Severity, codes};
use crate::model::Model;
use crate::shown::bare_name;

impl Check<'_> {
    pub(super) fn model(&mut self) {
        match self.budget.model() {
            None => self.unknown_model(),
            Some(model) => self.retired_model(model),
        }
    }

    fn unknown_model(&mut self) {
        // Where the endpoint wants a model in the body, the form says so.
        if !self.budget.names_model() && self.form_names_model() {
            return;
        }
        let (message, remedy) = if self.budget.names_model() {
            (
                "the registry does not know the model; sizes are not checked",
                "correct the name, or give the model's limits in an override",
            )
        } else {
            (
                "the request names no model; sizes are not checked",
                "name the model that it is sent to",
            )
        };
        let severity = if self.budget.registry_is_closed() && self.budget.names_model() {
            Severity::Refused
        } else {
            Severity::Risky
        };
        let finding = self.at_model(severity, codes::UNKNOWN_MODEL, message.to_owned(), remedy);
        let api = (self.server == super::Server::OpenAi).then(|| ApiAnswer {
            status: 404,
            code: Some("model_not_found".into()),
            message: self.no_such_model(),
            ..ApiAnswer::openai(None, None, String::new())
        });
        self.findings.push(finding.with_api(api));
    }

    fn no_such_model(&self) -> String {
        let name = self
            .request
            .model()
            .map(|name| format!(" `{}`", bare_name(&name)))
            .unwrap_or_default();
        format!("The model{name} does not exist or you do not have access to it.")
    }

    /// A date is the vendor's, or one of a catalogue: another host may serve the model longer.
    fn retired_model(&mut self, model: &Model) {
        let day = self.budget.day();
        let shut_down = model.shutdown_date();
        let removed = model.status() == Some("removed") && shut_down.is_none();
        if !model.is_shut_down(day) {
            return;
        }
        let elsewhere = self.budget.host().is_some();
        let registry_day = self.budget.counter().registry().facts_day();
        let severity = match day {
            Some(_) if elsewhere => Severity::Risky,
            // What was gone when the registry was made is gone on every later day.
            Some(day) if !removed || day >= registry_day => Severity::Refused,
            _ => Severity::Risky,
        };
        let when = match shut_down {
            Some(date) => format!("on {date}"),
            None => "before the registry was made".to_owned(),
        };
        let finding = self.at_model(
            severity,
            codes::RETIRED_MODEL,
            format!("the model was shut down {when}"),
            "take its successor",
        );
        let api = (self.server == super::Server::OpenAi).then(|| ApiAnswer {
            status: 404,
            code: Some("model_not_found".into()),
            message: self.no_such_model(),
            ..ApiAnswer::openai(None, None, String::new())
        });
        self.findings.push(finding.with_api(api));
    }

    fn at_model(
        &self,
        severity: Severity,
        code: &'static str,
        message: String,
        remedy: &'static str,
    ) -> Finding {
        let (pointer, offset) = self.request.model_pointer();
        Finding::new(
            code,
            severity,
            Phase::Model,
            offset,
            pointer,
            message,
            remedy,
        )
    }
}
