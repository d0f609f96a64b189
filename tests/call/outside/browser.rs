//! The page in a real browser.

use std::process::Command;

use crate::serve::page;

#[test]
#[ignore = "needs Chromium"]
fn a_browser_shows_the_page() {
    let (_fake, server) = page::traffic();
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"])
        .arg("--virtual-time-budget=5000")
        .arg(format!("http://{}/page", server.addr))
        .output()
        .unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    // The policy let the script run, and the script wrote what the JSON has.
    for words in [
        r#"data-end="refused"><b>2</b>"#,
        r#"data-end="fitted"><b>1</b>"#,
        "<td>gpt-4o</td>",
        "<td>rate_limit</td>",
        "of 128,000",
        "<rect",
    ] {
        assert!(shown.contains(words), "{words} in {shown}");
    }
    assert!(!shown.contains("marker"));
}
