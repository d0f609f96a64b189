//! One-line form of usage for people.

use std::fmt;

use super::class::{Class, Side};
use super::line::UsageAnswer;
use super::money::dollars;
use super::record::{Flag, Usage};

/// One line: totals, special classes, context, cautions.
///
/// ```
/// use tokenfit::reply::usage::{Origin, Usage};
///
/// let body = br#"{"usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120,
///     "prompt_tokens_details": {"cached_tokens": 60}}}"#;
/// let usage = Usage::parse(body, &Origin::new())?;
/// assert_eq!(usage.to_string(), "input 100 (cache_read 60), output 20, context 120");
/// # Ok::<(), tokenfit::Error>(())
/// ```
impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.has(Flag::NoUsage) && self.classes().iter().all(|(_, tokens)| tokens == 0) {
            return f.write_str(
                "the answer reports no usage; request it (`include_usage` in a stream)",
            );
        }
        for (side, word, total) in [
            (Side::Input, "input", self.billed_input()),
            (Side::Output, ", output", self.billed_output()),
        ] {
            write!(f, "{word} {total}")?;
            let mut open = false;
            for (class, tokens) in self.classes().iter() {
                let plain = matches!(class, Class::Uncached | Class::Text);
                if class.side() == side && tokens > 0 && !plain {
                    let before = if open { ", " } else { " (" };
                    write!(f, "{before}{} {tokens}", class.as_str())?;
                    open = true;
                }
            }
            if open {
                f.write_str(")")?;
            }
        }
        match (self.context_tokens(), self.context_upper_bound()) {
            (Some(tokens), _) => write!(f, ", context {tokens}")?,
            (None, Some(bound)) => write!(f, ", context at most {bound}")?,
            (None, None) => {}
        }
        for flag in self.flags() {
            write!(f, ", {}", flag.as_str())?;
        }
        Ok(())
    }
}

/// The usage and its cost.
impl fmt::Display for UsageAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.usage.fmt(f)?;
        match self.cost_pico_usd {
            Some(pico) => write!(f, ", ${}", dollars(pico)),
            None => Ok(()),
        }
    }
}
