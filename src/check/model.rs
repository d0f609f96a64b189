//! Checks that the model exists and is not retired.

use super::Severity;
use super::context::Context;
use super::fault::{Fault, Sink, Site};
use super::faults::settings as faults;
use crate::model::Model;
use crate::shown::bare_name;

impl Context<'_> {
    pub(super) fn model(&self, out: &mut Sink<'_>) {
        match self.budget.model() {
            None => self.unknown_model(out),
            Some(model) => self.retired_model(out, model),
        }
    }

    fn unknown_model(&self, out: &mut Sink<'_>) {
        let is_named = self.budget.names_model();
        // If the endpoint requires the model in the body, the form reports it.
        if !is_named && self.form_names_model() {
            return;
        }
        let fault: &Fault = match is_named {
            true => &faults::UNKNOWN_MODEL,
            false => &faults::UNNAMED_MODEL,
        };
        let severity = if self.budget.registry_is_closed() && is_named {
            Severity::Refused
        } else {
            Severity::Risky
        };
        let remedy = match self.budget.nearest_models() {
            _ if !is_named && self.request.format().wire().model_is_in_url => {
                "give the model of the URL: `Budget::lenient_for`, or `--model NAME`".to_owned()
            }
            _ if !is_named => "set `model`".to_owned(),
            [] => "correct the name, or add the model's limits as an override".to_owned(),
            near => {
                let near: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
                format!(
                    "did you mean {}? Otherwise add the model's limits as an override",
                    near.join(" or ")
                )
            }
        };
        let site = self.at_model().text("remedy", remedy);
        out.report(fault, site.verdict(Some(severity)));
    }

    /// A date is from the vendor or a catalog: another host may serve the model longer.
    fn retired_model(&self, out: &mut Sink<'_>, model: &Model) {
        let day = self.budget.day();
        let shut_down = model.shutdown_date();
        let removed = model.status() == Some("removed") && shut_down.is_none();
        if !model.is_shut_down(day) {
            return;
        }
        let elsewhere = self.budget.host().is_some();
        let registry_day = self.budget.models().facts_day();
        let severity = match day {
            Some(_) if elsewhere => Severity::Risky,
            // A model that was shut down when the registry was made is shut down on every later
            // day.
            Some(day) if !removed || day >= registry_day => Severity::Refused,
            _ => Severity::Risky,
        };
        let when = match shut_down {
            Some(date) => format!("on {date}"),
            None => "before the registry was made".to_owned(),
        };
        let site = self.at_model().text("when", when);
        out.report(&faults::RETIRED_MODEL, site.verdict(Some(severity)));
    }

    fn at_model<'s>(&self) -> Site<'s> {
        let (pointer, offset) = self.request.model_pointer();
        let name = self
            .request
            .model()
            .map(|name| format!(" `{}`", bare_name(&name)))
            .unwrap_or_default();
        Site::at_offset(offset, pointer).text("model", name)
    }
}
