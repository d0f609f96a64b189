//! Checks of operands, written into the expressions of a template.
//!
//! ```text
//! a ~ b * c          (a)|text ~ ((b)|once * (c)|once)|text
//! x | join(', ')     x |text| join(', ')
//! ```
//!
//! The engine charges for strings that an operator makes before it makes them, except where a list
//! becomes a string (`text` charges for all of it) and where a list is repeated (`once` refuses
//! that). Precedence is Jinja's: `~` binds closer than `+`, and `*` closer than `~`.

/// Filters that make no string of the list that they get.
const NOT_TEXT: [&str; 26] = [
    "abs",
    "attr",
    "bool",
    "count",
    "d",
    "default",
    "dictsort",
    "first",
    "float",
    "int",
    "items",
    "last",
    "length",
    "list",
    "max",
    "min",
    "reject",
    "rejectattr",
    "reverse",
    "round",
    "select",
    "selectattr",
    "sort",
    "sum",
    "tojson",
    "unique",
];

/// Words that end an operand.
const WORDS: [&str; 6] = ["and", "else", "if", "in", "not", "or"];

/// Maximum number of tokens in one tag: the engine compiles a chain of operators by recursion.
const MAX_TOKENS: usize = 400;

/// End of an operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Boundary {
    Product,
    OtherProduct,
    Join,
    Other,
}

/// Operands at one depth of brackets.
#[derive(Debug, Default)]
struct Level {
    /// Start of the operand of a sum or a join, and of one of a product.
    joined: Option<usize>,
    factor: Option<usize>,
    /// Whether the operator before is a join or a product.
    after_join: bool,
    after_product: bool,
    /// End of the last token.
    end: usize,
    after_is: bool,
}

struct Operands {
    levels: Vec<Level>,
    /// Insertions by position; those at one position in order.
    insertions: Vec<(usize, &'static str)>,
}

/// Returns an expression, or the inside of a tag after its first word, with checks of its operands.
/// Linear in the text.
pub(super) fn checked(text: &str) -> Result<String, &'static str> {
    let mut operands = Operands {
        levels: vec![Level::default()],
        insertions: Vec::new(),
    };
    let bytes = text.as_bytes();
    let (mut at, mut tokens) = (0, 0);
    while at < bytes.len() {
        tokens += usize::from(!bytes[at].is_ascii_whitespace());
        if tokens > MAX_TOKENS {
            return Err("an expression of the template is too long");
        }
        at = operands.token(text, at);
    }
    while operands.levels.len() > 1 {
        operands.close(text.len());
    }
    operands.boundary(Boundary::Other);
    let mut insertions = operands.insertions;
    insertions.sort_by_key(|&(at, _)| at);
    let mut out = String::with_capacity(text.len() + 8 * insertions.len());
    let mut from = 0;
    for (at, inserted) in insertions {
        out.push_str(&text[from..at]);
        out.push_str(inserted);
        from = at;
    }
    out.push_str(&text[from..]);
    Ok(out)
}

impl Operands {
    fn level(&mut self) -> &mut Level {
        if self.levels.is_empty() {
            self.levels.push(Level::default());
        }
        let last = self.levels.len() - 1;
        &mut self.levels[last]
    }

    /// Reads the token at a position, and returns the position after it.
    fn token(&mut self, text: &str, at: usize) -> usize {
        let bytes = text.as_bytes();
        let next = bytes.get(at + 1).copied();
        let two = |second: u8| next == Some(second);
        match bytes[at] {
            b if b.is_ascii_whitespace() => at + 1,
            quote @ (b'"' | b'\'') => {
                let end = (after_string(bytes, at, quote) + 1).min(bytes.len());
                self.value(at, end)
            }
            b if b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80 => {
                let rest = bytes[at..].iter();
                let len = rest
                    .take_while(|b| b.is_ascii_alphanumeric() || **b == b'_' || **b >= 0x80)
                    .count();
                self.word(&text[at..at + len], at)
            }
            b'(' | b'[' | b'{' => {
                self.value(at, at + 1);
                self.levels.push(Level::default());
                at + 1
            }
            b')' | b']' | b'}' => {
                self.close(at + 1);
                at + 1
            }
            b'|' => {
                let name = text[at + 1..].trim_start();
                let len = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
                if !NOT_TEXT.contains(&&name[..len]) {
                    self.insertions.push((at, "|text"));
                }
                // The name is not a word of the language.
                let end = text.len() - name.len() + len;
                self.value(at, end)
            }
            b'*' if two(b'*') => self.value(at, at + 2),
            b'*' => self.operator(Boundary::Product, at + 1),
            b'/' if two(b'/') => self.operator(Boundary::OtherProduct, at + 2),
            b'/' | b'%' => self.operator(Boundary::OtherProduct, at + 1),
            b'~' => self.operator(Boundary::Join, at + 1),
            b'-' | b'+' if self.level().factor.is_none() => self.value(at, at + 1),
            b'.' => self.value(at, at + 1),
            _ => self.operator(Boundary::Other, at + 1),
        }
    }

    fn word(&mut self, word: &str, at: usize) -> usize {
        let end = at + word.len();
        let after_is = std::mem::replace(&mut self.level().after_is, word == "is");
        // A field is not a word of the language.
        let is_field = self.level().factor.is_some() && self.level().end == at;
        if WORDS.contains(&word) && !is_field && !after_is {
            return self.operator(Boundary::Other, end);
        }
        self.value(at, end)
    }

    /// Adds a token to the operand.
    fn value(&mut self, start: usize, end: usize) -> usize {
        let level = self.level();
        level.joined.get_or_insert(start);
        level.factor.get_or_insert(start);
        level.end = end;
        end
    }

    fn operator(&mut self, boundary: Boundary, end: usize) -> usize {
        self.boundary(boundary);
        end
    }

    /// Closes a bracket.
    fn close(&mut self, end: usize) {
        self.boundary(Boundary::Other);
        if self.levels.len() > 1 {
            self.levels.pop();
        }
        self.level().end = end;
    }

    /// Ends the operands before an operator.
    fn boundary(&mut self, boundary: Boundary) {
        let level = self.level();
        let end = level.end;
        let factor = level.factor.take();
        let is_factor = level.after_product || boundary == Boundary::Product;
        level.after_product = boundary == Boundary::Product;
        let mut ended = [(factor, is_factor, ")|once"), (None, false, ")|text")];
        if !matches!(boundary, Boundary::Product | Boundary::OtherProduct) {
            let is_joined = level.after_join || boundary == Boundary::Join;
            level.after_join = boundary == Boundary::Join;
            ended[1] = (level.joined.take(), is_joined, ")|text");
        }
        for (start, is_checked, check) in ended {
            if let (Some(start), true) = (start, is_checked) {
                self.insertions.push((start, "("));
                self.insertions.push((end, check));
            }
        }
    }
}

/// Returns the position of the quote that ends a string.
pub(super) fn after_string(bytes: &[u8], from: usize, quote: u8) -> usize {
    let mut at = from + 1;
    while at < bytes.len() && bytes[at] != quote {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operands_of_joins_and_products() {
        for (text, written) in [
            ("a + b - 'x ~ y' == c", "a + b - 'x ~ y' == c"),
            ("a ~ b", "(a)|text ~ (b)|text"),
            ("a ~ b * c", "(a)|text ~ ((b)|once * (c)|once)|text"),
            ("a + b ~ c.d[1:] + e", "a + (b)|text ~ (c.d[1:])|text + e"),
            (
                "-a ~ f(x, b ~ 1)",
                "(-a)|text ~ (f(x, (b)|text ~ (1)|text))|text",
            ),
            ("a * b * c", "(a)|once * (b)|once * (c)|once"),
            ("2 ** 3 * x", "(2 ** 3)|once * (x)|once"),
            ("x | join('a')", "x |text| join('a')"),
            (
                "x|length ~ y|upper",
                "(x|length)|text ~ (y|text|upper)|text",
            ),
            (
                "a.in ~ b is not none and c",
                "(a.in)|text ~ (b is not none)|text and c",
            ),
            (
                "a ~ b if c else d ~ e",
                "(a)|text ~ (b)|text if c else (d)|text ~ (e)|text",
            ),
            ("{'a': b ~ c}", "{'a': (b)|text ~ (c)|text}"),
            ("x % 2 == 0", "x % 2 == 0"),
            ("((a ~ b", "(((a)|text ~ (b)|text"),
            (")) ~ é", ")) ~ (é)|text"),
        ] {
            assert_eq!(checked(text).as_deref(), Ok(written), "{text}");
        }
        assert!(checked(&"1 + ".repeat(201)).is_err());
    }
}
