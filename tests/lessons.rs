//! The lessons: they need no typing, show what is measured, and claim nothing that their scenarios do not do.

use kvlag::experiment::{self, Options, Outcome};
use kvlag::lesson::course::COURSE;
use kvlag::lesson::{Lesson, Move, Seen, handout, page};
use kvlag::report::terminal::WIDTH;
use kvlag::scenario::{self, Overrides, Scenario};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn kvlag(place: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kvlag"));
    command
        .args(arguments)
        .current_dir(place)
        .stdin(Stdio::null());
    command
}

/// What a command prints that ends well and is silent on stderr.
fn printed(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn run(arguments: &[&str]) -> String {
    let place = tempfile::tempdir().expect("a temporary folder");
    let output = kvlag(place.path(), arguments).output();
    let text = printed(&output.expect("kvlag runs"));
    let left = fs::read_dir(place.path())
        .expect("it can be listed")
        .count();
    assert_eq!(left, 0, "a lesson writes no file");
    text
}

fn simulate(scenario: Scenario) -> Seen {
    let options = Options {
        threads: 1,
        record_reads: false,
        progress: &|_| {},
    };
    let results = experiment::run(scenario, &options).expect("lessons have no scripts");
    Seen { results }
}

/// What is seen before and after a lesson's change.
fn both(lesson: &Lesson, seed: Option<u64>) -> [Seen; 2] {
    let before = lesson.scenario(seed).expect("a lesson is a scenario");
    let after = lesson.changed(seed).expect("a change leaves a scenario");
    [before, after].map(simulate)
}

/// A text on one line, as it was before it was wrapped.
fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn assert_narrow(text: &str, what: &str) {
    for line in text.lines() {
        assert!(line.chars().count() <= WIDTH, "{what} is too wide: {line}");
    }
}

#[test]
fn the_course_is_the_folder_of_lessons_in_order() {
    let folder = root().join("scenarios/lessons");
    let entries = fs::read_dir(&folder).expect("the lessons are there");
    let mut files: Vec<String> = entries
        .map(|entry| entry.expect("they can be listed").file_name())
        .map(|name| name.into_string().expect("names are text"))
        .collect();
    files.sort();
    let course: Vec<String> = COURSE.iter().map(|l| format!("{}.toml", l.name)).collect();
    assert_eq!(files, course);
    let readme = fs::read_to_string(root().join("scenarios/README.md")).expect("it is there");
    for (index, lesson) in COURSE.iter().enumerate() {
        assert_eq!(lesson.number(), index + 1);
        assert!(lesson.name.starts_with(&format!("{:02}-", index + 1)));
        let scenario = lesson.scenario(None).expect("a lesson is a scenario");
        let name = lesson.name;
        let question = scenario.question.expect("a lesson asks something");
        let row = format!("| [lessons/{name}](lessons/{name}.toml) | {question} |");
        assert!(readme.contains(&row), "the course lacks\n{row}");
    }
}

#[test]
fn without_a_number_the_lessons_are_listed() {
    let list = run(&["lesson"]);
    assert_narrow(&list, "the list");
    let text = unwrapped(&list);
    let mut from = 0;
    for lesson in &COURSE {
        let scenario = lesson.scenario(None).expect("a lesson is a scenario");
        let question = scenario.question.expect("a lesson asks something");
        let entry = format!("{} {} {question}", lesson.number(), scenario.title);
        let at = text[from..].find(&entry);
        from += at.unwrap_or_else(|| panic!("after {from} there is no `{entry}` in\n{text}"));
    }
    assert!(
        text[from..].contains("kvlag lesson 1"),
        "it says how to start"
    );
}

#[test]
fn the_scenario_of_a_lesson_is_its_file() {
    for lesson in &COURSE {
        let printed = run(&["lesson", &lesson.number().to_string(), "--scenario"]);
        let file = fs::read_to_string(root().join(lesson.path())).expect("it is there");
        assert_eq!(printed, file);
    }
}

#[test]
fn a_lesson_asks_runs_shows_and_explains_without_typing() {
    for lesson in &COURSE {
        let number = lesson.number();
        let text = run(&["lesson", &number.to_string()]);
        assert_narrow(&text, lesson.name);
        assert!(!text.contains('\u{1b}'), "a pipe gets no colours");
        let [before, after] = both(lesson, None);
        let scenario = &before.results.scenario;
        let parts = [
            format!("Lesson {number}: {}", scenario.title),
            scenario.question.clone().unwrap_or_default(),
            lesson.situation.to_owned(),
            "PREDICT".to_owned(),
            lesson.prediction.text.to_owned(),
            "MEASURED".to_owned(),
            before.shown(&lesson.numbers[0]),
            "WHY".to_owned(),
            (lesson.why)(&before),
            "CHANGE ONE THING".to_owned(),
            page::set_argument(lesson),
            lesson.change.question.text.to_owned(),
            "BEFORE AND AFTER".to_owned(),
            after.shown(&lesson.change.question.about),
            "WHY".to_owned(),
            (lesson.change.why)(&before, &after),
            "NEXT".to_owned(),
            lesson.path(),
        ];
        let text = unwrapped(&text);
        let mut from = 0;
        for part in parts.map(|part| unwrapped(&part)) {
            let at = text[from..].find(&part);
            from += at.unwrap_or_else(|| panic!("lesson {number} lacks `{part}` in\n{text}"));
        }
        assert!(!text.contains("Your guess"), "nobody is there to be asked");
    }
}

#[test]
fn a_handout_is_the_same_on_any_number_of_threads() {
    for lesson in &COURSE {
        let text = run(&["lesson", &lesson.number().to_string(), "--print"]);
        let [before, after] = both(lesson, None);
        assert_eq!(text, handout::handout(lesson, &before, &after, None));
        assert_narrow(&text, lesson.name);
        let room = text.matches("________").count();
        assert!(room >= 2, "there is room for two predictions");
        for number in lesson.numbers {
            let row = format!("| {} | {} |", number.name, before.shown(number));
            assert!(text.contains(&row), "{text}\nlacks\n{row}");
        }
    }
}

#[test]
fn the_whole_course_is_one_handout() {
    let text = run(&["lesson", "--print"]);
    let mut from = 0;
    for lesson in &COURSE {
        let number = lesson.number().to_string();
        let handout = run(&["lesson", &number, "--print"]);
        let at = text[from..].find(&handout);
        from += at.unwrap_or_else(|| panic!("lesson {number} is not in its place"));
        let title = handout.lines().next().expect("it has a title");
        let listed = format!("- {}\n", title.trim_start_matches("# "));
        assert!(text.contains(&listed), "{listed}");
    }
    assert_narrow(&text, "the course");
}

#[test]
fn a_seed_makes_another_lesson() {
    let [own, other] = ["9", "10"].map(|seed| run(&["lesson", "9", "--print", "--seed", seed]));
    assert_eq!(
        own,
        run(&["lesson", "9", "--print"])
            .replace("`kvlag run scenarios", "`kvlag run --seed 9 scenarios",)
    );
    assert!(other.contains("one run · seed 10") && other != own);
}

#[test]
fn an_input_that_is_no_terminal_is_not_waited_for() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let expected = run(&["lesson", "3"]);
    let mut command = kvlag(place.path(), &["lesson", "3"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().expect("kvlag runs");
    // Held open: whoever waited for it would wait for ever.
    let held = child.stdin.take();
    let output = child.wait_with_output().expect("it ends");
    drop(held);
    assert_eq!(printed(&output), expected);
}

#[test]
fn a_reader_that_goes_away_ends_a_lesson_quietly() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let mut command = kvlag(place.path(), &["lesson", "3"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("kvlag runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(printed(&output), "");
}

#[test]
fn guesses_stand_beside_what_was_measured() {
    let lesson = &COURSE[2];
    let [before, after] = both(lesson, None);
    let row = |text: &str| {
        let lines = text.lines().map(unwrapped);
        lines
            .filter(|line| line.starts_with("your guess"))
            .collect::<Vec<_>>()
    };
    let measured = |guess| row(&page::measured(lesson, &before, guess, false));
    assert_eq!(measured(Some(3.0)), ["your guess 3 close"]);
    assert_eq!(measured(Some(1.0)), ["your guess 1 too low"]);
    assert_eq!(measured(None), [""; 0]);
    let changed = |guess| row(&page::changed(lesson, &before, &after, guess, false));
    assert_eq!(changed(Some(Move::Down)), ["your guess: it falls right"]);
    assert_eq!(
        changed(Some(Move::Up)),
        ["your guess: it rises no: it falls"]
    );
    assert_eq!(changed(None), [""; 0]);
}

#[test]
fn a_lesson_that_does_not_exist_is_refused() {
    let place = tempfile::tempdir().expect("a temporary folder");
    for number in ["0", "11", "x", "1.5", "-1"] {
        let output = kvlag(place.path(), &["lesson", number]).output();
        let output = output.expect("kvlag runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{number}: {errors}");
        let is_said = errors.contains("lessons go from 1 to 10") || number == "-1";
        assert!(is_said, "{number}: {errors}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn questions_are_about_numbers_that_are_shown() {
    for lesson in &COURSE {
        let numbers = lesson.numbers;
        assert!((3..=6).contains(&numbers.len()), "{}", lesson.name);
        for question in [&lesson.prediction, &lesson.change.question] {
            assert!(numbers.contains(&question.about), "{}", lesson.name);
        }
    }
}

/// What a lesson says of its numbers, and what its scenario expects, must hold whatever the seed is: each student may
/// have one of their own.
#[test]
fn numbers_move_as_the_lessons_say_whatever_the_seed_is() {
    let mut wrong = Vec::new();
    let seeds = (1..10).map(|n| Some(1000 * n));
    for (lesson, seed) in COURSE.iter().flat_map(|lesson| {
        let seeds = std::iter::once(None).chain(seeds.clone());
        seeds.map(move |seed| (lesson, seed))
    }) {
        let [before, after] = both(lesson, seed);
        let of = format!("of lesson {} with {seed:?}", lesson.number());
        for number in lesson.numbers {
            if before.moved(number, &after) != number.moves {
                let [from, to] = [&before, &after].map(|seen| seen.shown(number));
                wrong.push(format!("{} {of} goes from {from} to {to}", number.name));
            }
        }
        let rules = &before.results.scenario.expect;
        for (rule, verdict) in rules.iter().zip(&before.results.verdicts) {
            if verdict.outcome != Outcome::Met {
                wrong.push(format!("{} {of} is {:?}", rule.text, verdict.measured));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What lessons say of a further change, without running it.
#[test]
fn further_changes_do_what_the_lessons_say() {
    use kvlag::scenario::metric::Metric;
    let further = |lesson: &Lesson, set: &[&str]| {
        let overrides = Overrides {
            set: set.iter().map(|&set| set.to_owned()).collect(),
            ..Overrides::default()
        };
        let scenario = scenario::parse("lesson.toml", lesson.file, lesson.name, &overrides);
        let results = simulate(scenario.expect("a change leaves a scenario")).results;
        move |metric| {
            let total = &results.summary.total;
            total.get(metric, None).expect("it was measured").mean
        }
    };
    // Who waits for longer than the TTL sees what they have saved.
    let patient = further(&COURSE[4], &["client.moves.steps[2].think=61s"]);
    assert_eq!(patient(Metric::ReadYourWritesViolations), 0.0);
    // With refresh-ahead nobody waits at all.
    let early = ["cache.coalesce=true", "cache.refresh-ahead=5s"];
    let ahead = further(&COURSE[7], &early);
    assert_eq!(ahead(Metric::Fetches) + ahead(Metric::CoalescedReads), 0.0);
    // Half the TTL, twice the work: the bound on the store's load is missed.
    let short = further(&COURSE[9], &["workload.visitors.cache-ttl=30s"]);
    assert!(short(Metric::StoreReads) > 600_000.0);
}
