//! DeepSeek since V4: the mode of the model, the choice among the tools, and what settings add.

use super::Open;
use crate::count::render::deepseek::{self, Mode};
use crate::count::render::script::{Script, Speaker};
use crate::count::rules::{DeepSeekTemplate, Template};
use crate::count::vendor::counter::Counter;
use crate::count::{Accuracy, TokenCount};
use crate::provider::Choice;
use crate::request::Message;

impl<'c> Open<'c> {
    pub(super) fn deepseek(&mut self, template: &DeepSeekTemplate, script: &mut Script) {
        if let Some(frame) = template.frame_of_tools
            && (!self.functions.is_empty() || self.has_calls)
        {
            return self.frame(frame, script);
        }
        let layout = self.request.layout();
        let thinks = template.thinks && layout.thinks != Some(false);
        self.choose();
        let forced = self.only_named().is_some() || self.choice == Choice::Any;
        if forced {
            self.tools_on_top += i64::try_from(template.forced).unwrap_or(0);
        }
        if thinks && !self.host.on_top.settles_effort {
            self.effort_of_thinking(template);
        }
        let mode = Mode {
            thinks,
            keeps_reasoning: !self.omits_reasoning(template),
        };
        deepseek::write(script, &self.turns, &self.functions, mode);
    }

    fn omits_reasoning(&self, template: &DeepSeekTemplate) -> bool {
        template
            .omits_reasoning_from
            .is_some_and(|from| from.holds_on(self.model.day()).0)
    }

    /// Adds the text about the highest effort: asked for, or if thinking is enabled beside tools or
    /// without instructions. It was seen without either twice.
    fn effort_of_thinking(&mut self, template: &DeepSeekTemplate) {
        let layout = self.request.layout();
        let effort = layout
            .effort
            .and_then(|effort| self.request.value(effort).as_str());
        let highest = matches!(effort.as_deref(), Some("max" | "xhigh"));
        let instructed = self
            .turns
            .iter()
            .any(|turn| turn.speaker == Speaker::System);
        let reasons = self.turns.iter().any(|turn| turn.reasoning.is_some());
        let enabled = layout.enables_thinking
            && (!self.functions.is_empty() || !instructed)
            && !reasons
            && !self.omits_reasoning(template);
        let tokens = template.effort;
        if highest || enabled {
            self.on_top += i64::try_from(tokens).unwrap_or(0);
            self.doubt(
                "instructions about the effort may be added or not",
                tokens,
                2,
            );
        } else {
            self.doubt(
                "instructions about the effort may be added or not",
                0,
                tokens,
            );
        }
    }

    /// Bounds reasoning that is sent back: its text is written, or omitted by newer builds.
    pub(super) fn kept_reasoning(
        &self,
        counter: &mut Counter<'c>,
        message: &Message<'c>,
    ) -> TokenCount {
        let reasoning = self
            .turns
            .iter()
            .find(|turn| turn.message == message.index())
            .and_then(|turn| turn.reasoning.as_deref());
        let (Some(text), Template::DeepSeek(_)) = (reasoning, self.rules.template) else {
            return TokenCount::ZERO;
        };
        counter.parts.doubt(
            message.pointer(),
            "reasoning that is sent back is omitted by some builds",
        );
        let most = counter.text(text).most();
        TokenCount::ZERO.with_room(Accuracy::Calibrated, 0, most.min(2))
    }
}
