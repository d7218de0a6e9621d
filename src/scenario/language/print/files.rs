//! Other names for the files that a resolved scenario names: a report puts copies of them beside it.

use super::{quoted, replay_head};
use crate::scenario::{ReplayIndex, Scenario, WorkerIndex};

impl Scenario {
    /// [`Scenario::resolved`] with other names for the files of replays and the scripts of Workers, given the index of
    /// each.
    pub fn resolved_with_files(
        &self,
        replay_name: impl Fn(ReplayIndex) -> String,
        script_name: impl Fn(WorkerIndex) -> String,
    ) -> String {
        let mut text = self.resolved.clone();
        for (index, replay) in self.replays.iter().enumerate() {
            let file = replay.file.to_str().expect("a valid replay's path is text");
            let head = replay_head(&replay.name, file);
            text = text.replacen(&head, &replay_head(&replay.name, &replay_name(index)), 1);
        }
        for (index, worker) in self.workers.iter().enumerate() {
            text = with_script(text, &worker.name, &script_name(index));
        }
        text
    }
}

/// The text with another script for a Worker, which its table names first. No text of the user's has a line break in
/// it where it is printed, so that the table is found where it begins.
fn with_script(text: String, worker: &str, script: &str) -> String {
    let head = format!("\n[worker.{worker}]\nscript = ");
    let Some(at) = text.find(&head) else {
        return text;
    };
    let (before, behind) = text.split_at(at + head.len());
    let rest = behind.find('\n').map_or("", |end| &behind[end..]);
    format!("{before}{}{rest}", quoted(script))
}

#[cfg(test)]
mod tests {
    use super::with_script;

    #[test]
    fn only_the_script_of_that_worker_is_named_otherwise() {
        let text =
            "\n[worker.a]\nscript = \"x/a.js\"\nhost = \"h\"\n\n[worker.ab]\nscript = \"y/a.js\"\n";
        let named = with_script(
            with_script(text.to_owned(), "a", "a.js"),
            "ab",
            "b \"c\".js",
        );
        let expected = "\n[worker.a]\nscript = \"a.js\"\nhost = \"h\"\n\n[worker.ab]\nscript = \"b \\\"c\\\".js\"\n";
        assert_eq!(named, expected);
        assert_eq!(
            with_script("duration = \"1m\"\n".to_owned(), "a", "a.js"),
            "duration = \"1m\"\n"
        );
    }
}
