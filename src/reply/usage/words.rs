//! Words with a meaning: types of events and items, tiers. Closed vocabularies; any other word is
//! dropped.

use super::ServedTier;
use super::facts::{Facts, Sign};

/// Word with a meaning.
#[derive(Debug, Clone, Copy)]
pub(super) enum Word {
    /// Type of a stream event.
    Event,
    /// Type of an output item or content block.
    Block,
    /// Type of an item in the list of all output items.
    Item,
    /// Action of a web search call in that list.
    Action,
    Tier,
    Speed,
    Geo,
    Retention,
}

/// Types of stream events, closed vocabulary.
const EVENTS: &[(&str, Sign)] = &[
    ("image_edit.completed", Sign::Images),
    ("image_generation.completed", Sign::Images),
    ("interaction.complete", Sign::Ended),
    ("interaction.completed", Sign::Ended),
    ("message-end", Sign::Ended),
    // Its counts are cumulative, and final unless a stream has several such events.
    ("message_delta", Sign::Finished),
    ("message_stop", Sign::Ended),
    ("response.completed", Sign::Ended),
    ("response.done", Sign::Ended),
    ("response.failed", Sign::Ended),
    ("response.incomplete", Sign::Ended),
    ("speech.audio.done", Sign::Ended),
    ("stream-end", Sign::Ended),
    ("transcript.text.done", Sign::Ended),
];

/// Output items and content blocks of tools that ran on the server. Client-side tools
/// (`function_call`, `computer_call`, `local_shell_call`, `tool_use`) are excluded.
const HOSTED_ITEMS: &[&str] = &[
    "code_interpreter_call",
    "file_search_call",
    "image_generation_call",
    "mcp_call",
    "mcp_tool_use",
    "server_tool_use",
    "shell_call",
    "tool_search_call",
    "web_search_call",
];

const TIERS: &[(&str, ServedTier)] = &[
    ("batch", ServedTier::Batch),
    ("default", ServedTier::Standard),
    ("fast", ServedTier::Priority),
    ("flex", ServedTier::Flex),
    ("on_demand", ServedTier::Standard),
    ("on_demand_flex", ServedTier::Flex),
    ("on_demand_priority", ServedTier::Priority),
    ("priority", ServedTier::Priority),
    ("provisioned_throughput", ServedTier::Provisioned),
    ("standard", ServedTier::Standard),
];

impl Word {
    pub(super) fn take(self, word: &str, facts: &mut Facts) {
        match self {
            Word::Event => {
                if let Ok(at) = EVENTS.binary_search_by(|(known, _)| (*known).cmp(word)) {
                    let sign = EVENTS[at].1;
                    facts.mark(sign);
                    if sign == Sign::Images {
                        facts.mark(Sign::Ended);
                    }
                }
            }
            Word::Block | Word::Item => {
                if HOSTED_ITEMS.binary_search(&word).is_ok() {
                    facts.mark(Sign::Hosted);
                }
                if matches!(self, Word::Item) && word == "web_search_call" {
                    facts.searches = facts.searches.saturating_add(1);
                }
            }
            Word::Action => {
                // Opening a page and finding text in it are not billed as searches.
                if matches!(word, "open_page" | "find" | "find_in_page") {
                    facts.searches = facts.searches.saturating_sub(1);
                }
            }
            Word::Tier => {
                facts.tier = TIERS
                    .iter()
                    .find(|(known, _)| known.eq_ignore_ascii_case(word))
                    .map(|(_, tier)| *tier)
                    .or(facts.tier);
            }
            Word::Speed => facts.fast = word == "fast",
            Word::Geo => facts.us_only = word.eq_ignore_ascii_case("us"),
            Word::Retention => {
                if word == "12h" {
                    facts.mark(Sign::Keeps12h);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_are_searched_are_sorted() {
        assert!(EVENTS.is_sorted_by_key(|(word, _)| *word));
        assert!(HOSTED_ITEMS.is_sorted());
    }
}
