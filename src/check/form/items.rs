//! The items of a Responses request: their types, and what a message among them is made of.
//!
//! Source: the API's answers of 2026-08-31.

use super::super::server::{REFUSED, TAKEN, Verdict};
use super::super::{ApiAnswer, Check, Phase, codes};
use super::path::Path;
use super::words::{Wrong, listed};
use crate::json::{Kind, Value};
use crate::shown::shown_word;

const TYPES: &[&str] = &[
    "additional_tools",
    "agent_message",
    "apply_patch_call",
    "apply_patch_call_output",
    "code_interpreter_call",
    "compaction",
    "compaction_trigger",
    "computer_call",
    "computer_call_output",
    "custom_tool_call",
    "custom_tool_call_output",
    "file_search_call",
    "function_call",
    "function_call_output",
    "image_generation_call",
    "item_reference",
    "local_shell_call",
    "local_shell_call_output",
    "mcp_approval_request",
    "mcp_approval_response",
    "mcp_call",
    "mcp_list_tools",
    "message",
    "multi_agent_call",
    "multi_agent_call_output",
    "program",
    "program_output",
    "reasoning",
    "shell_call",
    "shell_call_output",
    "tool_search_call",
    "tool_search_output",
    "web_search_call",
];

const ROLES: &[&str] = &["assistant", "system", "developer", "user"];

const BLOCKS: &[&str] = &[
    "input_text",
    "input_image",
    "input_audio",
    "output_text",
    "refusal",
    "input_file",
    "computer_screenshot",
    "summary_text",
    "encrypted_content",
];
const ASSISTANT_BLOCKS: &[&str] = &["output_text", "refusal"];
const OTHER_BLOCKS: &[&str] = &[
    "input_text",
    "input_image",
    "input_file",
    "scoped_content",
    "input_audio",
];

impl<'c> Check<'c> {
    /// Looks at every item. Linear.
    pub(super) fn items(&mut self, list: Value<'c>, path: &Path<'_>) {
        for (nth, item) in list.items().enumerate() {
            self.item(item, &path.item(nth));
        }
    }

    /// What is refused of items: by OpenAI itself what was measured, by others only what nobody can read.
    fn of_items(&self) -> Verdict {
        if self.is_openai() { REFUSED } else { TAKEN }
    }

    fn item(&mut self, item: Value<'c>, path: &Path<'_>) {
        let tongue = self.items_tongue();
        if item.kind() != Kind::Object {
            // Texts among the items are taken by some hosts, and read here.
            let verdict = if item.kind() == Kind::String {
                self.of_items()
            } else {
                REFUSED
            };
            self.wrong(
                verdict,
                tongue,
                item,
                path,
                Wrong::mistyped("an input item", item),
            );
            return;
        }
        let [kind, role, content] = item.get_all(["type", "role", "content"]);
        match kind {
            Some(kind) if kind.is_str("message") => {}
            Some(kind) => {
                let word = kind.as_str();
                if !word.as_deref().is_some_and(|word| TYPES.contains(&word)) {
                    let got = word.map(|word| shown_word(&word)).unwrap_or_default();
                    let verdict = if kind.kind() == Kind::String {
                        self.of_items()
                    } else {
                        REFUSED
                    };
                    self.not_one_of(verdict, kind, path, "type", got, TYPES);
                }
                return;
            }
            // An id alone stands for an item that the server keeps.
            None if role.is_none() && item.get_some("id").is_some() => return,
            None => {}
        }
        let word = role.and_then(|role| role.as_str());
        let known = word.as_deref().is_some_and(|word| ROLES.contains(&word));
        if !known {
            let got = word.map(|word| shown_word(&word)).unwrap_or_default();
            let verdict = match role {
                Some(role) if role.kind() == Kind::String => self.of_items(),
                _ if self.unread.is_some() => REFUSED,
                _ => self.of_items(),
            };
            match role {
                Some(role) => self.not_one_of(verdict, role, path, "role", got, ROLES),
                None => self.not_one_of(verdict, item, path, "", got, ROLES),
            }
            return;
        }
        let assistant = word.as_deref() == Some("assistant");
        self.members_of_message(item, path, assistant);
        let there = path.field("content");
        match content {
            None => {
                let verdict = self.of_items();
                self.wrong(verdict, tongue, item, &there, Wrong::Missing);
            }
            Some(content) if content.kind() == Kind::Array => {
                for (nth, block) in content.items().enumerate() {
                    self.block(block, &there.item(nth), assistant);
                }
            }
            Some(content) if content.kind() == Kind::String => {}
            Some(content) => {
                let wrong = Wrong::mistyped("one of a string or array of objects", content);
                self.wrong(REFUSED, tongue, content, &there, wrong);
            }
        }
    }

    /// Names that a message does not have.
    fn members_of_message(&mut self, item: Value<'c>, path: &Path<'_>, assistant: bool) {
        if !self.is_openai_itself() || !self.is_openai() {
            return;
        }
        let tongue = self.items_tongue();
        for (key, value) in item.entries() {
            let key = key.as_str().unwrap_or_default();
            match &*key {
                "type" | "role" | "content" | "status" | "id" => {}
                "phase" if assistant => {
                    const PHASES: &[&str] = &["commentary", "final_answer"];
                    if let Some(word) = value.as_str().filter(|word| !PHASES.contains(&&**word)) {
                        let wrong = Wrong::NotOneOf {
                            got: shown_word(&word),
                            words: PHASES,
                        };
                        self.wrong(REFUSED, tongue, value, &path.field("phase"), wrong);
                    }
                }
                _ => {
                    let wrong = Wrong::Unknown { near: Vec::new() };
                    self.wrong(REFUSED, tongue, value, &path.field(&key), wrong);
                }
            }
        }
    }

    fn block(&mut self, block: Value<'c>, path: &Path<'_>, assistant: bool) {
        let tongue = self.items_tongue();
        if block.kind() != Kind::Object {
            self.wrong(
                REFUSED,
                tongue,
                block,
                path,
                Wrong::mistyped("an object", block),
            );
            return;
        }
        let [kind, text, refusal] = block.get_all(["type", "text", "refusal"]);
        let Some(kind) = kind else {
            self.wrong(REFUSED, tongue, block, &path.field("type"), Wrong::Missing);
            return;
        };
        let Some(word) = kind.as_str() else {
            let wrong = Wrong::mistyped("a string", kind);
            self.wrong(REFUSED, tongue, kind, &path.field("type"), wrong);
            return;
        };
        let verdict = self.of_items();
        let fitting = if assistant {
            ASSISTANT_BLOCKS
        } else {
            OTHER_BLOCKS
        };
        if !BLOCKS.contains(&&*word) && !fitting.contains(&&*word) {
            let wrong = Wrong::NotOneOf {
                got: shown_word(&word),
                words: BLOCKS,
            };
            self.wrong(verdict, tongue, kind, &path.field("type"), wrong);
            return;
        }
        if !fitting.contains(&&*word) {
            self.not_one_of(verdict, kind, path, "type", shown_word(&word), fitting);
            return;
        }
        let (name, value) = match &*word {
            "input_text" | "output_text" => ("text", text),
            "refusal" => ("refusal", refusal),
            _ => return,
        };
        match value {
            None => self.wrong(REFUSED, tongue, block, &path.field(name), Wrong::Missing),
            Some(value) if value.kind() != Kind::String => {
                let wrong = Wrong::mistyped("a string", value);
                self.wrong(REFUSED, tongue, value, &path.field(name), wrong);
            }
            Some(_) => {}
        }
    }

    /// A word of an item that tells what it is: the answer names the item, not the word.
    fn not_one_of(
        &mut self,
        verdict: Verdict,
        value: Value<'c>,
        item: &Path<'_>,
        member: &'static str,
        got: String,
        words: &'static [&'static str],
    ) {
        let api = (self.items_tongue() == super::fields::Tongue::OpenAi).then(|| {
            ApiAnswer::openai(
                Some("invalid_value"),
                Some(item.param()),
                format!(
                    "Invalid value: '{got}'. Supported values are: {}.",
                    listed(words, "and")
                ),
            )
        });
        let place = item.field(member);
        let place = if member.is_empty() { item } else { &place };
        self.odd(
            verdict,
            (value, place),
            Phase::Form,
            codes::INVALID_VALUE,
            "the item is of a kind that the endpoint does not know there",
            format!("give one of {}", listed(words, "or")),
            api,
        );
    }
}
