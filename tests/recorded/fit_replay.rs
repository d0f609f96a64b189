//! A long agent history, fitted again before every request as it grows: the share that a prompt
//! cache would serve, the number of cuts, and that every step keeps what the previous one kept.
//!
//! The conversations are not part of the crate. 500 messages by default, 1,000 through a
//! conversation with summaries; `TOKENFIT_FULL=1` runs 2,000, and compares `docs/replay.svg` with
//! the result.

use crate::common::{full, shared};
use crate::{replay, replay_svg};
use serde_json::Value;
use tokenfit::fit::{MessageCounter, MessageCounts, Preset};
use tokenfit::{Budget, Models, Request, TokenCount};

/// The agents' histories as one.
fn one_history(messages: usize) -> Vec<Value> {
    let lines = std::fs::read_to_string(shared("corpus/agent_tools.jsonl")).unwrap();
    replay::history(&lines, messages).unwrap()
}

#[derive(Default)]
struct Refitted {
    requests: usize,
    sent: u64,
    served: u64,
    cuts: usize,
    cannot: usize,
}

fn refitted(preset: Preset, history: &[Value]) -> Refitted {
    let models = Models::builtin();
    let model = models.get("gpt-4o").unwrap();
    let fitter = preset.fitter(
        Budget::new(&model)
            .reserve_output(0)
            .limit_input(replay::LIMIT),
    );
    let whole =
        Request::from_serialize(&serde_json::json!({"model": "gpt-4o", "messages": history}))
            .unwrap();
    let all = model.count_messages(&whole);
    let texts: Vec<String> = history.iter().map(Value::to_string).collect();
    let mut before: Vec<String> = Vec::new();
    let mut replay = Refitted::default();
    for end in 1..=history.len() {
        // A request is sent when the model speaks next: after a user message, or the last of some
        // results.
        let role = |at: usize| history.get(at).and_then(|message| message["role"].as_str());
        let sends = matches!(role(end - 1), Some("user" | "tool")) && role(end) != Some("tool");
        if !sends {
            continue;
        }
        let body = format!(
            r#"{{"model": "gpt-4o", "messages": [{}]}}"#,
            texts[..end].join(",")
        );
        let request = Request::parse(&body).unwrap();
        let counts = MessageCounts {
            messages: all.messages[..end].to_vec(),
            around: all.around,
        };
        let Ok(fitted) = fitter.fit_knowing(&request, &counts) else {
            replay.cannot += 1;
            continue;
        };
        let sent = fitted.request();
        let fresh = model.count_messages(sent);
        assert!(fresh.size() <= replay::LIMIT);
        let messages: Vec<String> = sent
            .messages()
            .map(|message| message.raw_json().to_owned())
            .collect();
        let same = messages
            .iter()
            .zip(&before)
            .take_while(|(now, then)| now == then)
            .count();
        let tokens = |counts: &[TokenCount]| counts.iter().map(TokenCount::tokens).sum::<u64>();
        replay.requests += 1;
        replay.sent += fresh.total().tokens();
        if !before.is_empty() {
            replay.served += fresh.around.tokens() + tokens(&fresh.messages[..same]);
            replay.cuts += usize::from(same < before.len());
        }
        before = messages;
    }
    replay
}

#[test]
#[ignore = "needs the recordings"]
fn a_prompt_cache_serves_most_of_what_is_sent() {
    let history = one_history(if full() { 2_000 } else { 500 });
    for &preset in &[Preset::SlidingWindow, Preset::Agent, Preset::CacheFriendly] {
        let replay = refitted(preset, &history);
        let share = 100.0 * replay.served as f64 / replay.sent as f64;
        println!(
            "{:15} {} messages, {} requests: {share:5.1} % of the tokens from the cache, {} cuts, {} tokens a request, {} could not be fitted",
            preset.as_str(),
            history.len(),
            replay.requests,
            replay.cuts,
            replay.sent / replay.requests as u64,
            replay.cannot,
        );
        assert_eq!(replay.cannot, 0);
        if preset != Preset::SlidingWindow {
            assert!(share > 90.0, "{preset}: {share}");
        }
    }
}

#[test]
#[ignore = "needs the recordings"]
fn summaries_come_rarely_and_leave_the_prompt_cache_alone() {
    // Clearing results is enough for the first half.
    let history = one_history(if full() { 2_000 } else { 1_000 });
    let mut replays = Vec::new();
    for (name, fitter) in replay::policies().unwrap() {
        let replayed = replay::replay(fitter, &history).unwrap();
        println!("{}", replayed.row(name));
        assert_eq!(replayed.cannot, 0, "{name}");
        assert!(replayed.turns.iter().all(|turn| turn.sent <= replay::LIMIT));
        // Every requested summary was accepted, and there are never two.
        assert_eq!(replayed.calls, replayed.summaries, "{name}");
        assert!(replayed.summaries <= replayed.cuts && replayed.most_summaries <= 1);
        if name == "agent with summaries" {
            assert!(replayed.summaries > 0 && replayed.most_summaries == 1);
            assert!(replayed.summaries * 20 < replayed.turns.len());
        }
        if name != "sliding window" {
            assert!(replayed.share() > 0.9, "{name}: {}", replayed.share());
        }
        replays.push((name, replayed));
    }
    if full() {
        // The plot shows this.
        let plot = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/replay.svg");
        let same = std::fs::read_to_string(plot).unwrap() == replay_svg::svg(&replays);
        assert!(
            same,
            "docs/replay.svg is not what tools/replay_plot.rs writes"
        );
    }
}
