//! Files that the printed scenario names: their whole paths, in whose place a report puts others.

use super::quoted;
use crate::scenario::{ReplayIndex, Scenario, WorkerIndex};

/// How the table of a replay begins.
pub(super) fn replay_head(name: &str, file: &str) -> String {
    format!("\n[replay.{name}]\nfile = {}\n", quoted(file))
}

/// How the table of a Worker begins.
pub(super) fn worker_head(name: &str, script: &str) -> String {
    format!("\n[worker.{name}]\nscript = {}\n", quoted(script))
}

impl Scenario {
    /// [`Scenario::resolved`] with other paths for the files of replays and for scripts, given the index of each
    /// replay and of each Worker. Errors call a script by the last part of its path: one that keeps it is the same
    /// script to every report.
    pub fn resolved_with_files(
        &self,
        replay: impl Fn(ReplayIndex) -> String,
        script: impl Fn(WorkerIndex) -> String,
    ) -> String {
        let mut text = self.resolved.clone();
        for (index, known) in self.replays.iter().enumerate() {
            let file = known.file.to_str().expect("a valid replay's path is text");
            let head = replay_head(&known.name, file);
            text = text.replacen(&head, &replay_head(&known.name, &replay(index)), 1);
        }
        for (index, worker) in self.workers.iter().enumerate() {
            let path = worker.script.path.to_str();
            let path = path.expect("a valid script's path is text");
            let head = worker_head(&worker.name, path);
            text = text.replacen(&head, &worker_head(&worker.name, &script(index)), 1);
        }
        text
    }
}
