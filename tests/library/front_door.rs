//! The first programs that a newcomer writes, as they stand in the documents.

use tokenfit::check::codes;
use tokenfit::fit::{Keep, Preset};
use tokenfit::{Budget, Encoding, ErrorKind, Models, Request, Tokenizer};

const BODY: &str = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#;
/// Names no model, as Google's requests do.
const UNNAMED: &str = r#"{"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}"#;

#[test]
fn a_body_is_counted() {
    assert_eq!(tokenfit::count(BODY).unwrap().tokens(), 8);
    assert_eq!(tokenfit::count(BODY.as_bytes()).unwrap().tokens(), 8);
    assert_eq!(
        tokenfit::count(&BODY.as_bytes().to_vec()).unwrap().tokens(),
        8
    );
    let error = tokenfit::count(UNNAMED).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingModel);
    assert!(
        tokenfit::count_for("gemini-2.5-flash", UNNAMED)
            .unwrap()
            .tokens()
            > 0
    );
    let error = tokenfit::count_for("gpt-4p", BODY).unwrap_err();
    assert_eq!(error.nearest_models()[..2], ["gpt-4", "gpt-4o"]);
}

#[test]
fn a_body_is_checked_also_when_it_cannot_be_read() {
    assert!(tokenfit::check(BODY).is_ok());
    for (body, code) in [
        (
            r#"{"model": "gpt-4o", "messages": []}"#,
            codes::EMPTY_MESSAGES,
        ),
        (
            r#"{"model": "gpt-4o", "messages": "Hello"}"#,
            codes::INVALID_TYPE,
        ),
        ("{", codes::UNREADABLE_REQUEST),
        ("", codes::UNREADABLE_REQUEST),
    ] {
        let report = tokenfit::check(body);
        assert!(!report.is_ok(), "{body}");
        assert_eq!(report.findings()[0].code, code, "{body}");
    }
    let report = tokenfit::check(b"\xff\xfe");
    assert_eq!(report.findings()[0].code, codes::UNREADABLE_REQUEST);
    assert_eq!(report.format(), None);
    assert!(tokenfit::check_for("gemini-2.5-flash", UNNAMED).is_ok());
}

#[test]
fn a_body_is_fitted_and_keeps_its_bytes_where_it_fits() {
    let fitted = tokenfit::fit(BODY, 8_000).unwrap();
    assert!(fitted.is_unchanged());
    assert_eq!(fitted.into_bytes(), BODY.as_bytes());
    assert!(
        tokenfit::fit_for("gemini-2.5-flash", UNNAMED, 8_000)
            .unwrap()
            .is_unchanged()
    );

    let turns: Vec<String> = (0..60)
        .map(|n| format!(r#"{{"role": "user", "content": "How dry is bed {n}?"}}, {{"role": "assistant", "content": "Bed {n} is dry."}}"#))
        .collect();
    let long = format!(
        r#"{{"model": "gpt-4o", "messages": [{}, {{"role": "user", "content": "And now?"}}]}}"#,
        turns.join(", ")
    );
    let fitted = tokenfit::fit(&long, 200).unwrap();
    assert!(tokenfit::count(fitted.as_bytes()).unwrap().tokens() <= 200);
    assert!(!fitted.receipt().unwrap().edits.is_empty());
    // Nothing of the conversation is in what is printed.
    assert!(!format!("{fitted:?}").contains("bed"));
    assert_eq!(
        tokenfit::fit(&long, 3).unwrap_err().kind(),
        ErrorKind::CannotFit
    );
}

#[test]
fn handles_have_settings_of_their_own() {
    let models = Models::builtin();
    let request = Request::parse(BODY).unwrap();
    let model = models.for_request(&request).unwrap();
    assert_eq!(model.id(), models.get("gpt-4o").unwrap().id());
    assert_eq!(model.count(&request).tokens(), 8);
    let budget = Budget::new(&model).reserve_output(4_096);
    let fitter = Preset::Agent
        .fitter(budget)
        .keep(Keep::new().first_user(true).last_turns(2));
    let fitted = fitter.fit(&request).unwrap();
    assert!(fitted.is_unchanged() && fitted.receipt().is_none());
    assert_eq!(fitted.as_bytes(), BODY.as_bytes());
    assert_eq!(Encoding::for_model("gpt-4o").unwrap().count("text"), 1);
}

/// A word is a token.
struct Words;

impl Tokenizer for Words {
    fn count(&self, text: &str) -> usize {
        text.split_whitespace().count()
    }
}

#[test]
fn what_is_set_on_the_models_holds_for_every_model_from_them() {
    let text = "one two three four";
    let models = Models::builtin()
        .alias("prod-chat", "gpt-4o")
        .unwrap()
        .tokenizer("o200k_base", Words);
    for name in ["gpt-4o", "prod-chat", "gpt-4.1"] {
        let model = models.get(name).unwrap();
        assert_eq!(model.count_text(text).tokens(), 4, "{name}");
        // A model found through another one of them counts alike.
        let other = model.models().get("gpt-4o-mini").unwrap();
        assert_eq!(other.count_text(text).tokens(), 4);
    }
    let listed = models.iter().find(|model| model.id() == "gpt-4o").unwrap();
    assert_eq!(listed.count_text("one-two-three").tokens(), 1);
    assert!(
        Models::builtin()
            .get("gpt-4o")
            .unwrap()
            .count_text("one-two-three")
            .tokens()
            > 1
    );
}
