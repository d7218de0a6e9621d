//! `kvlag serve`: a scenario live, at the pace of the wall clock, until somebody ends it; then its report.

use super::{Exit, console, load, run};
use crate::experiment::{self, Outcome, Results};
use crate::live::http::server::{self, App, Listening};
use crate::live::session::{LAG_TOLERANCE, Lag};
use crate::live::workerd::{Socket, Workerd};
use crate::live::{self, Left, Live, MEMORY_MIN, Options};
use crate::report::directory::{Directory, ReportOf};
use crate::report::{self, terminal};
use crate::scenario::{Overrides, Scenario};
use crate::units::Size;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tracing::info;

pub use crate::live::SPEEDS;

/// What is asked for.
pub struct Request {
    /// The scenario file.
    pub file: PathBuf,
    /// Changes to it.
    pub overrides: Overrides,
    /// Where to listen.
    pub listen: SocketAddr,
    /// The first of the ports that belong to a PoP each.
    pub pop_port: Option<u16>,
    /// How the session is to be.
    pub options: Options,
    /// What clients must know.
    pub token: Option<String>,
    /// Where the session is kept as a scenario.
    pub record: Option<PathBuf>,
    /// Folder for a configuration of `workerd`.
    pub workerd: Option<PathBuf>,
    /// A Worker that the scenario does not have.
    pub worker: Option<PathBuf>,
    /// The first of the ports at which Workers are asked.
    pub worker_port: u16,
    /// Folder in which its report gets its own.
    pub out: PathBuf,
}

/// Serves until it is interrupted, then writes the session's report.
pub fn serve(request: &Request) -> Exit {
    if let Err(message) = refuse(request) {
        return console::error(&message);
    }
    let Some(file) = load::load(&request.file, &request.overrides) else {
        return Exit::Wrong;
    };
    let workerd = match &request.workerd {
        None => None,
        Some(_) => match Workerd::new(&file, request.worker.as_deref(), request.worker_port) {
            Ok(workerd) => Some(workerd),
            Err(message) => return console::error(&message),
        },
    };
    let name = live::Class::of(&file, request.options.with_traffic);
    let directory = match Directory::open(&request.out, name.name(), ReportOf::Run) {
        Ok(directory) => directory,
        Err(error) => return console::error(&error.to_string()),
    };
    let folder = match Folder::create(&request.out, name.name()) {
        Ok(folder) => folder,
        Err(message) => return console::error(&message),
    };
    let live = match live::open(&file, &request.options, &folder.0) {
        Ok(live) => live,
        Err(live::OpenError::Scenario(mistakes)) => {
            return console::complain(|color| mistakes.render(color));
        }
        Err(error) => return console::error(&error.to_string()),
    };
    // Each connection is a file; where no more are allowed than there are, that many will do.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        info!(%error, "the limit of open files stays");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return console::error(&format!("no threads can be started: {error}")),
    };
    let place = directory.place().to_owned();
    if let Err(message) = runtime.block_on(listen_and_serve(
        request,
        &file,
        &live,
        workerd.as_ref(),
        &place,
    )) {
        return console::error(&message);
    }
    let exit = finish(request, live, directory, folder);
    // What still goes on there waits for a session that is over.
    runtime.shutdown_background();
    exit
}

/// Why it cannot be served like this, if so.
fn refuse(request: &Request) -> Result<(), String> {
    if request.token.is_none() && !request.listen.ip().is_loopback() {
        return Err(format!(
            "others than this machine can reach {}: give a --token that clients must know, or listen on 127.0.0.1",
            request.listen
        ));
    }
    if request.token.as_ref().is_some_and(String::is_empty) {
        return Err("an empty --token keeps nobody out".to_owned());
    }
    if request.options.max_memory < MEMORY_MIN {
        return Err(format!(
            "--max-memory is at least {}, four of the largest values",
            Size(MEMORY_MIN)
        ));
    }
    request.record.as_deref().map_or(Ok(()), refuse_record)
}

/// A folder for the session's record; it goes with it.
struct Folder(PathBuf);

impl Folder {
    fn create(out: &Path, name: &str) -> Result<Self, String> {
        let folder = out.join(format!(".{name}.session-{}", std::process::id()));
        fs::create_dir_all(&folder)
            .map_err(|error| format!("cannot create {}: {error}", folder.display()))?;
        Ok(Folder(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Nobody is left who could be told.
        let _ = fs::remove_dir_all(&self.0);
    }
}

async fn listen_and_serve(
    request: &Request,
    file: &Scenario,
    live: &Live,
    workerd: Option<&Workerd>,
    report: &Path,
) -> Result<(), String> {
    let main = bind(request.listen).await?;
    let address = main.local_addr().map_err(|error| error.to_string())?;
    let mut listening = vec![Listening {
        listener: main,
        pop: None,
    }];
    // Not of the API's own, which is not in the file.
    let pops = live.scenario.pops.iter().enumerate().filter(|(_, pop)| {
        let is_given = file.pops.iter().any(|given| given.code == pop.code);
        is_given && request.pop_port.is_some()
    });
    let mut addresses = Vec::new();
    for (offset, (index, pop)) in pops.enumerate() {
        let base = request.pop_port.unwrap_or_default();
        let port = match base {
            0 => 0,
            base => u16::try_from(usize::from(base) + offset).map_err(|_| {
                format!(
                    "there is no port for {}: choose a lower --pop-port",
                    pop.code
                )
            })?,
        };
        let listener = bind(SocketAddr::new(request.listen.ip(), port)).await?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        addresses.push((pop.code.clone(), address));
        listening.push(Listening {
            listener,
            pop: Some(index),
        });
    }
    let mut workers = String::new();
    if let Some((workerd, folder)) = workerd.zip(request.workerd.as_ref()) {
        let written = workerd.write(folder, address, request.token.as_deref());
        let config =
            written.map_err(|error| format!("cannot write into {}: {error}", folder.display()))?;
        workers = of_workers(workerd, &config);
    }
    let (ender, end) = watch::channel(false);
    let mut interrupts =
        Interrupts::heard().map_err(|error| format!("cannot hear of Ctrl-C: {error}"))?;
    tokio::spawn(async move {
        interrupts.next().await;
        let _ = ender.send(true);
        // Whoever does not want to wait for the report.
        interrupts.next().await;
        std::process::exit(130);
    });
    info!(
        scenario = file.name,
        %address,
        pops = file.pops.len(),
        speed = request.options.speed,
        "serving"
    );
    console::print(&greeting(file, address, &addresses, &workers, report));
    let app = Arc::new(App {
        session: live.session.clone(),
        scenario: live.scenario.clone(),
        token: request.token.clone(),
        address,
        end: end.clone(),
        stories: tokio::sync::Mutex::new(()),
        connections: AtomicUsize::new(0),
        folder: live.folder.clone(),
        class: live.class.clone(),
    });
    server::serve(app, listening, end).await;
    Ok(())
}

async fn bind(address: SocketAddr) -> Result<TcpListener, String> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|error| format!("cannot listen on {address}: {error}"))
}

/// Those who want an end, by Ctrl-C or otherwise.
struct Interrupts {
    interrupted: Signal,
    terminated: Signal,
}

impl Interrupts {
    /// From now on, nobody ends the program but it itself.
    fn heard() -> io::Result<Self> {
        Ok(Interrupts {
            interrupted: signal(SignalKind::interrupt())?,
            terminated: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for the next.
    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupted.recv() => {}
            _ = self.terminated.recv() => {}
        }
    }
}

fn greeting(
    scenario: &Scenario,
    address: SocketAddr,
    pops: &[(String, SocketAddr)],
    workers: &str,
    report: &Path,
) -> String {
    let mut text = format!(
        "{}, live: {} PoPs, the store at {}\n\n",
        scenario.title,
        scenario.pops.len(),
        scenario.store.at
    );
    let mut line = |what: &str, where_: String| {
        text.push_str(&format!("  {what:<10} {where_}\n"));
    };
    line("page", format!("http://{address}/"));
    line("REST API", format!("http://{address}/client/v4"));
    line("metrics", format!("http://{address}/metrics"));
    let first = &scenario.pops[0].code;
    line(
        "binding",
        format!("http://{address}/ with the header X-KV-Pop: {first}, or another PoP"),
    );
    for (code, address) in pops {
        line(&format!("  {code}"), format!("http://{address}/"));
    }
    text.push_str(workers);
    text.push_str(&format!(
        "\nReady. Ctrl-C ends the session and writes {}/.\n",
        report.display()
    ));
    text
}

/// How the Workers are run, and where they are asked then.
fn of_workers(workerd: &Workerd, config: &Path) -> String {
    let mut text = format!(
        "\n  Workers    run `npx workerd serve {}`, and ask\n",
        config.display()
    );
    for Socket { worker, pop, port } in workerd.sockets() {
        text.push_str(&format!(
            "    {pop:<8} http://127.0.0.1:{port}/  {worker}\n"
        ));
    }
    text
}

/// Ends the session and writes what it leaves behind.
///
/// The folder of the record goes before the place of the report, which goes with its parents if nothing came of it.
fn finish(request: &Request, live: Live, directory: Directory, _folder: Folder) -> Exit {
    let left = match live.end() {
        Ok(left) => left,
        Err(error) => return console::error(&error.to_string()),
    };
    info!(
        operations = left.operations,
        late_events = left.lag.late_events,
        "the session is over"
    );
    if let Some(warning) = lag_warning(&left.lag) {
        console::warn(&warning);
    }
    if left.operations == 0 && !request.options.with_traffic {
        return console::print("Nobody asked for anything: there is nothing to report.\n");
    }
    let kept = match &request.record {
        Some(path) => keep(&left, path).map_err(|error| {
            format!(
                "cannot write {}: {error}; the report has the session all the same",
                path.display()
            )
        }),
        None => Ok(()),
    };
    let exit = report(&left, directory);
    match kept {
        Ok(()) => exit,
        Err(message) => console::error(&message),
    }
}

/// Measures the session, and writes its report.
fn report(left: &Left, directory: Directory) -> Exit {
    let results = match results(left) {
        Ok(results) => results,
        Err(exit) => return exit,
    };
    let files = report::files(&results, Some(directory.place()));
    let count = files.len();
    match directory.commit(files) {
        Err(error) => console::error(&error.to_string()),
        Ok(place) => {
            let directory = format!("{}/", place.display());
            let place = terminal::Place {
                directory: &directory,
                files: count,
            };
            let color = console::wants_color(&io::stdout());
            let printed = console::print(&terminal::summary(&results, Some(place), color));
            let mut verdicts = results.verdicts.iter();
            match verdicts.all(|verdict| verdict.outcome == Outcome::Met) {
                true => printed,
                false => Exit::NotMet,
            }
        }
    }
}

/// What must be said of delays that were longer than the world's, if any were.
fn lag_warning(lag: &Lag) -> Option<String> {
    (lag.late_events > 0).then(|| {
        format!(
            "warning: {} events came more than {} ms late, by up to {:.0} ms: the machine was too busy, and clients \
             have waited longer than the report says",
            lag.late_events,
            LAG_TOLERANCE.as_millis(),
            lag.most_s * 1e3
        )
    })
}

/// Keeps the session as a scenario with its record beside it: both are written before either is put in its place.
fn keep(left: &Left, path: &Path) -> io::Result<()> {
    let record = path.with_extension("csv");
    let name = record.file_name().unwrap_or_default().to_string_lossy();
    fs::copy(&left.record, beside(&record))?;
    fs::write(beside(path), left.scenario_text(&name))?;
    fs::rename(beside(&record), &record)?;
    fs::rename(beside(path), path)
}

/// What a file is called until it is whole.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.partial-{}", std::process::id()))
}

/// Whether the session can be kept there, and will not take the place of what it has not written.
fn refuse_record(path: &Path) -> Result<(), String> {
    if path.extension().is_none_or(|ending| ending != "toml") {
        return Err("--record is a scenario file, and its name ends in .toml".to_owned());
    }
    let record = path.with_extension("csv");
    if record.exists() && !path.exists() {
        return Err(format!(
            "--record would replace {}, which is not its own",
            record.display()
        ));
    }
    let probe = beside(path);
    let written = fs::write(&probe, "kvlag").and_then(|()| fs::remove_file(&probe));
    written.map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// Measures the session: what was asked is simulated once more, with everything that is measured.
fn results(left: &Left) -> Result<Results, Exit> {
    let scenario = match left.scenario() {
        Ok(scenario) => scenario,
        Err(error) => return Err(console::error(&error.to_string())),
    };
    let options = experiment::Options {
        threads: run::all_cores(),
        record_reads: false,
        progress: &|_| {},
    };
    experiment::run(scenario, &options)
        .map_err(|error| console::complain(|color| error.render(color)))
}
