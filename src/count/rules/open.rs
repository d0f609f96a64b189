//! Rules for models whose servers render a request with a public chat template.
//!
//! ```text
//! prompt = T(the template's text) + a token for each of its marks + what the host adds
//! ```
//!
//! A [`Template`] names the rendering (`render/`), an [`OpenHost`] what a host adds and how often
//! that was seen. Source: docs/evidence/billing_hosts.md.

use super::dated::Dated;
use crate::count::RuleSet;
use crate::model::Host;

/// Rules for a family of models.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OpenRules {
    /// Name of the rule set.
    pub(crate) id: &'static str,
    pub(crate) template: Template,
    /// Models and content whose recordings were counted exactly on the vendor's own API.
    pub(crate) seen_on: SeenModels,
    /// Hosts with recordings; the first row that names the host is used.
    pub(crate) hosts: &'static [OpenHost],
    /// First and last month of the recordings.
    pub(crate) seen: (&'static str, &'static str),
}

/// Rendering of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Template {
    Mistral(&'static MistralTemplate),
    DeepSeek(&'static DeepSeekTemplate),
    Kimi,
    Qwen(QwenTemplate),
    Harmony,
    /// Constants around each string.
    Frame(&'static Frame),
}

/// Version of the format: how calls and results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// Calls are a list with ids, results carry the id.
    V7,
    /// Each call has a mark, its id too; results carry the id.
    V11,
    /// Each call has a mark; ids are not written.
    V13,
}

/// Differences between Mistral's models.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MistralTemplate {
    pub(crate) version: Version,
    /// Earlier versions, the latest first, each with the day of its end.
    pub(crate) before: &'static [(Dated, Version)],
    /// Day from which settings are written, if the model has any; a form of the answer other than
    /// text replaces them.
    pub(crate) settings_from: Option<Dated>,
    /// Whether settings are written if the form of the answer is given as text.
    pub(crate) settings_with_text: bool,
}

/// Differences between DeepSeek's models since V4.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DeepSeekTemplate {
    /// Whether the model thinks unless it is told not to.
    pub(crate) thinks: bool,
    /// Day from which reasoning that is sent back is omitted; its tags stay.
    pub(crate) omits_reasoning_from: Option<Dated>,
    /// Constants of requests with tools or calls, where their template is not known.
    pub(crate) frame_of_tools: Option<&'static Frame>,
    /// Tokens of a forced call.
    pub(crate) forced: u64,
    /// Tokens of the highest effort.
    pub(crate) effort: u64,
}

/// Chat template of a generation of Qwen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum QwenTemplate {
    Three,
    ThreeFive,
    Coder,
}

/// Constants around the strings of a request, where the template is not public or does not fit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    pub(crate) base: u64,
    /// Earlier base, and the day of its end.
    pub(crate) base_before: Option<(Dated, u64)>,
    /// Tokens of a message beside its text.
    pub(crate) user: u64,
    pub(crate) system: u64,
    pub(crate) assistant: u64,
    pub(crate) result: u64,
    /// Tokens of tools beside their definitions, and for every two of them.
    pub(crate) tools: i64,
    pub(crate) per_two_tools: i64,
    pub(crate) definition: Definition,
    /// Tokens of the first call of a message beside its name and arguments, and of a further one.
    pub(crate) call: u64,
    pub(crate) further_call: u64,
    /// Whether text of the assistant up to the end of its thoughts is omitted.
    pub(crate) omits_thought: bool,
    /// Whether blanks around the text of a message are removed.
    pub(crate) trims: bool,
    /// Tokens of thinking that is disabled.
    pub(crate) no_thought: u64,
    /// Tokens of the base that are instructions of the server; the client's may replace them.
    pub(crate) default_prompt: u64,
}

/// Form of a definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Definition {
    /// JSON of the function.
    Bare,
    /// JSON of the tool.
    Wrapped,
    /// JSON of the tool without blanks.
    WrappedCompact,
}

/// Models whose recordings were counted exactly, by the content of the request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SeenModels {
    pub(crate) text: &'static [&'static str],
    pub(crate) tools: &'static [&'static str],
    /// Calls and results in the history.
    pub(crate) calls: &'static [&'static str],
}

impl SeenModels {
    pub(crate) const NONE: SeenModels = SeenModels {
        text: &[],
        tools: &[],
        calls: &[],
    };
}

/// Additions of hosts to a template, and how sure they are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OpenHost {
    /// Empty for any host.
    pub(crate) hosts: &'static [Host],
    pub(crate) service: Service,
    pub(crate) on_top: OnTop,
    /// Maximum error where a count is not exact.
    pub(crate) text: HostRoom,
    pub(crate) tools: HostRoom,
    pub(crate) calls: HostRoom,
    /// Maximum additional cost of a form of the answer.
    pub(crate) schema_above: u64,
}

/// Tokens that a host adds to the template.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OnTop {
    /// Without tools; with instructions.
    pub(crate) text: i64,
    pub(crate) instructed: i64,
    /// With tools; with tools and instructions.
    pub(crate) tools: i64,
    pub(crate) tools_instructed: i64,
    /// With calls in the history and without tools, if not as `text`.
    pub(crate) calls_alone: Option<i64>,
    /// A form of the answer.
    pub(crate) form: i64,
    /// A call that the choice forces.
    pub(crate) forced: i64,
    /// Each further call of a message.
    pub(crate) further_call: u64,
    /// Only if thinking is not disabled.
    pub(crate) only_thinking: bool,
    /// Whether tools are listed that the choice forbids, if the history has calls.
    pub(crate) lists_forbidden: bool,
    /// Joins text parts of a message.
    pub(crate) between: &'static str,
    /// Whether the host is known to add, or to omit, instructions about the effort.
    pub(crate) settles_effort: bool,
    /// How calls and results of gpt-oss are written.
    pub(crate) harmony: HarmonyCalls,
}

/// How a host writes calls and results of gpt-oss.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HarmonyCalls {
    pub(crate) arguments: ArgumentsForm,
    /// Results as they are, not as a JSON string.
    pub(crate) raw_results: bool,
    /// Whether text before a call is omitted.
    pub(crate) omits_text: bool,
}

/// Form of a call's arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ArgumentsForm {
    /// JSON, read and written again.
    Parsed,
    /// A JSON string that holds the client's JSON.
    String,
    AsSent,
}

impl OnTop {
    pub(crate) const NONE: OnTop = OnTop {
        text: 0,
        instructed: 0,
        tools: 0,
        tools_instructed: 0,
        calls_alone: None,
        form: 0,
        forced: 0,
        further_call: 0,
        only_thinking: false,
        lists_forbidden: false,
        between: "",
        settles_effort: false,
        harmony: HarmonyCalls {
            arguments: ArgumentsForm::Parsed,
            raw_results: false,
            omits_text: false,
        },
    };
}

/// How sure the rules are at a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// The vendor, or a host that was seen to be as exact.
    Exact,
    /// Follows the template in recordings, with a constant of its own.
    Seen,
    /// Without recordings, or without a rule that fits them.
    Unknown,
}

/// Maximum error: tokens below and above, and shares of the count in thousandths.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HostRoom {
    pub(crate) below: u64,
    pub(crate) above: u64,
    pub(crate) below_thousandths: u64,
    pub(crate) above_thousandths: u64,
}

impl HostRoom {
    /// Tokens alone.
    pub(crate) const fn of(below: u64, above: u64) -> HostRoom {
        HostRoom {
            below,
            above,
            below_thousandths: 0,
            above_thousandths: 0,
        }
    }

    pub(crate) const fn shares(self, below_thousandths: u64, above_thousandths: u64) -> HostRoom {
        HostRoom {
            below_thousandths,
            above_thousandths,
            ..self
        }
    }
}

/// Any host without a row of its own: other templates, other prompts for tools, instructions of the
/// host.
pub(crate) const ANY_HOST: OpenHost = OpenHost {
    hosts: &[],
    service: Service::Unknown,
    on_top: OnTop::NONE,
    text: HostRoom::of(8, 60).shares(50, 50),
    tools: HostRoom::of(80, 250).shares(100, 150),
    calls: HostRoom::of(80, 250).shares(100, 200),
    schema_above: 300,
};

impl OpenRules {
    /// Returns the row of a host.
    pub(crate) fn host(&self, host: Option<Host>) -> &'static OpenHost {
        let hosts: &'static [OpenHost] = self.hosts;
        hosts
            .iter()
            .find(|row| match host {
                // Without a host it is the vendor's, which is the first row.
                None => true,
                Some(host) => row.hosts.is_empty() || row.hosts.contains(&host),
            })
            .unwrap_or(&ANY_HOST)
    }

    pub(crate) fn rule_set(&self) -> RuleSet {
        RuleSet {
            id: self.id,
            seen_from: Some(self.seen.0),
            seen_to: Some(self.seen.1),
        }
    }
}
