//! Colors and line width; both off by default.

/// Style of a report.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub(super) colored: bool,
    /// Maximum columns of a line.
    pub(super) width: usize,
}

pub(super) const BOLD: &str = "1";
pub(super) const RED: &str = "1;31";
pub(super) const GREEN: &str = "1;32";
pub(super) const YELLOW: &str = "1;33";
pub(super) const CYAN: &str = "1;36";
pub(super) const BLUE: &str = "1;34";

impl Style {
    /// No colors, lines of any length.
    pub(super) const PLAIN: Style = Style {
        colored: false,
        width: usize::MAX,
    };

    /// Colors a string.
    pub(super) fn paint(&self, color: &str, text: &str) -> String {
        match self.colored {
            true => format!("\x1b[{color}m{text}\x1b[0m"),
            false => text.to_owned(),
        }
    }

    /// Wraps a string at blanks; `used` columns of the first line are taken, and the other lines
    /// begin with `margin`.
    pub(super) fn wrapped(&self, used: usize, margin: &str, text: &str) -> String {
        // A narrower column would be unreadable.
        let width = self.width.max(margin.chars().count() + 20);
        let mut out = String::with_capacity(text.len());
        let mut column = used;
        for (nth, word) in text.split(' ').enumerate() {
            let length = word.chars().count();
            if nth > 0 {
                if column.saturating_add(1 + length) > width {
                    out.push('\n');
                    out.push_str(margin);
                    column = margin.chars().count();
                } else {
                    out.push(' ');
                    column += 1;
                }
            }
            out.push_str(word);
            column += length;
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_at_blanks() {
        let style = Style {
            width: 30,
            ..Style::PLAIN
        };
        let wrapped = style.wrapped(6, "    ", "one two three four five six seven");
        assert_eq!(wrapped, "one two three four five\n    six seven");
        assert_eq!(Style::PLAIN.wrapped(6, "    ", &wrapped), wrapped);
        // A word that is longer than the line is not broken.
        let long = "a".repeat(90);
        assert_eq!(style.wrapped(0, "", &long), long);
    }
}
