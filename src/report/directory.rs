//! The directory of a report: checked before a long run, written beside its place, put there whole.
//!
//! While it is written it is called `.NAME.partial-PID`; for the moment in which it takes an older report's
//! place, that one is called `.NAME.replaced`. Whatever interrupts a run, either the old report or the new one
//! is there: if it happens in just that moment, the next run puts the old one back first.

use super::json::SCHEMA;
use super::points::{COMPARISON_SCHEMA, SWEEP_SCHEMA};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What a report is of. One kind never takes the place of another: `x-sweep` may be the sweep of `x.toml` and the run
/// of `x-sweep.toml`, and nobody wants to find one where the other was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportOf {
    /// The runs of a scenario.
    Run,
    /// A scenario with settings varied.
    Sweep,
    /// Two scenarios side by side.
    Comparison,
}

impl ReportOf {
    const ALL: [ReportOf; 3] = [ReportOf::Run, ReportOf::Sweep, ReportOf::Comparison];

    /// The file that tells, and its schema.
    fn told_by(self) -> (&'static str, &'static str) {
        match self {
            ReportOf::Run => ("summary.json", SCHEMA),
            ReportOf::Sweep => ("sweep.json", SWEEP_SCHEMA),
            ReportOf::Comparison => ("comparison.json", COMPARISON_SCHEMA),
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            ReportOf::Run => "the run of a scenario",
            ReportOf::Sweep => "a sweep",
            ReportOf::Comparison => "a comparison",
        }
    }

    /// Of what the report in a directory is, if there is one.
    fn found_in(place: &Path) -> Option<ReportOf> {
        let mut kinds = ReportOf::ALL.into_iter();
        let kind = kinds.find(|kind| {
            let (file, schema) = kind.told_by();
            names_schema(&place.join(file), schema)
        });
        kind.filter(|kind| *kind != ReportOf::Run || place.join("scenario.toml").is_file())
    }
}

/// A place where a report may be put, known to be writable.
#[derive(Debug)]
pub struct Directory {
    of: ReportOf,
    place: PathBuf,
    partial: PathBuf,
    replaced: PathBuf,
    /// The parents that did not exist before, outermost first; they go again if no report comes.
    created: Vec<PathBuf>,
}

/// Why a report cannot be put in its place.
#[derive(Debug)]
pub enum DirectoryError {
    /// Something is there that is not a report, and replacing it might destroy what somebody needs.
    NotAReport(PathBuf),
    /// A report of another kind is there.
    AnotherKind(PathBuf, ReportOf),
    /// The name would lead out of the parent directory.
    BadName(String),
    /// The system refuses.
    Io {
        /// What was attempted, as in "cannot …".
        attempt: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
}

impl fmt::Display for DirectoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DirectoryError::NotAReport(path) => write!(
                f,
                "{} is not a report of kvlag, and would be replaced: move it away, or choose another place \
                 with --out",
                path.display()
            ),
            DirectoryError::AnotherKind(path, kind) => write!(
                f,
                "{} holds {}, which is not replaced by a report of another kind: move it away, or choose another \
                 place with --out",
                path.display(),
                kind.in_words()
            ),
            DirectoryError::BadName(name) => {
                write!(f, "`{name}` cannot be the name of a report's directory")
            }
            DirectoryError::Io {
                attempt,
                path,
                error,
            } => write!(f, "cannot {attempt} {}: {error}", path.display()),
        }
    }
}

impl std::error::Error for DirectoryError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            DirectoryError::Io { error, .. } => Some(error),
            DirectoryError::NotAReport(_)
            | DirectoryError::AnotherKind(..)
            | DirectoryError::BadName(_) => None,
        }
    }
}

/// Turns the system's refusal into an error that says what was attempted.
fn attempting(
    attempt: &'static str,
    path: &Path,
) -> impl FnOnce(io::Error) -> DirectoryError + use<> {
    let path = path.to_owned();
    move |error| DirectoryError::Io {
        attempt,
        path,
        error,
    }
}

impl Directory {
    /// Makes sure that a report of a kind called `name` can be put into `parent`, which is created if need be. Nothing
    /// stays behind if no report is committed.
    pub fn open(parent: &Path, name: &str, of: ReportOf) -> Result<Directory, DirectoryError> {
        let mut parts = Path::new(name).components();
        let is_plain = matches!(parts.next(), Some(std::path::Component::Normal(_)));
        if !is_plain || parts.next().is_some() {
            return Err(DirectoryError::BadName(name.to_owned()));
        }
        let partial = format!(".{name}.partial-{}", std::process::id());
        let mut directory = Directory {
            of,
            place: parent.join(name),
            partial: parent.join(partial),
            replaced: parent.join(format!(".{name}.replaced")),
            created: Vec::new(),
        };
        directory.create_parents(parent)?;
        directory.recover()?;
        directory.refuse_what_is_no_report()?;
        // Whether one may write is best found out by writing; an interrupt during the run finds nothing left.
        directory.create_partial()?;
        let probe = directory.partial.join("probe");
        fs::write(&probe, "kvlag").map_err(attempting("write", &probe))?;
        directory.remove_partial();
        Ok(directory)
    }

    /// Where the report will be.
    pub fn place(&self) -> &Path {
        &self.place
    }

    /// Writes all files and puts them in place of an older report.
    pub fn commit<N: AsRef<Path>, B: AsRef<[u8]>>(
        mut self,
        files: impl IntoIterator<Item = (N, B)>,
    ) -> Result<PathBuf, DirectoryError> {
        self.refuse_what_is_no_report()?;
        self.create_partial()?;
        for (name, bytes) in files {
            let path = self.partial.join(name.as_ref());
            fs::write(&path, bytes).map_err(attempting("write", &path))?;
        }
        let is_replacing = fs::symlink_metadata(&self.place).is_ok();
        if is_replacing {
            fs::rename(&self.place, &self.replaced).map_err(attempting("replace", &self.place))?;
        }
        if let Err(error) = fs::rename(&self.partial, &self.place) {
            let error = attempting("write", &self.place)(error);
            self.recover()?;
            return Err(error);
        }
        self.created.clear();
        if is_replacing {
            remove(&self.replaced).map_err(attempting("remove", &self.replaced))?;
        }
        Ok(self.place.clone())
    }

    fn create_parents(&mut self, parent: &Path) -> Result<(), DirectoryError> {
        let missing = parent
            .ancestors()
            .take_while(|path| !path.as_os_str().is_empty() && !path.exists());
        let mut missing: Vec<&Path> = missing.collect();
        missing.reverse();
        for path in missing {
            match fs::create_dir(path) {
                Ok(()) => self.created.push(path.to_owned()),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(attempting("create", path)(error)),
            }
        }
        Ok(())
    }

    /// Puts an older report back that an interrupted commit had moved aside, or removes it if the new one is
    /// there.
    fn recover(&self) -> Result<(), DirectoryError> {
        if fs::symlink_metadata(&self.replaced).is_err() {
            return Ok(());
        }
        if !is_report_or_empty(&self.replaced) {
            return Err(DirectoryError::NotAReport(self.replaced.clone()));
        }
        if fs::symlink_metadata(&self.place).is_ok() {
            remove(&self.replaced).map_err(attempting("remove", &self.replaced))
        } else {
            fs::rename(&self.replaced, &self.place).map_err(attempting("restore", &self.place))
        }
    }

    fn refuse_what_is_no_report(&self) -> Result<(), DirectoryError> {
        if fs::symlink_metadata(&self.place).is_err() {
            return Ok(());
        }
        match ReportOf::found_in(&self.place) {
            Some(kind) if kind != self.of => {
                Err(DirectoryError::AnotherKind(self.place.clone(), kind))
            }
            None if !is_report_or_empty(&self.place) => {
                Err(DirectoryError::NotAReport(self.place.clone()))
            }
            _ => Ok(()),
        }
    }

    fn create_partial(&self) -> Result<(), DirectoryError> {
        // One of the same name can only be left over from a process that is no more.
        self.remove_partial();
        fs::create_dir(&self.partial).map_err(attempting("create", &self.partial))
    }

    /// What cannot be removed stays: there is nothing better to do about it, least of all while dropping.
    fn remove_partial(&self) {
        let _ = fs::remove_dir_all(&self.partial);
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        self.remove_partial();
        // Only empty directories can be removed this way.
        for path in self.created.iter().rev() {
            let _ = fs::remove_dir(path);
        }
    }
}

/// Writes a file that stands alone: beside its place, and renamed when it is whole. A pipe or a device takes what is
/// written as it comes.
///
/// # Errors
///
/// The system refuses; what was in the place is there unchanged.
pub fn put_whole(file: &Path, bytes: &[u8]) -> Result<(), DirectoryError> {
    if fs::metadata(file).is_ok_and(|there| !there.is_file() && !there.is_dir()) {
        return fs::write(file, bytes).map_err(attempting("write", file));
    }
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let partial = file.with_file_name(format!(".{name}.partial-{}", std::process::id()));
    let put = fs::write(&partial, bytes).and_then(|()| fs::rename(&partial, file));
    put.map_err(|error| {
        // What is left of it is of no use; the error is what there is to tell.
        let _ = fs::remove_file(&partial);
        attempting("write", file)(error)
    })
}

/// Whether replacing `place` destroys nothing but a report.
fn is_report_or_empty(place: &Path) -> bool {
    let Ok(mut entries) = fs::read_dir(place) else {
        return false;
    };
    if entries.next().is_none() {
        return true;
    }
    ReportOf::found_in(place).is_some()
}

/// Whether a file is there and says near its beginning that it is of a schema.
fn names_schema(file: &Path, schema: &str) -> bool {
    let text = fs::read(file).unwrap_or_default();
    let mut beginnings = text.windows(schema.len()).take(256);
    beginnings.any(|beginning| beginning == schema.as_bytes())
}

/// Removes a directory, or the link that stands for one.
fn remove(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_symlink() {
        fs::remove_file(path)
    } else {
        fs::remove_dir_all(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(seed: u32) -> Vec<(&'static str, String)> {
        vec![
            ("scenario.toml", format!("seed = {seed}\n")),
            ("summary.json", format!("{{\"schema\":\"{SCHEMA}\"}}")),
        ]
    }

    fn names(parent: &Path) -> Vec<String> {
        let entries = fs::read_dir(parent).expect("is a directory");
        let name = |entry: io::Result<fs::DirEntry>| {
            let name = entry.expect("can be listed").file_name();
            name.into_string().expect("is text")
        };
        let mut names: Vec<String> = entries.map(name).collect();
        names.sort();
        names
    }

    fn put(parent: &Path, files: Vec<(&'static str, String)>) -> Result<PathBuf, DirectoryError> {
        Directory::open(parent, "x", ReportOf::Run)?.commit(files)
    }

    #[test]
    fn a_report_appears_whole_and_replaces_an_older_one() {
        let home = tempfile::tempdir().expect("can be made");
        let parent = home.path().join("deep").join("reports");
        let place = put(&parent, report(1)).expect("is written");
        assert_eq!(names(&place), ["scenario.toml", "summary.json"]);
        let mut second = report(2);
        second.push(("pops.csv", String::new()));
        fs::write(place.join("reads.csv"), "of an older run").expect("is written");
        put(&parent, second).expect("is replaced");
        assert_eq!(names(&parent), ["x"]);
        assert_eq!(names(&place), ["pops.csv", "scenario.toml", "summary.json"]);
    }

    #[test]
    fn nothing_is_left_of_a_run_that_wrote_no_report() {
        let home = tempfile::tempdir().expect("can be made");
        let parent = home.path().join("deep").join("reports");
        drop(Directory::open(&parent, "x", ReportOf::Run).expect("is writable"));
        assert_eq!(names(home.path()), [""; 0]);
        fs::create_dir_all(&parent).expect("can be made");
        drop(Directory::open(&parent, "x", ReportOf::Run).expect("is writable"));
        assert_eq!(names(&parent), [""; 0]);
    }

    #[test]
    fn what_is_no_report_is_not_replaced() {
        let home = tempfile::tempdir().expect("can be made");
        let place = home.path().join("x");
        fs::create_dir(&place).expect("can be made");
        assert!(
            put(home.path(), report(1)).is_ok(),
            "nothing is lost of an empty directory"
        );
        fs::write(place.join("summary.json"), "{\"mine\": 1}").expect("is written");
        let error = put(home.path(), report(2)).expect_err("is refused");
        assert!(
            error.to_string().contains("x is not a report of kvlag"),
            "{error}"
        );
        fs::remove_dir_all(&place).expect("can be removed");
        fs::write(&place, "a file").expect("is written");
        assert!(put(home.path(), report(2)).is_err());
        assert_eq!(fs::read(&place).expect("is there"), b"a file");
    }

    #[test]
    fn a_report_of_one_kind_does_not_take_the_place_of_another() {
        let home = tempfile::tempdir().expect("can be made");
        for held in ReportOf::ALL {
            let place = home.path().join("x");
            fs::create_dir(&place).expect("can be made");
            let (file, schema) = held.told_by();
            fs::write(place.join(file), format!("{{\"schema\":\"{schema}\"}}"))
                .expect("is written");
            fs::write(place.join("scenario.toml"), "seed = 1\n").expect("is written");
            for wanted in ReportOf::ALL {
                let opened = Directory::open(home.path(), "x", wanted);
                assert_eq!(opened.is_ok(), wanted == held, "{held:?} {wanted:?}");
                if let Err(error) = opened {
                    assert!(error.to_string().contains(held.in_words()), "{error}");
                }
            }
            fs::remove_dir_all(&place).expect("can be removed");
        }
    }

    #[test]
    fn a_place_that_cannot_be_written_is_found_out_at_once() {
        let home = tempfile::tempdir().expect("can be made");
        let file = home.path().join("file");
        fs::write(&file, "").expect("is written");
        let error =
            Directory::open(&file.join("reports"), "x", ReportOf::Run).expect_err("is refused");
        assert!(error.to_string().starts_with("cannot create "), "{error}");
        for name in ["", ".", "..", "a/b", "/a"] {
            let error = Directory::open(home.path(), name, ReportOf::Run).expect_err("is refused");
            assert!(matches!(error, DirectoryError::BadName(_)), "{error}");
        }
    }

    #[test]
    fn a_commit_that_fails_leaves_the_old_report() {
        let home = tempfile::tempdir().expect("can be made");
        put(home.path(), report(1)).expect("is written");
        let mut bad = report(2);
        bad.push(("no/such/directory.csv", String::new()));
        let error = put(home.path(), bad).expect_err("is refused");
        assert!(error.to_string().starts_with("cannot write "), "{error}");
        let old = fs::read_to_string(home.path().join("x/scenario.toml"));
        assert_eq!(old.expect("is there"), "seed = 1\n");
        assert_eq!(names(home.path()), ["x"]);
    }

    #[test]
    fn a_report_that_was_moved_aside_comes_back() {
        let home = tempfile::tempdir().expect("can be made");
        let place = put(home.path(), report(1)).expect("is written");
        fs::rename(&place, home.path().join(".x.replaced")).expect("can be moved");
        drop(Directory::open(home.path(), "x", ReportOf::Run).expect("is writable"));
        assert_eq!(names(home.path()), ["x"]);
        assert_eq!(names(&place), ["scenario.toml", "summary.json"]);
    }

    #[test]
    fn a_file_that_stands_alone_is_there_whole_or_as_it_was() {
        let home = tempfile::tempdir().expect("can be made");
        let file = home.path().join("story.svg");
        put_whole(&file, b"first").expect("is written");
        put_whole(&file, b"second").expect("is replaced");
        assert_eq!(fs::read(&file).expect("is there"), b"second");
        let folder = home.path().join("folder");
        fs::create_dir(&folder).expect("can be made");
        fs::write(folder.join("kept"), "").expect("is written");
        let error = put_whole(&folder, b"third").expect_err("a folder is no file");
        assert!(error.to_string().starts_with("cannot write "), "{error}");
        assert_eq!(names(&folder), ["kept"]);
        assert_eq!(names(home.path()), ["folder", "story.svg"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_the_place_is_replaced_and_what_it_leads_to_stays() {
        let home = tempfile::tempdir().expect("can be made");
        let elsewhere = home.path().join("elsewhere");
        fs::create_dir(&elsewhere).expect("can be made");
        for (name, text) in report(1) {
            fs::write(elsewhere.join(name), text).expect("is written");
        }
        std::os::unix::fs::symlink(&elsewhere, home.path().join("x")).expect("can be made");
        put(home.path(), report(2)).expect("is written");
        assert_eq!(names(home.path()), ["elsewhere", "x"]);
        assert_eq!(names(&elsewhere), ["scenario.toml", "summary.json"]);
    }
}
