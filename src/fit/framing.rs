//! Size around the text of a result message: equal for all results of a tool.

use std::borrow::Cow;
use std::collections::HashMap;

use super::state::History;
use crate::request::{Message, ResultLink, ToolResult};

/// Whether a message only consists of a result.
pub(super) fn is_alone(message: &Message<'_>, result: &ToolResult<'_>) -> bool {
    message.tool_results().len() == 1 && (result.is_whole_message() || message.parts().len() == 1)
}

impl History<'_> {
    /// Returns the size around the result of a single call; `None` if the call or its tool's name
    /// is missing, or there are several calls.
    ///
    /// It is that of the tool's first result in the original history, counted once per tool, so it
    /// depends neither on the order of edits nor on earlier ones.
    pub(super) fn framing(&self, message: usize, result: usize) -> Option<u64> {
        let results = self.groups.links().results();
        let at = results.partition_point(|link| (link.message, link.nth) < (message, result));
        let link = results
            .get(at)
            .filter(|link| link.message == message && link.nth == result)?;
        let name = self.only_tool(link)?;
        if let Some(&framing) = self.framings.borrow().get(&*name) {
            return Some(framing);
        }
        let firsts = self.firsts.get_or_init(|| self.first_results());
        let (first, nth) = firsts.get(&*name).copied().unwrap_or((message, result));
        let text = self.request.message(first).tool_results().nth(nth);
        let text = text.map_or(0, |result| self.counter.count_text(&result.text()));
        let framing = self.counted[first].saturating_sub(text);
        self.framings
            .borrow_mut()
            .insert(name.into_owned(), framing);
        Some(framing)
    }

    /// Returns the first result of each tool that is alone in its message. Linear in the results.
    fn first_results(&self) -> HashMap<String, (usize, usize)> {
        let mut firsts = HashMap::new();
        for link in self.groups.links().results() {
            let message = self.request.message(link.message);
            let result = message.tool_results().nth(link.nth);
            if result.is_some_and(|result| is_alone(&message, &result))
                && let Some(name) = self.only_tool(link)
                && !firsts.contains_key(&*name)
            {
                firsts.insert(name.into_owned(), (link.message, link.nth));
            }
        }
        firsts
    }

    /// Returns the name of the tool of a result whose call is the only one of its message.
    fn only_tool(&self, link: &ResultLink) -> Option<Cow<'_, str>> {
        let call = self.groups.links().calls().get(link.call?)?;
        let mut calls = self.request.message(call.message).tool_calls();
        if calls.len() != 1 {
            return None;
        }
        calls.nth(call.nth)?.name()
    }
}
