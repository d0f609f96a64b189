//! Plot of a replay: tokens sent per turn, and the share that a prompt cache would serve.

use std::fmt::Write;

use crate::replay::{LIMIT, Replay, Turn};

/// Number of turns averaged in one point.
const STEP: usize = 10;

const WIDTH: f64 = 760.0;
/// Left and right end of the axes.
const LEFT: f64 = 64.0;
const RIGHT: f64 = 740.0;
/// Top and bottom of both panels.
const PANELS: [(f64, f64); 2] = [(64.0, 254.0), (314.0, 504.0)];
const HEIGHT: f64 = 552.0;

/// Tones distinguishable on light and dark backgrounds and by lightness; dashes for readers who do
/// not see colors.
const LINES: &[(&str, &str)] = &[
    ("#c2703d", "none"),
    ("#3f8fb5", "7 3"),
    ("#8f8f8f", "2 3"),
    ("#4f9a63", "none"),
];

/// Draws a plot of replays of one history, each with its name.
pub(crate) fn svg(replays: &[(&str, Replay)]) -> String {
    let turns = replays
        .iter()
        .map(|(_, replay)| replay.turns.len())
        .max()
        .unwrap_or(0);
    let mut out = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="system-ui, sans-serif" font-size="13">
<title>Tokens sent a turn, and the share of them that a prompt cache serves</title>
<style>text{{fill:#444}}.axis{{stroke:#999}}.grid{{stroke:#ddd}}path{{fill:none;stroke-width:1.8;stroke-linejoin:round}}.axis,.grid{{stroke-width:1}}
@media (prefers-color-scheme:dark){{text{{fill:#bbb}}.axis{{stroke:#777}}.grid{{stroke:#3a3a3a}}}}</style>
"##
    );
    legend(&mut out, replays);
    let sent = |turns: &[Turn]| mean(turns, |turn| turn.sent);
    let share = |turns: &[Turn]| 100.0 * mean(turns, |turn| turn.served) / sent(turns).max(1.0);
    let thousands = |value: f64| format!("{},000", value as u64 / 1_000);
    panel(
        &mut out,
        PANELS[0],
        "tokens sent a turn",
        &Scale {
            most: LIMIT as f64,
            marks: &[0.0, 8_000.0, 16_000.0, 24_000.0, 32_000.0],
            label: &|value| {
                if value == 0.0 {
                    "0".to_owned()
                } else {
                    thousands(value)
                }
            },
        },
        turns,
        replays,
        &sent,
    );
    panel(
        &mut out,
        PANELS[1],
        "of them served by a prompt cache",
        &Scale {
            most: 100.0,
            marks: &[0.0, 25.0, 50.0, 75.0, 100.0],
            label: &|value| format!("{value} %"),
        },
        turns,
        replays,
        &share,
    );
    let (middle, below) = ((LEFT + RIGHT) / 2.0, HEIGHT - 8.0);
    let _ = writeln!(
        out,
        r#"<text x="{middle}" y="{below}" text-anchor="middle">turns (each point is the mean of {STEP})</text>
</svg>"#
    );
    out
}

/// Vertical axis of a panel.
struct Scale<'s> {
    most: f64,
    marks: &'s [f64],
    label: &'s dyn Fn(f64) -> String,
}

fn legend(out: &mut String, replays: &[(&str, Replay)]) {
    let mut x = LEFT;
    for ((name, _), (color, dashes)) in replays.iter().zip(LINES) {
        let (end, text) = (x + 26.0, x + 32.0);
        let _ = writeln!(
            out,
            r#"<path d="M{x} 18H{end}" stroke="{color}" stroke-dasharray="{dashes}"/><text x="{text}" y="22">{name}</text>"#
        );
        x = text + 8.0 * name.len() as f64 + 16.0;
    }
}

fn panel(
    out: &mut String,
    (top, bottom): (f64, f64),
    title: &str,
    scale: &Scale<'_>,
    turns: usize,
    replays: &[(&str, Replay)],
    value: &dyn Fn(&[Turn]) -> f64,
) {
    let y_of = |value: f64| bottom - (bottom - top) * (value / scale.most).clamp(0.0, 1.0);
    let x_of = |turn: usize| LEFT + (RIGHT - LEFT) * turn as f64 / turns.max(1) as f64;
    let over = top - 10.0;
    let _ = writeln!(out, r#"<text x="{LEFT}" y="{over}">{title}</text>"#);
    for &mark in scale.marks {
        let (y, label) = (y_of(mark), (scale.label)(mark));
        let class = if mark == 0.0 { "axis" } else { "grid" };
        let (text_x, text_y) = (LEFT - 8.0, y + 4.0);
        let _ = writeln!(
            out,
            r#"<path class="{class}" d="M{LEFT} {y}H{RIGHT}"/><text x="{text_x}" y="{text_y}" text-anchor="end">{label}</text>"#
        );
    }
    for turn in (0..=turns).step_by(200) {
        let (x, y) = (x_of(turn), bottom + 17.0);
        let _ = writeln!(
            out,
            r#"<text x="{x:.1}" y="{y}" text-anchor="middle">{turn}</text>"#
        );
    }
    for ((_, replay), (color, dashes)) in replays.iter().zip(LINES) {
        let mut path = String::new();
        for (nth, some) in replay.turns.chunks(STEP).enumerate() {
            let middle = nth * STEP + some.len() / 2;
            let command = if nth == 0 { 'M' } else { 'L' };
            let (x, y) = (x_of(middle), y_of(value(some)));
            let _ = write!(path, "{command}{x:.1} {y:.1}");
        }
        let _ = writeln!(
            out,
            r#"<path d="{path}" stroke="{color}" stroke-dasharray="{dashes}"/>"#
        );
    }
}

fn mean(turns: &[Turn], of: impl Fn(&Turn) -> u64) -> f64 {
    turns.iter().map(|turn| of(turn) as f64).sum::<f64>() / turns.len().max(1) as f64
}
