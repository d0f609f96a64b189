//! Tokens of a string in an encoding that is not public, from those of o200k_base.
//!
//! The ratio depends on the script, and is lower for short strings, because most of their words are
//! tokens of both. Evidence (docs/evidence/billing_other_providers.md, section 1.6; strings of 150
//! to 20,000 characters; and 106 recorded requests to Claude with only text): in parentheses the
//! range of 99 % of the strings.
//!
//! ```text
//!              Claude 3 to 4.6         Claude 4.7 and later    Gemini
//! English      1.10 (0.98 to 1.47)     1.49 (1.23 to 3.75)     1.04 (0.93 to 1.30)
//! code, JSON   1.16 (1.02 to 1.40)     1.48 (1.26 to 1.83)     1.11 (0.91 to 1.82)
//! CJK          1.37 (1.10 to 1.93)     1.50 (1.11 to 2.00)     0.95 (0.67 to 1.23)
//! accents      1.34 (0.85 to 1.80)     1.75 (0.88 to 2.20)     1.05 (0.80 to 1.24)
//! others       1.67 (0.76 to 4.56)     1.79 (0.76 to 4.56)     1.03 (0.31 to 1.59)
//! ```

use crate::count::rules::{Near, foreign_rules};
use crate::count::{Texts, TokenCount};
use crate::model::Model;

/// Counter of strings.
#[derive(Clone, Copy)]
pub(super) enum Proxy<'m> {
    /// The model's own encoding, or a range around o200k_base if nothing more is known.
    Own(Texts<'m>),
    /// o200k_base, by a ratio for each kind of script.
    Ratio(Texts<'m>, &'static Ratios),
}

/// Ratios to o200k_base, or to another encoding: for a long string, and the range.
pub(super) struct Ratios {
    /// Maximum error of a short string, in tokens.
    few: u64,
    /// Whether a token has at least one byte.
    bytes: bool,
    /// For ASCII strings of less than 20 tokens. Up to 60 tokens the ratio grows to that of long
    /// strings.
    short: f64,
    ascii: [f64; 3],
    cjk: [f64; 3],
    accents: [f64; 3],
    others: [f64; 3],
}

const CLAUDE_3: Ratios = Ratios {
    few: 2,
    bytes: false,
    short: 1.0,
    ascii: [1.12, 0.92, 1.5],
    cjk: [1.37, 1.05, 2.0],
    accents: [1.34, 0.85, 1.85],
    others: [1.67, 0.75, 4.6],
};

const CLAUDE_4_7: Ratios = Ratios {
    few: 2,
    bytes: false,
    short: 1.6,
    ascii: [1.42, 1.15, 1.9],
    cjk: [1.5, 1.1, 2.1],
    accents: [1.75, 0.85, 2.25],
    others: [1.79, 0.75, 4.6],
};

const GEMMA: Ratios = Ratios {
    few: 2,
    bytes: true,
    short: 1.0,
    ascii: [1.06, 0.88, 1.35],
    cjk: [0.95, 0.65, 1.3],
    accents: [1.05, 0.78, 1.3],
    others: [1.03, 0.3, 1.65],
};

/// Open vocabularies, which are of about the same size.
const OPEN: Ratios = Ratios {
    few: 2,
    bytes: true,
    short: 1.0,
    ascii: [1.0, 0.85, 1.35],
    cjk: [1.1, 0.5, 2.2],
    accents: [1.1, 0.7, 2.0],
    others: [1.2, 0.25, 4.6],
};

/// Llama 3, whose vocabulary contains that of cl100k_base, compared with it.
const LLAMA_3: Ratios = Ratios {
    few: 1,
    bytes: true,
    short: 1.0,
    ascii: [1.0, 0.95, 1.02],
    cjk: [0.75, 0.35, 1.05],
    accents: [0.92, 0.6, 1.05],
    others: [0.45, 0.1, 1.05],
};

/// Another version of the model's vocabulary.
const SAME: Ratios = Ratios {
    few: 0,
    bytes: true,
    short: 1.0,
    ascii: [1.0, 0.99, 1.01],
    cjk: [1.0, 0.97, 1.03],
    accents: [1.0, 0.97, 1.03],
    others: [1.0, 0.95, 1.05],
};

/// Open models whose vocabulary is not in the program: byte-level BPE of 128,000 to 248,000 tokens
/// (600 strings of prose, code, JSON and 40 languages in eight vocabularies;
/// docs/evidence/billing_hosts.md, section 1).
const TEMPLATED: Ratios = Ratios {
    few: 2,
    bytes: true,
    short: 1.0,
    ascii: [1.01, 0.87, 1.3],
    cjk: [0.92, 0.55, 1.3],
    accents: [1.1, 0.85, 1.8],
    others: [1.3, 0.75, 7.0],
};

impl<'m> Proxy<'m> {
    pub(super) fn of(model: &'m Model) -> Proxy<'m> {
        let texts = Texts::of(model);
        if texts.public {
            return Proxy::Own(texts);
        }
        match model.provider() {
            "anthropic" => Proxy::Ratio(
                texts,
                if crate::count::rules::is_new_claude(model) {
                    &CLAUDE_4_7
                } else {
                    &CLAUDE_3
                },
            ),
            "google" => Proxy::Ratio(texts, &GEMMA),
            _ if texts.encoding.is_none() => Proxy::Own(texts),
            _ if crate::count::rules::open_rules(model).is_some() => {
                Proxy::Ratio(texts, &TEMPLATED)
            }
            _ => match (
                foreign_rules(model).near,
                Texts::near("gemma"),
                Texts::near("cl100k_base"),
            ) {
                (Near::Gemma, Some(texts), _) => Proxy::Ratio(texts, &SAME),
                (Near::Gemma, None, _) => Proxy::Ratio(texts, &GEMMA),
                (Near::Llama3, _, Some(texts)) => Proxy::Ratio(texts, &LLAMA_3),
                _ => Proxy::Ratio(texts, &OPEN),
            },
        }
    }

    pub(super) fn count(self, text: &str) -> TokenCount {
        match self {
            Proxy::Own(texts) => texts.count(text),
            Proxy::Ratio(texts, ratios) => {
                let tokens = texts.len(text);
                let script = script(text);
                let [ratio, lower, upper] = match script {
                    Script::Ascii => ratios.ascii,
                    Script::Cjk => ratios.cjk,
                    Script::Accents => ratios.accents,
                    Script::Others => ratios.others,
                };
                let count = tokens as f64;
                let shortness = (1.0 - (count - 20.0) / 40.0).clamp(0.0, 1.0);
                let central = match script {
                    Script::Ascii => ratio + (ratios.short - ratio) * shortness,
                    _ => ratio,
                };
                // A short string can be off by a token or two, whatever its ratio.
                let few = tokens.min(ratios.few);
                let most = (count * upper).ceil() as u64 + few;
                let bytes = text.len() as u64;
                TokenCount::between(
                    (count * central).round() as u64,
                    ((count * lower).floor() as u64).saturating_sub(few.div_ceil(2)),
                    if ratios.bytes { most.min(bytes) } else { most },
                )
            }
        }
    }

    /// Returns whether the model's encoding is public, so that a range adds nothing.
    pub(super) fn is_public(self) -> bool {
        matches!(self, Proxy::Own(texts) if texts.public)
    }
}

/// Most common script of a string beyond ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Ascii,
    Cjk,
    Accents,
    Others,
}

fn script(text: &str) -> Script {
    if text.is_ascii() {
        return Script::Ascii;
    }
    let (mut all, mut cjk, mut accents, mut others) = (0_u64, 0_u64, 0_u64, 0_u64);
    for c in text.chars() {
        all += 1;
        match c {
            '\0'..='\u{7f}' => {}
            '\u{80}'..='\u{24f}' => accents += 1,
            '\u{3000}'..='\u{30ff}'
            | '\u{3400}'..='\u{9fff}'
            | '\u{ac00}'..='\u{d7af}'
            | '\u{ff00}'..='\u{ffef}' => cjk += 1,
            _ => others += 1,
        }
    }
    let percent = |part: u64| part * 100 / all;
    if percent(others) >= 10 {
        Script::Others
    } else if percent(cjk) >= 10 {
        Script::Cjk
    } else if percent(accents) >= 1 {
        Script::Accents
    } else {
        Script::Ascii
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts() {
        for (text, expected) in [
            ("", Script::Ascii),
            ("plain text", Script::Ascii),
            (
                "a long text with one dash – and no more than that one in it, so that it stays what it is",
                Script::Ascii,
            ),
            ("naïve café", Script::Accents),
            ("你好，世界", Script::Cjk),
            ("Привет", Script::Others),
            ("สวัสดี", Script::Others),
        ] {
            assert_eq!(script(text), expected, "{text}");
        }
    }
}
