//! The first programs of a newcomer, as shown in the documents.

use tokenfit::budget::Fits;
use tokenfit::check::{RepairPolicy, Repaired, codes};
use tokenfit::fit::{Keep, Preset};
use tokenfit::{Budget, Encoding, Error, ErrorKind, Fitted, Fitter, Models, Request, Tokenizer};

const BODY: &str = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}"#;
/// Names no model, like Google's requests.
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
    assert!(!fitted.receipt().edits.is_empty());
    // No content of the conversation is printed.
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
    assert!(fitted.is_unchanged() && fitted.receipt().is_empty());
    assert_eq!(fitted.as_bytes(), BODY.as_bytes());
    assert_eq!(Encoding::for_model("gpt-4o").unwrap().count("text"), 1);
}

/// One token per word.
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
        // A model found through another one counts alike.
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

/// An application that stores messages, and fits the requests it makes of them when it sends them.
struct Session {
    fitter: Fitter,
    last: Option<Request<'static>>,
}

impl Session {
    fn send(&mut self, request: Request<'static>) -> Result<Vec<u8>, Error> {
        let request = self.last.insert(request);
        let fitted = self.fitter.fit(request)?;
        Ok(fitted.into_bytes())
    }

    /// The result borrows only the session.
    fn again(&self) -> Result<Option<Fitted<'_>>, Error> {
        let Some(request) = &self.last else {
            return Ok(None);
        };
        self.fitter.fit(request).map(Some)
    }
}

/// Requests of any lifetime, in and out.
fn fitted<'a>(fitter: &Fitter, request: &'a Request<'_>) -> Result<Fitted<'a>, Error> {
    let plan = fitter.plan(request)?;
    fitter.apply(request, &plan)
}

/// The request is parsed here, and only the fitted one is returned.
fn read_and_fitted(fitter: &Fitter, body: &str) -> Result<Request<'static>, Error> {
    let request = Request::parse(body)?;
    let fitted = fitter.fit(&request)?;
    Ok(fitted.into_request())
}

fn repaired<'a>(budget: &Budget, request: &'a Request<'_>) -> Result<Repaired<'a>, Error> {
    budget.repair(request, &RepairPolicy::default())
}

#[test]
fn requests_are_kept_where_an_application_wants_them() {
    let budget = Budget::new(&Models::builtin().get("gpt-4o").unwrap());
    let mut session = Session {
        fitter: Preset::Agent.fitter(budget.clone()),
        last: None,
    };
    assert!(session.again().unwrap().is_none());
    let request = Request::parse(BODY).unwrap().into_owned();
    assert_eq!(session.send(request).unwrap(), BODY.as_bytes());
    assert_eq!(
        session.again().unwrap().unwrap().as_bytes(),
        BODY.as_bytes()
    );

    // The body is dropped before the result.
    let kept = {
        let body = BODY.to_owned();
        read_and_fitted(&session.fitter, &body).unwrap()
    };
    assert!(fitted(&session.fitter, &kept).unwrap().is_unchanged());
    assert!(!repaired(&budget, &kept).unwrap().is_changed());
    let requests: Vec<Request<'static>> = vec![kept.clone(), kept];
    let all: Result<Vec<Fitted<'_>>, Error> = requests
        .iter()
        .map(|request| session.fitter.fit(request))
        .collect();
    assert_eq!(all.unwrap().len(), 2);
    // From one thread to another.
    let fitter = session.fitter.clone();
    let bytes = std::thread::spawn(move || {
        let fitted = fitter.fit(&requests[0]).unwrap();
        fitted.into_bytes()
    });
    assert_eq!(bytes.join().unwrap(), BODY.as_bytes());
}

#[test]
fn an_unknown_model_is_an_error_where_a_model_is_needed() {
    let unknown = r#"{"model": "our-own", "messages": [{"role": "user", "content": "Hello"}]}"#;
    let request = Request::parse(unknown).unwrap();
    let models = Models::builtin();
    for error in [
        models.for_request(&request).unwrap_err(),
        models.get("our-own").unwrap_err(),
        tokenfit::count(unknown).unwrap_err(),
        tokenfit::fit(unknown, 8_000).unwrap_err(),
        // With a budget for any model, a fit still needs one, even under the caller's limit.
        Preset::Agent
            .fitter(Budget::lenient(&models))
            .fit(&request)
            .unwrap_err(),
        Preset::Agent
            .fitter(Budget::lenient(&models).limit_input(8_000))
            .fit(&request)
            .unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::UnknownModel, "{error}");
    }
    let budget = Budget::lenient(&models);
    assert!(budget.check(&request).is_ok() && budget.check_bytes(unknown).is_ok());
    assert_eq!(budget.max_input(&request).unwrap(), None);
    assert_eq!(budget.fits(&request), Fits::Unsure);
    // The model of each request.
    let known = Request::parse(BODY).unwrap();
    assert_eq!(budget.max_input(&known).unwrap(), Some(128_000));
    assert_eq!(budget.check(&known).model(), Some("gpt-4o"));
    let fitter = Preset::Agent.fitter(budget);
    assert!(fitter.fit(&known).unwrap().is_unchanged());
}
