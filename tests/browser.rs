//! The pages in a real browser: they print nothing to its console, ask nothing of the network, fit every width, the
//! dark and paper, and their figures can be read.
//!
//! These tests need Chromium, in the path or where `CHROMIUM` says, so they run only when asked for
//! (`--ignored`); `tests/all.sh` installs it and asks.

#[path = "common/checks.rs"]
mod checks;
#[path = "common/devtools.rs"]
mod devtools;

use checks::{COVERED, LOUD, PALE, STICKING_OUT, TINY, TWICE, WIDTHS, nothing};
use devtools::Browser;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Pages of every kind, by what they are of.
fn pages(place: &Path) -> Vec<(&'static str, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let scenario = |name: &str| root.join("scenarios").join(name).display().to_string();
    let everywhere = place.join("everywhere.toml");
    let text = "title = \"Everywhere\"\nduration = \"10m\"\npops = \"all\"\nexpect = [\"stale-reads > 0\"]\n\
        [workload.visitors]\nreads = \"1/s\"\nkeys = { one = \"flag\" }\n\
        [workload.editor]\nat = [\"LHR\"]\nwrites = \"1/50s\"\nkeys = { one = \"flag\" }\n";
    fs::write(&everywhere, text).expect("a temporary folder takes files");
    let lesson = scenario("lessons/01-first-stale-read.toml");
    let pattern = scenario("patterns/05-sliding-sessions/sliding-sessions.toml");
    let everywhere = everywhere.display().to_string();
    let ttls = "workload.visitors.cache-ttl=30s..10m x 6 log";
    let loads = "workload.visitors.reads=1/s,5/s";
    let guarantees = scenario("lessons/05-read-your-own-writes.toml");
    let commands: [(&str, &str, Vec<&str>); 8] = [
        (
            "broken guarantees",
            "one/05-read-your-own-writes/report.html",
            vec!["run", &guarantees, "--out", "one"],
        ),
        (
            "one run",
            "one/01-first-stale-read/report.html",
            vec!["run", &lesson, "--out", "one"],
        ),
        (
            "several runs",
            "many/01-first-stale-read/report.html",
            vec!["run", &lesson, "--runs", "5", "--out", "many"],
        ),
        (
            "a Worker",
            "one/sliding-sessions/report.html",
            vec!["run", &pattern, "--out", "one"],
        ),
        (
            "every PoP",
            "one/everywhere/report.html",
            vec!["run", &everywhere, "--out", "one"],
        ),
        (
            "a curve",
            "curve/01-first-stale-read-sweep/sweep.html",
            vec!["sweep", &lesson, "--vary", ttls, "--out", "curve"],
        ),
        (
            "a comparison",
            "both/01-first-stale-read-against-everywhere/comparison.html",
            vec![
                "compare",
                &lesson,
                &everywhere,
                "--runs",
                "3",
                "--out",
                "both",
            ],
        ),
        (
            "a grid",
            "grid/01-first-stale-read-sweep/sweep.html",
            vec![
                "sweep", &lesson, "--vary", ttls, "--vary", loads, "--out", "grid",
            ],
        ),
    ];
    let made = commands.map(|(kind, page, arguments)| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kvlag"));
        let output = command
            .args(&arguments)
            .current_dir(place)
            .output()
            .expect("kvlag runs");
        let page = place.join(page);
        assert!(
            page.is_file(),
            "{kind}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        (kind, page)
    });
    made.into()
}

/// Figures that say nothing to those who cannot see them.
const MUTE: &str = "[...document.querySelectorAll('figure svg')].filter(svg =>
  svg.getAttribute('role') !== 'img' || svg.getAttribute('aria-labelledby').split(' ').some(id =>
    !document.getElementById(id)?.textContent.trim())).map(svg => svg.outerHTML.slice(0, 200))";

fn open(browser: &mut Browser, file: &Path, width: u32, scheme: &str, medium: &str) {
    browser.open(&format!("file://{}", file.display()), width, scheme, medium);
}

#[test]
#[ignore = "needs Chromium"]
fn pages_are_quiet_fit_every_width_and_can_be_read() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let mut browser = Browser::start();
    for (kind, page) in pages(place.path()) {
        for width in WIDTHS {
            open(&mut browser, &page, width, "light", "screen");
            let here = format!("{kind} at {width}");
            nothing(&mut browser, STICKING_OUT, &format!("sticks out: {here}"));
            nothing(
                &mut browser,
                COVERED,
                &format!("words cover each other: {here}"),
            );
            nothing(&mut browser, TINY, &format!("too small: {here}"));
            let said = browser.told(&LOUD);
            assert!(said.is_empty(), "{here}: {said:?}");
            let asked = browser.told(&["Network.requestWillBeSent"]);
            assert_eq!(asked.len(), 1, "{here}: the page alone, not {asked:?}");
        }
        nothing(&mut browser, MUTE, kind);
        nothing(&mut browser, TWICE, kind);
        nothing(
            &mut browser,
            PALE,
            &format!("too pale in the light: {kind}"),
        );
        open(&mut browser, &page, 1024, "dark", "screen");
        let ground = browser.value("getComputedStyle(document.body).backgroundColor");
        assert_eq!(ground, json!("rgb(20, 23, 26)"), "{kind}");
        nothing(&mut browser, PALE, &format!("too pale in the dark: {kind}"));
        // What a sheet of A4 leaves between its margins, at 96 pixels an inch.
        open(&mut browser, &page, 688, "dark", "print");
        let ground = browser.value("getComputedStyle(document.body).backgroundColor");
        assert_eq!(
            ground,
            json!("rgb(255, 255, 255)"),
            "paper is white: {kind}"
        );
        nothing(
            &mut browser,
            STICKING_OUT,
            &format!("sticks out on paper: {kind}"),
        );
        nothing(&mut browser, PALE, &format!("too pale on paper: {kind}"));
    }
}

#[test]
#[ignore = "needs Chromium"]
fn the_checks_find_what_they_look_for() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let page = place.path().join("bad.html");
    let text = "<!doctype html><body style='background: #fff'><main><p style='color: #bbb; width: 3000px'>pale</p>
        <p id=a></p><p id=a></p><figure><svg viewBox='0 0 100 20'><text x=5 y=10>over</text><text x=6 y=11 style='font-size: 0.1px'>under</text></svg></figure>
        <img src='file:///nowhere.png'><script>console.log('loud')</script></main>";
    fs::write(&page, text).expect("a temporary folder takes files");
    let mut browser = Browser::start();
    open(&mut browser, &page, 1024, "light", "screen");
    for (expression, count) in [
        (STICKING_OUT, 1),
        (COVERED, 1),
        (TWICE, 1),
        (PALE, 1),
        (TINY, 1),
    ] {
        let found = browser.value(expression);
        assert_eq!(
            found.as_array().map(Vec::len),
            Some(count),
            "{expression}: {found}"
        );
    }
    assert_eq!(browser.told(&["Network.requestWillBeSent"]).len(), 2);
    assert_eq!(browser.told(&["Runtime.consoleAPICalled"]).len(), 1);
    let mute = "[...document.querySelectorAll('figure svg')].filter(svg => svg.getAttribute('role') !== 'img').length";
    assert_eq!(browser.value(mute), json!(1));
}
