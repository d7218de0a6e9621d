//! The scripts of Workers beside a report, so that its resolved scenario finds them.

use crate::experiment::Results;
use crate::scenario::{Scenario, Worker};

/// What the copies of scripts are called, Worker by Worker. A script keeps its own name, because errors name it; only
/// where another script already lies under it, or where another file of a report might, it is called after its Worker.
pub fn names(scenario: &Scenario) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (index, worker) in scenario.workers.iter().enumerate() {
        let own = own_name(worker);
        let earlier = names.iter().zip(&scenario.workers[..index]);
        // Some file systems take no notice of case.
        let mut same =
            earlier.filter(|(name, _)| own.is_some_and(|own| name.eq_ignore_ascii_case(own)));
        let is_free = same.all(|(_, other)| other.script.source == worker.script.source);
        names.push(match own {
            Some(own) if is_free => own.to_owned(),
            _ => format!("{PREFIX}{}.js", worker.name),
        });
    }
    names
}

/// The names of copies that are called after their Worker begin like this, and no other's.
const PREFIX: &str = "worker-";

/// The name of a Worker's script, if no other file of a report may have it.
fn own_name(worker: &Worker) -> Option<&str> {
    let path = &worker.script.path;
    let is_script = path.extension().is_some_and(|extension| {
        extension.eq_ignore_ascii_case("js") || extension.eq_ignore_ascii_case("mjs")
    });
    let name = path.file_name()?.to_str()?;
    let is_prefixed = name.get(..PREFIX.len());
    let is_prefixed = is_prefixed.is_some_and(|start| start.eq_ignore_ascii_case(PREFIX));
    (is_script && !is_prefixed).then_some(name)
}

/// The scripts, each once.
pub fn copies(results: &Results) -> impl Iterator<Item = (String, Vec<u8>)> {
    let names = names(&results.scenario);
    let workers = results.scenario.workers.iter().enumerate();
    workers.filter_map(move |(index, worker)| {
        let name = &names[index];
        let is_first = !names[..index]
            .iter()
            .any(|earlier| earlier.eq_ignore_ascii_case(name));
        is_first.then(|| (name.clone(), worker.script.source.clone().into_bytes()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn named(scripts: &[(&str, &str, &str)]) -> Results {
        let mut scenario = fixture::limited_scenario(1);
        let worker = scenario.workers[0].clone();
        let workers = scripts.iter().map(|(name, path, source)| {
            let mut worker = worker.clone();
            worker.name = (*name).to_owned();
            worker.script.path = path.into();
            worker.script.source = (*source).to_owned();
            worker
        });
        scenario.workers = workers.collect();
        scenario.clients.clear();
        scenario.expect.clear();
        fixture::simulate(scenario)
    }

    #[test]
    fn scripts_keep_their_names_unless_another_file_has_them() {
        let results = named(&[
            ("a", "scripts/index.js", "1"),
            ("b", "other/index.js", "2"),
            ("c", "scripts/index.js", "1"),
            ("d", "other/Index.js", "3"),
            ("e", "summary.json", "4"),
            ("f", "worker-b.js", "5"),
            ("g", "lib.mjs", "6"),
        ]);
        let names = names(&results.scenario);
        let expected = [
            "index.js",
            "worker-b.js",
            "index.js",
            "worker-d.js",
            "worker-e.js",
            "worker-f.js",
            "lib.mjs",
        ];
        assert_eq!(names, expected);
        let copies: Vec<String> = copies(&results)
            .map(|(name, bytes)| format!("{name} {}", String::from_utf8_lossy(&bytes)))
            .collect();
        let expected = [
            "index.js 1",
            "worker-b.js 2",
            "worker-d.js 3",
            "worker-e.js 4",
            "worker-f.js 5",
            "lib.mjs 6",
        ];
        assert_eq!(copies, expected);
    }

    #[test]
    fn copies_beside_the_resolved_scenario_keep_their_names_when_it_is_run() {
        let results = named(&[("a", "scripts/index.js", "1"), ("b", "other/index.js", "2")]);
        let first = names(&results.scenario);
        let again = named(&[("a", &first[0], "1"), ("b", &first[1], "2")]);
        assert_eq!(names(&again.scenario), first);
    }
}
