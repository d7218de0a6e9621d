//! The pages in a real browser: they print nothing to its console, ask nothing of the network, fit every width, the
//! dark and paper, and their figures can be read.
//!
//! These tests need Chromium, in the path or where `CHROMIUM` says, so they run only when asked for
//! (`--ignored`); `tests/all.sh` installs it and asks. The browser is spoken to by its DevTools protocol through a pipe.

use serde_json::{Value, json};
use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A browser with one empty page.
struct Browser {
    process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    session: Option<String>,
    sent: u64,
    /// What the browser has told since the page was opened.
    events: Vec<Value>,
    _profile: tempfile::TempDir,
}

fn chromium() -> PathBuf {
    if let Some(path) = env::var_os("CHROMIUM") {
        return path.into();
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let mut candidates =
        env::split_paths(&path).flat_map(|folder| names.map(|name| folder.join(name)));
    candidates
        .find(|candidate| candidate.is_file())
        .expect("Chromium is in the path, or CHROMIUM says where it is")
}

impl Browser {
    fn start() -> Browser {
        let profile = tempfile::tempdir().expect("a temporary folder");
        // The protocol's pipe is at the descriptors 3 and 4.
        let script = "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>/dev/null";
        let mut process = Command::new("bash")
            .args(["-c", script])
            .arg(chromium())
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
            ])
            .args(["--disable-dev-shm-usage", "--remote-debugging-pipe"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the browser starts");
        let to = process.stdin.take().expect("is piped");
        let from = BufReader::new(process.stdout.take().expect("is piped"));
        let mut browser = Browser {
            process,
            to,
            from,
            session: None,
            sent: 0,
            events: Vec::new(),
            _profile: profile,
        };
        let target = browser.ask("Target.createTarget", json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = browser.ask("Target.attachToTarget", attach);
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.ask(&format!("{domain}.enable"), json!({}));
        }
        browser
    }

    /// Sends a command, and waits for its answer.
    fn ask(&mut self, method: &str, parameters: Value) -> Value {
        self.sent += 1;
        let mut message = json!({"id": self.sent, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        write!(self.to, "{message}\0").expect("the browser listens");
        loop {
            let message = self.next();
            if message["id"] == json!(self.sent) {
                assert!(message.get("error").is_none(), "{method}: {message}");
                return message["result"].clone();
            }
            self.events.push(message);
        }
    }

    fn next(&mut self) -> Value {
        let mut bytes = Vec::new();
        self.from
            .read_until(0, &mut bytes)
            .expect("the browser answers");
        assert_eq!(bytes.pop(), Some(0), "the browser has ended");
        serde_json::from_slice(&bytes).expect("the protocol is JSON")
    }

    /// Opens a file at a width, in a scheme of colours and for a medium.
    fn open(&mut self, file: &Path, width: u32, scheme: &str, medium: &str) {
        let metrics =
            json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.ask("Emulation.setDeviceMetricsOverride", metrics);
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        let media = json!({"media": medium, "features": features});
        self.ask("Emulation.setEmulatedMedia", media);
        self.events.clear();
        let url = format!("file://{}", file.display());
        self.ask("Page.navigate", json!({"url": url}));
        while !self
            .events
            .iter()
            .any(|event| event["method"] == "Page.loadEventFired")
        {
            let event = self.next();
            self.events.push(event);
        }
    }

    /// The value of an expression on the page.
    fn value(&mut self, expression: &str) -> Value {
        let parameters = json!({"expression": expression, "returnByValue": true});
        let result = self.ask("Runtime.evaluate", parameters);
        assert!(result.get("exceptionDetails").is_none(), "{result}");
        result["result"]["value"].clone()
    }

    /// Events of some names so far.
    fn told(&self, names: &[&str]) -> Vec<&Value> {
        let is_one = |event: &&Value| names.contains(&event["method"].as_str().unwrap_or(""));
        self.events.iter().filter(is_one).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

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

const WIDTHS: [u32; 3] = [360, 1024, 1920];

/// What sticks out of the window: elements that do not lie in a box of their own that scrolls.
const STICKING_OUT: &str = "[...document.querySelectorAll('main *')]
  .filter(e => !e.closest('.wide') && e.getBoundingClientRect().right > innerWidth + 1)
  .map(e => e.tagName + ': ' + e.textContent.slice(0, 40))";

/// Pairs of words in a figure of which one covers a good part of the other.
const COVERED: &str = "[...document.querySelectorAll('figure svg')].flatMap(svg => {
  const words = [...svg.querySelectorAll('text')].map(t => ({ text: t.textContent, box: t.getBoundingClientRect() }));
  return words.flatMap((a, i) => words.slice(i + 1).filter(b => {
    const width = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
    const height = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
    const least = Math.min(a.box.width * a.box.height, b.box.width * b.box.height);
    return width > 0 && height > 0 && width * height > 0.25 * least;
  }).map(b => svg.getAttribute('aria-labelledby') + ': ' + a.text + ' / ' + b.text));
})";

/// Texts whose colour is too near that of the ground (WCAG 2, 1.4.3: 4.5 to 1).
const PALE: &str = "(() => {
  const light = colour => colour.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = light(getComputedStyle(document.body).backgroundColor);
  return [...document.querySelectorAll('h1, h2, p, td, th, small, svg .tick, svg .label')]
    .filter(e => e.textContent.trim() && !e.closest('[class^=h]'))
    .map(e => [e, light(e.closest('svg') ? getComputedStyle(e).fill : getComputedStyle(e).color)])
    .filter(([, l]) => (Math.max(l, ground) + 0.05) / (Math.min(l, ground) + 0.05) < 4.5)
    .map(([e]) => e.tagName + '.' + e.className + ': ' + e.textContent.slice(0, 40));
})()";

/// Words of figures that are smaller than 7 pixels.
const TINY: &str = "[...document.querySelectorAll('figure svg')].flatMap(svg => {
  const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
  return [...svg.querySelectorAll('text')].filter(t => parseFloat(getComputedStyle(t).fontSize) * scale < 7)
    .map(t => svg.getAttribute('aria-labelledby') + ': ' + t.textContent);
})";

/// Figures that say nothing to those who cannot see them.
const MUTE: &str = "[...document.querySelectorAll('figure svg')].filter(svg =>
  svg.getAttribute('role') !== 'img' || svg.getAttribute('aria-labelledby').split(' ').some(id =>
    !document.getElementById(id)?.textContent.trim())).map(svg => svg.outerHTML.slice(0, 200))";

/// Ids that are given twice.
const TWICE: &str = "(ids => ids.filter((id, at) => ids.indexOf(id) !== at))([...document.querySelectorAll('[id]')].map(e => e.id))";

fn nothing(browser: &mut Browser, expression: &str, what: &str) {
    let found = browser.value(expression);
    assert_eq!(found, json!([]), "{what}");
}

#[test]
#[ignore = "needs Chromium"]
fn pages_are_quiet_fit_every_width_and_can_be_read() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let mut browser = Browser::start();
    for (kind, page) in pages(place.path()) {
        for width in WIDTHS {
            browser.open(&page, width, "light", "screen");
            let here = format!("{kind} at {width}");
            nothing(&mut browser, STICKING_OUT, &format!("sticks out: {here}"));
            nothing(
                &mut browser,
                COVERED,
                &format!("words cover each other: {here}"),
            );
            nothing(&mut browser, TINY, &format!("too small: {here}"));
            let said = browser.told(&[
                "Runtime.consoleAPICalled",
                "Runtime.exceptionThrown",
                "Log.entryAdded",
            ]);
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
        browser.open(&page, 1024, "dark", "screen");
        let ground = browser.value("getComputedStyle(document.body).backgroundColor");
        assert_eq!(ground, json!("rgb(20, 23, 26)"), "{kind}");
        nothing(&mut browser, PALE, &format!("too pale in the dark: {kind}"));
        // What a sheet of A4 leaves between its margins, at 96 pixels an inch.
        browser.open(&page, 688, "dark", "print");
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
    browser.open(&page, 1024, "light", "screen");
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
