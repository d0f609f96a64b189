//! Formats that serve a model at its host, and the adaptation of a request to it.
//!
//! If nothing is known, the format is assumed to be served: only known mismatches are errors.

use super::super::server::{self, Server};
use crate::budget::Budget;
use crate::edit::{Action, Edit};
use crate::error::{Error, Inner};
use crate::model::{Endpoint, Host};
use crate::provider::host_serves;
use crate::request::{Edits, Format, Request, Role, json_string};

/// Returns an error if the budget's model is not served in the format.
pub(super) fn serves(budget: &Budget, format: Format) -> Result<(), Error> {
    match (budget.model(), is_served(budget, format)) {
        (Some(model), false) => Err(Inner::OtherFormat {
            model: model.id().to_owned(),
            format: format.as_str(),
        }
        .into()),
        _ => Ok(()),
    }
}

/// Returns the format of the vendor of the budget's model, if it is served in it; else that of chat
/// requests.
pub(crate) fn own_format(budget: &Budget) -> Format {
    let vendor = match budget.model().map(|model| model.provider()) {
        Some("anthropic") => Format::Anthropic,
        Some("google") => Format::Gemini,
        _ => Format::OpenAiChat,
    };
    match is_served(budget, vendor) {
        true => vendor,
        false => Format::OpenAiChat,
    }
}

/// Returns whether the budget's model is served in a format, or nothing is known.
pub(crate) fn is_served(budget: &Budget, format: Format) -> bool {
    let Some(model) = budget.model() else {
        return true;
    };
    let vendor = model.provider();
    match (budget.host(), format) {
        (Some(host), _) if host_serves(host, format) == Some(false) => false,
        (Some(Host::Bedrock), Format::Gemini) => false,
        (Some(Host::Bedrock), Format::Anthropic) => vendor == "anthropic",
        (Some(Host::Bedrock), _) => true,
        (Some(Host::Vertex), Format::Anthropic) => vendor == "anthropic",
        (Some(Host::Gemini | Host::Vertex), Format::Gemini) => vendor == "google",
        (Some(Host::Vertex), _) => format == Format::OpenAiChat,
        (Some(Host::OpenAi | Host::Azure | Host::GithubCopilot), _) => {
            is_of_openai(format) && has_endpoint(budget, format)
        }
        (
            Some(Host::Groq | Host::Perplexity | Host::Cerebras),
            Format::Anthropic | Format::Gemini | Format::BedrockConverse,
        ) => false,
        (Some(Host::Ollama | Host::Local | Host::Other), _) => true,
        (Some(_), Format::Gemini | Format::BedrockConverse) => false,
        (Some(_), _) => true,
        // The host is not given: any host that serves its vendor's models.
        (None, Format::Gemini) => vendor == "google",
        (None, Format::Anthropic) => !matches!(vendor, "openai" | "google" | "amazon"),
        (None, Format::BedrockConverse) => vendor != "google" && !is_closed_openai(budget),
        (None, _) if vendor == "openai" => has_endpoint(budget, format),
        (None, Format::OpenAiResponses) => vendor != "anthropic",
        (None, _) => true,
    }
}

fn is_of_openai(format: Format) -> bool {
    !matches!(
        format,
        Format::Anthropic | Format::Gemini | Format::BedrockConverse
    )
}

fn is_closed_openai(budget: &Budget) -> bool {
    budget
        .model()
        .is_some_and(|model| model.provider() == "openai" && model.open_weights() != Some(true))
}

/// Whether the model is known to be served at the endpoint of a format, or nothing is known.
fn has_endpoint(budget: &Budget, format: Format) -> bool {
    let endpoint = match format {
        Format::OpenAiChat => Endpoint::Chat,
        Format::OpenAiResponses => Endpoint::Responses,
        _ => return true,
    };
    budget.model().is_none_or(|model| {
        model
            .abilities()
            .endpoints
            .is_none_or(|endpoints| endpoints.contains(endpoint))
    })
}

/// Sets the model's name, and replaces roles that only OpenAI knows by common ones.
pub(super) fn ready(budget: &Budget, request: &Request<'_>) -> Option<(String, Vec<Edit>)> {
    let mut edits = Edits::default();
    let mut done = Vec::new();
    if let (Some(model), Some(named)) = (budget.model(), request.model_value())
        && !named.is_str(model.name())
    {
        let json = json_string(model.name());
        let (pointer, _) = request.model_pointer();
        let size = (named.raw().len(), json.len());
        done.push(Edit::at(Action::RenamedModel, pointer, "other_model", size));
        edits.replace(named, json);
    }
    let server = server::server(budget, request.format());
    let knows_developers = matches!(server, Server::OpenAi);
    if request.format() == Format::OpenAiChat && !knows_developers {
        for message in request.messages() {
            let role = message.value().get_some("role");
            if let Some(role) = role.filter(|_| message.role() == Role::Developer) {
                let json = r#""system""#;
                let pointer = format!("{}/role", message.pointer());
                let size = (role.raw().len(), json.len());
                done.push(Edit::at(Action::RenamedRole, pointer, "unknown_role", size));
                edits.replace(role, json.to_owned());
            }
        }
    }
    (!done.is_empty()).then(|| (edits.apply(request.text()), done))
}
