//! The `kvlag` binary: reads the command line, lets a command do its work, ends with its exit status.

mod cli;

use clap::Parser;
use cli::{Cli, Command};
use kvlag::commands::{self, Exit};
use kvlag::live::Options;
use kvlag::observe::breaches::Guarantee;
use kvlag::observe::follow::Choice;
use kvlag::scenario::Overrides;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    commands::console::log_to_stderr(cli.verbose);
    commands::console::report_broken_invariants();
    let exit = match cli.command {
        Command::Run(run) => commands::run::run(&commands::run::Request {
            files: run.files,
            overrides: overrides(run.changes),
            out: run.out,
            threads: run.threads.count(),
            output: match (run.json, run.quiet) {
                (true, _) => commands::run::Output::Json,
                (_, true) => commands::run::Output::Nothing,
                _ => commands::run::Output::Summary,
            },
            record_reads: run.record.is_some(),
        }),
        Command::Compare(compare) => commands::compare::compare(&commands::compare::Request {
            files: [compare.first, compare.second],
            overrides: overrides(compare.changes),
            out: compare.out,
            threads: compare.threads.count(),
            json: compare.json,
        }),
        Command::Sweep(sweep) => commands::sweep::sweep(&commands::sweep::Request {
            file: sweep.file,
            overrides: overrides(sweep.changes),
            vary: sweep.vary,
            out: sweep.out,
            threads: sweep.threads.count(),
            json: sweep.json,
        }),
        Command::Plan(plan) => commands::plan::plan(&commands::plan::Request {
            file: plan.file,
            overrides: overrides(plan.changes),
            setting: plan.setting,
            threads: plan.threads.count(),
            json: plan.json,
        }),
        Command::Explain(explain) => commands::explain::explain(&self::explain(explain)),
        Command::Serve(serve) => commands::serve::serve(&self::serve(serve)),
        Command::Lesson(lesson) => self::lesson(&lesson),
        Command::Check(check) => {
            commands::check::check(&check.files, &overrides(check.changes), check.print)
        }
        Command::Schema => commands::console::print(&kvlag::scenario::json_schema()),
        Command::New(new) => commands::new::new(new.file.as_deref()),
        Command::Pops(pops) => commands::pops::pops(&pops.store, &pops.only, pops.nearest),
    };
    match exit {
        Exit::Done => ExitCode::SUCCESS,
        Exit::NotMet => ExitCode::from(1),
        Exit::Wrong => ExitCode::from(2),
    }
}

fn explain(explain: cli::Explain) -> commands::explain::Request {
    commands::explain::Request {
        place: explain.place,
        overrides: Overrides {
            set: explain.set,
            seed: explain.seed,
            ..Overrides::default()
        },
        choice: match (explain.slowest, explain.violation) {
            (true, _) => Choice::Slowest,
            (_, Some(kind)) => Choice::Broken(kind.map(guarantee)),
            _ => Choice::Stalest,
        },
        pop: explain.at,
        key: explain.key,
        what_if: explain.what_if,
        svg: explain.svg,
        threads: explain.threads.count(),
    }
}

fn serve(serve: cli::Serve) -> commands::serve::Request {
    commands::serve::Request {
        file: serve.file,
        overrides: Overrides {
            set: serve.set,
            seed: serve.seed,
            ..Overrides::default()
        },
        listen: serve.listen,
        pop_port: serve.pop_port,
        options: Options {
            with_traffic: serve.traffic,
            speed: serve.speed,
            max_memory: serve.max_memory.0,
        },
        token: serve.token,
        record: serve.record,
        workerd: serve.workerd,
        worker: serve.worker,
        worker_port: serve.worker_port,
        out: serve.out,
    }
}

fn guarantee(violation: cli::Violation) -> Guarantee {
    match violation {
        cli::Violation::ReadYourWrites => Guarantee::ReadYourWrites,
        cli::Violation::MonotonicReads => Guarantee::MonotonicReads,
        cli::Violation::LostUpdate => Guarantee::LostUpdate,
    }
}

fn lesson(lesson: &cli::Lesson) -> Exit {
    let form = match (lesson.print, lesson.scenario) {
        (true, _) => commands::lesson::Form::Handout,
        (_, true) => commands::lesson::Form::Scenario,
        _ => commands::lesson::Form::Steps,
    };
    let Some(number) = lesson.number else {
        return match lesson.print {
            true => commands::lesson::course(),
            false => commands::lesson::list(),
        };
    };
    commands::lesson::lesson(&commands::lesson::Request {
        number,
        seed: lesson.seed,
        form,
    })
}

fn overrides(changes: cli::Changes) -> Overrides {
    let cli::Changes {
        set,
        seed,
        runs,
        per_read,
    } = changes;
    Overrides {
        set,
        vary: Vec::new(),
        seed,
        runs,
        per_read,
    }
}
