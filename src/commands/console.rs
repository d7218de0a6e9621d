//! What commands share: printing that survives a closed pipe, colours where they are wanted, logs, and what is
//! said when the simulator itself is wrong.

use super::Exit;
use crate::report::format;
use std::io::{ErrorKind, IsTerminal, Write};
use tracing_subscriber::EnvFilter;

/// Prints to stdout; a reader that has gone away ends it quietly.
pub fn print(text: &str) -> Exit {
    let mut stdout = std::io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            warn(&format!("cannot print: {error}"));
            Exit::Wrong
        }
        _ => Exit::Done,
    }
}

/// Prints a line to stderr; if even that fails there is nobody to tell.
pub fn warn(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", text.trim_end());
}

/// Reports an error of the user's on stderr.
pub fn error(text: &str) -> Exit {
    warn(&format!("error: {text}"));
    Exit::Wrong
}

/// Says on stderr what is wrong, as it is rendered with colours or without.
pub fn complain(render: impl FnOnce(bool) -> String) -> Exit {
    warn(&render(wants_color(&std::io::stderr())));
    Exit::Wrong
}

/// Whether to colour what goes to a stream: on a terminal, unless `NO_COLOR` says no (no-color.org).
pub fn wants_color(stream: &impl IsTerminal) -> bool {
    let forbidden = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    stream.is_terminal() && !forbidden && !dumb
}

/// Sends the log to stderr: warnings, more with each `-v`, or what `RUST_LOG` says.
pub fn log_to_stderr(verbose: u8) {
    let level = ["warn", "kvlag=info", "kvlag=debug"][usize::from(verbose.min(2))];
    let filter = match std::env::var_os(EnvFilter::DEFAULT_ENV) {
        Some(_) if verbose == 0 => EnvFilter::from_default_env(),
        _ => EnvFilter::new(level),
    };
    let ansi = wants_color(&std::io::stderr());
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    log.with_ansi(ansi).without_time().init();
}

/// A panic is a bug of kvlag's: it ends the program with status 3 and the command that reproduces it.
pub fn report_broken_invariants() {
    std::panic::set_hook(Box::new(|panic| {
        let command = format::command(std::env::args());
        warn(&format!(
            "error: an invariant of the simulator broke\n{panic}\nThis is a mistake in kvlag {}, not in your \
             scenario. The same command on the same scenario reproduces it:\n  {}",
            env!("CARGO_PKG_VERSION"),
            command,
        ));
        std::process::exit(3);
    }));
}
