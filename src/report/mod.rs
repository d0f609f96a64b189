//! Formats counts, findings and receipts for people: plain text, with colors and a line width on
//! request.

mod check;
mod check_json;
mod count;
mod fit;
mod style;

pub use check::CheckText;
pub use check_json::CheckJson;
pub use count::CountReport;
pub use fit::FitText;

/// Bar of at most `width` characters for a share of a whole, to an eighth of a character. Every
/// nonzero share is visible.
fn bar(part: u64, whole: u64, width: u64) -> String {
    if part == 0 || whole == 0 {
        return String::new();
    }
    let eighths = u128::from(part) * u128::from(width) * 8 / u128::from(whole);
    let eighths = usize::try_from(eighths)
        .unwrap_or(0)
        .clamp(1, width as usize * 8);
    const PARTIAL: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    format!("{}{}", "█".repeat(eighths / 8), PARTIAL[eighths % 8])
}

/// Converts a line and column of a request to those of its file.
fn placed((line, column): (usize, usize), begins: (usize, usize)) -> (usize, usize) {
    match line {
        1 => (begins.0, begins.1 + column - 1),
        _ => (begins.0 + line - 1, column),
    }
}

/// Formats a share in percent, with one decimal.
fn percent(part: u64, whole: u64) -> String {
    format!("{:.1} %", 100.0 * part as f64 / whole.max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_in_proportion() {
        assert_eq!(bar(0, 10, 8), "");
        assert_eq!(bar(10, 10, 8), "████████");
        assert_eq!(bar(5, 10, 8), "████");
        assert_eq!(bar(1, 1_000_000, 8), "▏");
        assert_eq!(bar(u64::MAX, u64::MAX, 8), "████████");
        assert_eq!(bar(9, 3, 2), "██");
    }
}
