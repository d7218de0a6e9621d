//! The command line: what may be said, and its help. What it means stands in `commands`.

use clap::{Args, Parser, Subcommand, ValueEnum};
use kvlag::commands;
use kvlag::units::Size;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;

/// How stale will reads be, how long until a write is seen everywhere, which writes get lost, how fast and how
/// dear is it? kvlag simulates Workers KV and stores like it, and measures.
#[derive(Debug, Parser)]
#[command(name = "kvlag", version, max_term_width = 100, after_help = EXIT_STATUS)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,

    /// Say on stderr what is done; twice for more (RUST_LOG chooses finer)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

const EXIT_STATUS: &str = "Exit status: 0 all expectations are met; 1 one is not, or is undecided; 2 the request, \
the scenario or the place for the output is wrong; 3 an invariant of the simulator broke.";

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Simulate scenarios, judge their expectations, write their reports
    Run(Run),
    /// Simulate two scenarios on the same traffic, and say which is better in what
    Compare(Compare),
    /// Simulate a scenario with one or two settings varied: a curve or a grid, and the cheapest point that will do
    Sweep(Sweep),
    /// Find the largest value of a setting that still meets everything that is expected
    Plan(Plan),
    /// Tell the story of one read: why it was stale or slow, and what would have avoided it
    Explain(Explain),
    /// Serve a scenario live: to Workers, wrangler, SDKs and a browser, with real delays
    Serve(Serve),
    /// Go through a lesson: predict, run, look, change one thing; without a number, list them
    Lesson(Lesson),
    /// Say what is wrong with scenarios, without simulating them
    Check(Check),
    /// Print the JSON Schema of scenario files, for editors
    Schema,
    /// Start a scenario of your own from a commented one
    New(New),
    /// List the PoPs that kvlag knows, with distance and round trip to a store
    Pops(Pops),
}

#[derive(Debug, Args)]
pub struct Run {
    /// Scenario files
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    #[command(flatten)]
    pub changes: Changes,

    /// Folder in which each scenario gets its own, named after its file
    #[arg(long, value_name = "DIR", default_value = "reports")]
    pub out: PathBuf,

    #[command(flatten)]
    pub threads: Threads,

    /// Print summary.json instead of the summary
    #[arg(long, conflicts_with = "quiet")]
    pub json: bool,

    /// Print nothing but warnings and errors
    #[arg(short, long)]
    pub quiet: bool,

    /// Keep a record of each of these, of the first run
    #[arg(long, value_name = "WHAT")]
    pub record: Option<Record>,
}

/// What `--record` can keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Record {
    /// Every read, in reads.csv.
    Reads,
}

/// What the command line changes in a scenario.
#[derive(Debug, Args)]
pub struct Changes {
    /// Change a setting, as in workload.visitors.cache-ttl=30s (may be repeated)
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,

    /// Seed of the first run
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,

    /// Number of runs, with seeds one apart; two or more give 95 % intervals
    #[arg(long, value_name = "N")]
    pub runs: Option<u32>,

    /// Simulate each read, instead of counting hits: slower, the same in distribution
    #[arg(long)]
    pub per_read: bool,
}

/// What a command simulates on.
#[derive(Debug, Args)]
pub struct Threads {
    /// Threads to simulate on; the results do not depend on it [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

impl Threads {
    /// How many, where it is said.
    pub fn count(&self) -> Option<usize> {
        self.threads.map(usize::from)
    }
}

#[derive(Debug, Args)]
pub struct Compare {
    /// Scenario file
    #[arg(value_name = "A")]
    pub first: PathBuf,

    /// The one that is held against it
    #[arg(value_name = "B")]
    pub second: PathBuf,

    #[command(flatten)]
    pub changes: Changes,

    /// Folder in which the comparison gets its own, named after both files
    #[arg(long, value_name = "DIR", default_value = "reports")]
    pub out: PathBuf,

    #[command(flatten)]
    pub threads: Threads,

    /// Print comparison.json instead of the table
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Sweep {
    /// Scenario file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// A setting and its values: a list, as in workload.visitors.cache-ttl=30s,60s,5m, or a range, as in '30s..10m x 8'
    /// or '30s..10m x 8 log'; a second one makes a grid
    #[arg(long, value_name = "PATH=VALUES", required = true)]
    pub vary: Vec<String>,

    #[command(flatten)]
    pub changes: Changes,

    /// Folder in which the sweep gets its own, named after the scenario's file
    #[arg(long, value_name = "DIR", default_value = "reports")]
    pub out: PathBuf,

    #[command(flatten)]
    pub threads: Threads,

    /// Print sweep.json instead of the table
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Plan {
    /// Scenario file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// The setting, and between which values to look: workload.visitors.reads=10/s..1000/s. A cache-ttl is looked for
    /// from 30s to 1d unless bounds are given
    #[arg(long = "for", value_name = "PATH[=LOW..HIGH]")]
    pub setting: String,

    #[command(flatten)]
    pub changes: Changes,

    #[command(flatten)]
    pub threads: Threads,

    /// Print the answer, and all that was tried, as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Explain {
    /// Scenario file, or the folder of a report, whose scenario is taken
    #[arg(value_name = "FILE|DIR")]
    pub place: PathBuf,

    /// The read that returned what had been superseded for the longest time [default]
    #[arg(long, conflicts_with_all = ["slowest", "violation"])]
    pub stalest: bool,

    /// The read that took longest
    #[arg(long, conflicts_with = "violation")]
    pub slowest: bool,

    /// The first operation of a client or Worker that broke a guarantee of its session; without a kind, the first of
    /// these kinds that occurs
    #[arg(long, value_name = "KIND", num_args = 0..=1)]
    pub violation: Option<Option<Violation>>,

    /// Only among the reads at this PoP
    #[arg(long, value_name = "POP")]
    pub at: Option<String>,

    /// Only among the reads of this key
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,

    /// Say what the same read is given with a setting changed, on the same traffic (may be repeated)
    #[arg(long, value_name = "PATH=VALUE")]
    pub what_if: Vec<String>,

    /// Draw the story into this file
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,

    /// Change a setting beforehand (may be repeated)
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,

    /// Another seed than the scenario's
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,

    #[command(flatten)]
    pub threads: Threads,
}

/// A guarantee of a session that may be broken.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Violation {
    /// A read that returned a version older than the session's own acknowledged write
    ReadYourWrites,
    /// A read that returned a version older than the session had read before
    MonotonicReads,
    /// A write that overwrote what its author had not seen
    LostUpdate,
}

#[derive(Debug, Args)]
pub struct Serve {
    /// Scenario file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Where the page, the REST API, the metrics and the binding are served
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8787", value_parser = address)]
    pub listen: SocketAddr,

    /// A port for the binding of each PoP as well: this one and those behind it, in the scenario's order
    #[arg(long, value_name = "BASE")]
    pub pop_port: Option<u16>,

    /// Simulated seconds to a second, as in 10x
    #[arg(long, value_name = "SPEED", default_value = "1x", value_parser = speed)]
    pub speed: f64,

    /// Let the scenario's workloads and script go on beside what is asked
    #[arg(long)]
    pub traffic: bool,

    /// What clients must send as their API token; needed where others than this machine can reach the address
    #[arg(
        long,
        value_name = "TOKEN",
        env = "KVLAG_TOKEN",
        hide_env_values = true
    )]
    pub token: Option<String>,

    /// Memory that values, versions and requests may take
    #[arg(long, value_name = "SIZE", default_value = "1GiB")]
    pub max_memory: Size,

    /// Keep the session as a scenario with a replay, which `kvlag run` turns into the same versions
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,

    /// Write a configuration into this folder with which workerd runs the scenario's Workers once for each PoP
    #[arg(long, value_name = "DIR")]
    pub workerd: Option<PathBuf>,

    /// Another Worker for workerd, bound to the namespace `main` as KV
    #[arg(long, value_name = "FILE", requires = "workerd")]
    pub worker: Option<PathBuf>,

    /// The port of the first Worker at the first PoP; the others follow in the scenario's order
    #[arg(
        long,
        value_name = "BASE",
        default_value_t = 8801,
        requires = "workerd"
    )]
    pub worker_port: u16,

    /// Change a setting beforehand (may be repeated)
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,

    /// Another seed than the scenario's
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,

    /// Folder in which the session's report gets its own
    #[arg(long, value_name = "DIR", default_value = "reports")]
    pub out: PathBuf,
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let found = text.to_socket_addrs().ok();
    let first = found.and_then(|mut addresses| addresses.next());
    first.ok_or_else(|| "an address has a port, as in 127.0.0.1:8787".to_owned())
}

fn speed(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('x').unwrap_or(text).parse();
    let number = number
        .ok()
        .filter(|speed| commands::serve::SPEEDS.contains(speed));
    number.ok_or_else(|| "a speed is from 0.001x to 60000x".to_owned())
}

#[derive(Debug, Args)]
pub struct Lesson {
    /// Number of the lesson
    #[arg(value_name = "N", value_parser = lesson_number)]
    pub number: Option<usize>,

    /// Print a handout in Markdown, with room for predictions; without a number, of the whole course
    #[arg(long)]
    pub print: bool,

    /// Print the lesson's scenario file
    #[arg(long, requires = "number", conflicts_with_all = ["print", "seed"])]
    pub scenario: bool,

    /// Another seed than the scenario's, so that each student has numbers of their own
    #[arg(long, value_name = "N", requires = "number")]
    pub seed: Option<u64>,
}

fn lesson_number(text: &str) -> Result<usize, String> {
    let last = kvlag::lesson::course::COURSE.len();
    let number = text.parse().ok();
    number
        .filter(|number| (1..=last).contains(number))
        .ok_or_else(|| format!("lessons go from 1 to {last}"))
}

#[derive(Debug, Args)]
pub struct Check {
    /// Scenario files
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    #[command(flatten)]
    pub changes: Changes,

    /// Print the scenario with every default filled in
    #[arg(long)]
    pub print: bool,
}

#[derive(Debug, Args)]
pub struct New {
    /// File to write; printed where none is given
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Pops {
    /// Show only these: PoP codes or regions, as in FRA or WEUR
    #[arg(value_name = "CODE|REGION")]
    pub only: Vec<String>,

    /// PoP at which the store is
    #[arg(long, value_name = "CODE", default_value = "IAD")]
    pub store: String,

    /// The nearest to the store first
    #[arg(long)]
    pub nearest: bool,
}
