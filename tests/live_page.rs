//! The live page in a real browser, with clicks: a write that is not seen elsewhere yet, a stale read that shows, time
//! that stands still; quiet, and readable at every width with five PoPs and with all of them.
//!
//! These tests need Chromium, as those of `browser.rs` do. What the page looks like is kept in `target/tmp/live-page`.

#[path = "common/checks.rs"]
mod checks;
#[path = "common/devtools.rs"]
mod devtools;
#[path = "common/http.rs"]
#[expect(dead_code, reason = "here it is a browser that asks")]
mod http;
#[path = "common/served.rs"]
#[expect(dead_code, reason = "likewise")]
mod served;

use checks::{COVERED, LOUD, PALE, STICKING_OUT, TINY, TWICE, WIDTHS, nothing};
use devtools::Browser;
use serde_json::{Value, json};
use served::Served;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// So long a page may take until it shows what it should.
const PATIENCE: Duration = Duration::from_secs(30);

const FIVE: &str = "title = \"Five cities\"\nduration = \"10m\"\npops = [\"LHR\", \"FRA\", \"IAD\", \"NRT\", \"SYD\"]\n";
const EVERYWHERE: &str = "title = \"Everywhere\"\nduration = \"10m\"\npops = \"all\"\n";
const TRAFFIC: &str = "[workload.visitors]\nreads = \"1/2s\"\nkeys = { one = \"flag\" }\n";

/// Where the page is.
fn url(served: &Served) -> String {
    format!("http://{}/", served.address)
}

impl Browser {
    /// Waits until an expression is true on the page.
    fn wait(&mut self, expression: &str) {
        let start = Instant::now();
        while self.value(expression) != json!(true) {
            let page = "document.querySelector('main').innerText";
            assert!(
                start.elapsed() < PATIENCE,
                "not to be seen: {expression}\n{}",
                self.value(page)
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until an element says something.
    fn wait_for(&mut self, selector: &str, text: &str) {
        self.wait(&format!(
            "document.querySelector({selector:?})?.textContent.includes({text:?}) ?? false"
        ));
    }

    /// Clicks into the middle of an element, as a pointer does.
    fn click(&mut self, selector: &str) {
        let middle = self.value(&format!(
            "(e => {{ e.scrollIntoView({{ block: 'center' }}); const box = e.getBoundingClientRect();
               return [box.x + box.width / 2, box.y + box.height / 2]; }})(document.querySelector({selector:?}))"
        ));
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({
                "type": kind, "x": middle[0], "y": middle[1], "button": "left", "clickCount": 1,
            });
            self.ask("Input.dispatchMouseEvent", event);
        }
    }

    fn press(&mut self, key: &str) {
        for kind in ["keyDown", "keyUp"] {
            let event = json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode":
                if key == "Enter" { 13 } else { 27 }, "text": if key == "Enter" { "\r" } else { "" }});
            self.ask("Input.dispatchKeyEvent", event);
        }
    }

    /// Types a text instead of what a field has.
    fn write(&mut self, selector: &str, text: &str) {
        self.value(&format!(
            "(e => {{ e.focus(); e.select(); }})(document.querySelector({selector:?}))"
        ));
        self.ask("Input.insertText", json!({"text": text}));
    }

    fn choose(&mut self, selector: &str, value: &str) {
        self.value(&format!(
            "(e => {{ e.value = {value:?}; e.dispatchEvent(new Event('change')); }})(document.querySelector({selector:?}))"
        ));
    }

    /// A number that the page shows.
    fn number(&mut self, selector: &str) -> f64 {
        let text = self.value(&format!("document.querySelector({selector:?}).textContent"));
        let text = text.as_str().expect("is a text").replace(',', "");
        text.parse()
            .unwrap_or_else(|_| panic!("{selector}: {text}"))
    }

    /// The clock, in seconds.
    fn clock(&mut self) -> f64 {
        let text = self.value("document.getElementById('clock').textContent");
        let text = text.as_str().expect("is a text");
        text.split(':')
            .map(|part| part.parse::<f64>().expect("is a clock"))
            .fold(0.0, |sum, part| 60.0 * sum + part)
    }

    /// Keeps what the page looks like from its beginning.
    fn keep(&mut self, name: &str) {
        let size = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]";
        let size = self.value(&format!("scrollTo(0, 0), {size}"));
        let clip = json!({"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1});
        let picture = self.ask(
            "Page.captureScreenshot",
            json!({"captureBeyondViewport": true, "clip": clip}),
        );
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("live-page");
        fs::create_dir_all(&folder).expect("the build's own folder takes folders");
        let bytes = from_base64(picture["data"].as_str().expect("is a text"));
        fs::write(folder.join(format!("{name}.png")), bytes).expect("it takes files");
    }

    /// Fails if the page has said something, or has asked somebody else.
    fn was_quiet(&mut self, served: &Served, here: &str) {
        self.value("1");
        let said = self.told(&LOUD);
        assert!(said.is_empty(), "{here}: {said:?}");
        let own = url(served);
        for event in self.told(&["Network.requestWillBeSent"]) {
            let url = event["params"]["request"]["url"].as_str();
            assert!(
                url.is_some_and(|url| url.starts_with(&own)),
                "{here}: {event}"
            );
        }
    }
}

fn from_base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text.bytes().filter(|byte| *byte != b'=');
    let digits = digits.map(|byte| DIGITS.iter().position(|digit| *digit == byte));
    let digits: Vec<u32> = digits.map(|d| d.expect("is a digit") as u32).collect();
    let bytes = digits.chunks(4).flat_map(|digits| {
        let number = digits.iter().fold(0, |sum, digit| sum << 6 | digit);
        let number = number << (6 * (4 - digits.len()));
        number.to_be_bytes()[1..digits.len()].to_vec()
    });
    bytes.collect()
}

/// Selects the mark of a PoP on the map.
fn mark(code: &str) -> String {
    format!("#map .mark[aria-label^='{code}']")
}

const RESULT: &str = "#results li:first-child";

/// Writes at LHR what SYD has another copy of.
fn overtake_sydney(browser: &mut Browser) {
    browser.wait_for("#title", "Five cities");
    browser.write("#key", "flag");
    browser.press("Enter");
    browser.click(&mark("LHR"));
    browser.wait_for("#client-title", "LHR, London");
    browser.write("#value", "off");
    browser.click("#write");
    browser.wait_for(RESULT, "Write at LHR: accepted as v1.");
    browser.click(&mark("SYD"));
    browser.wait_for("#client-title", "SYD, Sydney");
    browser.click("#read");
    browser.wait_for(RESULT, "Read at SYD: “off” (v1), MISS");
    browser.wait_for(RESULT, "fresh");
    browser.wait_for("#answer", "Nobody serves an old value of flag any more.");
    browser.click("[data-step='10s']");
    browser.click(&mark("LHR"));
    browser.write("#value", "on");
    browser.press("Enter");
    browser.wait_for(RESULT, "Write at LHR: accepted as v2.");
    browser.wait_for("#answer", "1 of 5 PoPs still serves an old value of flag.");
}

#[test]
#[ignore = "needs Chromium"]
fn a_stale_read_shows_and_is_explained_until_time_has_passed() {
    let served = Served::start(FIVE, &[]);
    let mut browser = Browser::start();
    browser.open(&url(&served), 1024, "light", "screen");
    overtake_sydney(&mut browser);
    assert_eq!(browser.number("#card-stale b"), 0.0);
    // By the keyboard, this time.
    browser.value(&format!(
        "document.querySelector({:?}).focus()",
        mark("SYD")
    ));
    browser.press("Enter");
    browser.wait_for("#client-copy", "v1, superseded for");
    browser.click("#read");
    browser.wait("document.querySelectorAll('#map .flash.shown').length === 1");
    browser.keep("stale-read");
    browser.wait_for(
        RESULT,
        "Read at SYD: “off” (v1), HIT, took 1.0 ms, stale: superseded for",
    );
    browser.wait_for("#card-stale b", "1");
    browser.wait("document.querySelectorAll('#log .stale').length === 1");
    browser.wait("document.querySelectorAll('#map .mark.superseded').length === 1");
    browser.wait("document.querySelectorAll('#map .flash.shown').length === 0");

    for asks in [".why", "#log .stale button"] {
        browser.click(asks);
        browser.wait_for("#story-title", "The read at SYD");
        browser.wait_for("#story-text", "Why");
        let texts = "document.querySelector('#story-figure div').shadowRoot.querySelectorAll('svg text').length";
        browser.wait(&format!("{texts} > 8"));
        browser.keep("story");
        browser.press("Escape");
        browser.wait("!document.getElementById('story').open");
    }

    browser.click("[data-step='1m']");
    browser.wait_for("#answer", "Nobody serves an old value of flag any more.");
    browser.click("#read");
    browser.wait_for(RESULT, "Read at SYD: “on” (v2), MISS");
    browser.click("#delete");
    browser.wait_for(RESULT, "Delete at SYD: accepted as v3.");
    browser.wait_for("#details", "The delete (v3)");
    browser.was_quiet(&served, "clicks");
}

#[test]
#[ignore = "needs Chromium"]
fn time_stands_still_is_stepped_and_goes_faster() {
    let served = Served::start(FIVE, &[]);
    let mut browser = Browser::start();
    browser.open(&url(&served), 1024, "light", "screen");
    overtake_sydney(&mut browser);
    browser.click("#pause");
    browser.wait("!document.getElementById('paused').hidden");
    browser.wait_for("#pause", "Go on");
    let before = browser.clock();
    browser.click("#read");
    browser.wait_for(RESULT, "waits until time goes on");
    std::thread::sleep(Duration::from_millis(600));
    assert_eq!(browser.clock(), before);
    browser.wait_for(RESULT, "waits until time goes on");
    browser.click("[data-step='1s']");
    browser.wait_for(RESULT, "Read at LHR: “on” (v2)");
    // The answer may come before the next state.
    let start = Instant::now();
    while browser.clock() == before && start.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(20));
    }
    let stepped = browser.clock() - before;
    assert!((stepped - 1.0).abs() < 0.11, "{stepped}");
    browser.choose("#speed", "60");
    browser.click("#pause");
    browser.wait("document.getElementById('paused').hidden");
    let (before, wall) = (browser.clock(), Instant::now());
    std::thread::sleep(Duration::from_secs(2));
    let speed = (browser.clock() - before) / wall.elapsed().as_secs_f64();
    assert!((30.0..90.0).contains(&speed), "{speed} seconds a second");
    browser.was_quiet(&served, "time");
}

/// Nothing on the page sticks out, covers something else or is hard to read.
fn can_be_read(browser: &mut Browser, here: &str) {
    for (check, what) in [
        (STICKING_OUT, "sticks out"),
        (COVERED, "words cover each other"),
        (TINY, "too small"),
        (TWICE, "ids given twice"),
        (PALE, "too pale"),
    ] {
        nothing(browser, check, &format!("{what}: {here}"));
    }
}

#[test]
#[ignore = "needs Chromium"]
fn five_pops_and_all_of_them_can_be_read_at_every_width() {
    let mut browser = Browser::start();
    for (name, scenario) in [("five", FIVE), ("everywhere", EVERYWHERE)] {
        let served = Served::start(&format!("{scenario}{TRAFFIC}"), &["--traffic"]);
        let looks = WIDTHS.map(|width| (width, "light"));
        for (width, scheme) in looks.into_iter().chain([(1920, "dark")]) {
            let here = format!("{name}-{width}-{scheme}");
            browser.open(&url(&served), width, scheme, "screen");
            browser.wait("document.getElementById('key').value === 'flag'");
            // Everybody has a copy, and then it is overtaken.
            browser.wait("document.querySelectorAll('#map .shape:not(.none)').length > 4");
            // Not too soon after the write before.
            browser.click("[data-step='1s']");
            browser.write("#value", &here);
            browser.click("#write");
            browser.wait_for(RESULT, "accepted");
            browser.wait_for("#answer", "PoPs still serve an old value of flag.");
            browser.wait("document.querySelectorAll('#map .mark.superseded').length > 2");
            browser.wait("document.querySelectorAll('#log .stale').length > 0");
            browser.wait("document.querySelectorAll('#log tr').length > 9");
            can_be_read(&mut browser, &here);
            let ground = browser.value("getComputedStyle(document.body).backgroundColor");
            let wanted = if scheme == "dark" {
                "rgb(20, 23, 26)"
            } else {
                "rgb(255, 255, 255)"
            };
            assert_eq!(ground, json!(wanted), "{here}");
            browser.keep(&here);
            browser.was_quiet(&served, &here);
        }
    }
}

#[test]
#[ignore = "needs Chromium"]
fn in_a_crowd_the_nearest_pop_is_clicked_and_found_by_its_city() {
    let served = Served::start(EVERYWHERE, &[]);
    let mut browser = Browser::start();
    browser.open(&url(&served), 1920, "light", "screen");
    browser.wait("document.querySelectorAll('#map .mark').length > 300");
    browser.write("#filter", "sydney");
    browser.wait("document.querySelectorAll('#pops tr').length === 1");
    browser.click("#pops button");
    browser.wait_for("#client-title", "SYD, Sydney");
    browser.wait("document.querySelectorAll('#map .mark.selected').length === 1");
    browser.write("#filter", "");
    let wanted = "(m => m.classList.contains('selected'))(document.querySelector('#map .mark:nth-child(200)'))";
    browser.click("#map .mark:nth-child(200)");
    browser.wait(wanted);
    // Reads and writes of others come four times a second, and the page keeps up.
    let states = "new Promise(done => { let states = 0; const seen = new MutationObserver(() => states += 1);
        seen.observe(document.getElementById('clock'), { childList: true, characterData: true, subtree: true });
        setTimeout(() => done(states), 4000); })";
    let states = browser.value(states).as_f64().unwrap_or_default();
    assert!(states >= 8.0, "{states} states in 4 s");
    browser.was_quiet(&served, "a crowd");
}

#[test]
#[ignore = "needs Chromium"]
fn who_wants_rest_sees_no_motion() {
    let served = Served::start(FIVE, &[]);
    let mut browser = Browser::start();
    for (motion, is_moving) in [("no-preference", true), ("reduce", false)] {
        browser.open(&url(&served), 1024, "light", "screen");
        let features = json!([{"name": "prefers-reduced-motion", "value": motion}]);
        browser.ask("Emulation.setEmulatedMedia", json!({"features": features}));
        browser.wait_for("#title", "Five cities");
        browser.value(
            "window.moved = 0; new MutationObserver(changes => window.moved += changes.filter(c => c.addedNodes.length).length)
               .observe(document.querySelector('#map .signs'), { childList: true })",
        );
        browser.write("#key", motion);
        browser.press("Enter");
        browser.write("#value", "on");
        browser.click("#write");
        browser.wait("document.querySelectorAll('#log .write').length > 0");
        std::thread::sleep(Duration::from_millis(500));
        let moved = browser.value("window.moved > 0");
        assert_eq!(moved, json!(is_moving), "{motion}");
    }
}

#[test]
#[ignore = "needs Chromium"]
fn a_token_is_asked_for_and_kept() {
    let served = Served::start(FIVE, &["--token", "secret"]);
    let mut browser = Browser::start();
    browser.open(&url(&served), 1024, "light", "screen");
    browser.wait("document.getElementById('token-dialog').open");
    browser.write("#token", "guess");
    browser.press("Enter");
    browser.wait("!document.getElementById('token-wrong').hidden");
    browser.wait("document.getElementById('token-dialog').open");
    browser.write("#token", "secret");
    browser.press("Enter");
    browser.wait_for("#title", "Five cities");
    browser.wait("document.querySelectorAll('.card').length > 5");
    browser.write("#key", "flag");
    browser.press("Enter");
    browser.write("#value", "on");
    browser.click("#write");
    browser.wait_for(RESULT, "accepted");
    // It is known for as long as the tab is open.
    browser.open(&url(&served), 1024, "light", "screen");
    browser.wait_for("#title", "Five cities");
    assert_eq!(
        browser.value("document.getElementById('token-dialog').open"),
        json!(false)
    );
}

#[test]
#[ignore = "needs Chromium"]
fn the_end_is_told() {
    let served = Served::start(FIVE, &[]);
    let mut browser = Browser::start();
    browser.open(&url(&served), 1024, "light", "screen");
    browser.wait("document.querySelectorAll('.card').length > 5");
    let (status, ..) = served.interrupt();
    assert!(status.success(), "{status}");
    browser.wait_for("#gone", "The session is over.");
}

#[test]
#[ignore = "needs Chromium"]
fn the_checks_of_this_page_find_what_they_look_for() {
    assert_eq!(from_base64("aGFsbG8="), b"hallo");
    let mut browser = Browser::start();
    browser.open(
        "data:text/html,<main><p id=x>1,200</p></main>",
        1024,
        "light",
        "screen",
    );
    assert_eq!(browser.number("#x"), 1200.0);
    let found: Value = browser.value("document.querySelector('#x').textContent.includes('300')");
    assert_eq!(found, json!(false));
}
