//! `console.txt`: what scripts printed in the first run, line by line.

use super::csv::seconds;
use super::format::{pad, whole};
use crate::experiment::Results;
use crate::sim::program::Level;

/// The name of the file.
pub const NAME: &str = "console.txt";

/// The file, where scripts printed anything: when, where, which Worker, how loudly, and what. Further lines of the same
/// text stand below it.
pub fn file(results: &Results) -> Option<Vec<u8>> {
    let console = &results.pooled.console;
    if console.lines.is_empty() {
        return None;
    }
    let scenario = &results.scenario;
    let heads = console.lines.iter().map(|line| {
        [
            seconds(line.time.0),
            scenario.pops[line.pop].code.clone(),
            scenario.workload_name(line.workload).to_owned(),
            level(line.level).to_owned(),
        ]
    });
    let header = ["time_s", "pop", "worker", "level"].map(str::to_owned);
    let heads: Vec<[String; 4]> = std::iter::once(header).chain(heads).collect();
    let widths: [usize; 4] = std::array::from_fn(|column| {
        let widths = heads.iter().map(|head| head[column].chars().count());
        widths.max().unwrap_or(0)
    });
    let below = format!("\n{}", " ".repeat(widths.iter().sum::<usize>() + 8));
    let texts = console.lines.iter().map(|line| printable(&line.text));
    let texts = std::iter::once("text".to_owned()).chain(texts);
    let mut file = String::new();
    for (head, text) in heads.iter().zip(texts) {
        for (cell, width) in head.iter().zip(widths) {
            file.push_str(&pad(cell, width + 2));
        }
        file.push_str(text.replace('\n', &below).trim_end());
        file.push('\n');
    }
    if console.left_out > 0 {
        let kept = whole(console.lines.len() as u64);
        let more = whole(console.left_out);
        file.push_str(&format!(
            "\nThese are the first {kept} lines; {more} more are left out.\n"
        ));
    }
    Some(file.into_bytes())
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    }
}

/// A text without what a terminal that shows the file would take for a command.
fn printable(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let shown = |c: char| {
        let stays = !c.is_control() || c == '\n' || c == '\t';
        if stays { c } else { ' ' }
    };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn what_is_left_out_is_said_and_nothing_commands_a_terminal() {
        let mut results = fixture::limited(1);
        let console = &mut results.pooled.console;
        console.lines.truncate(2);
        console.left_out = 1_234;
        console.lines[0].text = "\u{1b}[31mred\r\nand\tmore\n".to_owned();
        console.lines[1].level = Level::Debug;
        let file = file(&results).expect("something was printed");
        insta::assert_snapshot!(String::from_utf8(file).expect("is text"));
    }

    #[test]
    fn where_nothing_is_printed_there_is_no_file() {
        assert_eq!(file(&fixture::flag_flip(1)), None);
    }
}
