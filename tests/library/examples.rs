//! The programs of `examples/` run, and print what their comments promise.

use std::path::Path;

#[path = "../../examples/check_folder.rs"]
mod check_folder;
#[path = "../../examples/conversation.rs"]
mod conversation;
#[path = "../../examples/count_and_price.rs"]
mod count_and_price;
#[path = "../../examples/fit_agent.rs"]
mod fit_agent;
#[path = "../../examples/own_model.rs"]
mod own_model;
#[path = "../../examples/own_strategy.rs"]
mod own_strategy;
#[path = "../../examples/summaries.rs"]
mod summaries;
#[path = "../../examples/typed_request.rs"]
mod typed_request;

#[test]
fn count_and_price_says_tokens_and_dollars() {
    let out = count_and_price::run().unwrap();
    assert!(
        out.starts_with("gpt-4o-mini: 1623 tokens, exact\ninput $0.00024345\n"),
        "{out}"
    );
    assert!(out.contains("together at most $0.0"), "{out}");
}

#[test]
fn check_folder_reports_each_file_and_counts_refused_ones() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let (out, refused) = check_folder::run(&folder).unwrap();
    assert_eq!((out.as_str(), refused), ("support_agent.json: ok\n", 0));
}

#[test]
fn fit_agent_prints_a_receipt_within_the_limit() {
    let out = fit_agent::run().unwrap();
    assert!(
        out.contains("1,623 → ") && out.contains("at most 1,200;"),
        "{out}"
    );
    assert!(out.contains("(drop_oldest)"), "{out}");
}

#[test]
fn summaries_replace_the_oldest_messages() {
    let out = summaries::run().unwrap();
    assert!(out.contains("of 40 messages left"), "{out}");
    assert!(
        out.ends_with("messages about dry beds were exchanged.\n"),
        "{out}"
    );
}

#[test]
fn a_conversation_stays_under_its_limit_and_resumes() {
    let out = conversation::run().unwrap();
    assert!(out.contains("turn 1: send 2 of 2 messages\n"), "{out}");
    assert!(out.ends_with("resumed with 19 messages\n"), "{out}");
    let last_turn = out.lines().nth(8).unwrap();
    assert!(
        last_turn.ends_with("of 18 messages") && !last_turn.contains("send 18"),
        "{out}"
    );
}

#[test]
fn an_own_strategy_is_named_in_the_receipt() {
    let out = own_strategy::run().unwrap();
    assert!(out.contains("drop_small_talk"), "{out}");
}

#[test]
fn an_own_model_and_a_deployment_are_found() {
    let out = own_model::run().unwrap();
    assert!(out.contains("prod-chat: 8 tokens"), "{out}");
    assert!(
        out.contains("garden-7b: ") && out.contains("window Some(32000)"),
        "{out}"
    );
    assert!(out.contains("input Some(0.12) dollars"), "{out}");
    assert!(out.contains("did you mean `gpt-4o-mini`"), "{out}");
}

#[test]
fn a_typed_request_comes_back_typed() {
    let out = typed_request::run().unwrap();
    let kept: usize = out.split(' ').next().unwrap().parse().unwrap();
    assert!(kept < 41 && out.ends_with("messages for gpt-4o\n"), "{out}");
}
