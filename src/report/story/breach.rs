//! A broken guarantee in words: what the session had done before, or what it overwrote.

use super::Told;
use crate::observe::breaches::Broken;
use crate::report::sequence::{clock, length};
use crate::sim::observation::Write;
use crate::units::{Duration, Time};

impl Told<'_> {
    /// "The read at SYD at 1:20.000 returned v3 of k, although the same client had written v5 at LHR 1.90 s before."
    pub(super) fn headline_of_breach(&self, broken: &Broken) -> String {
        let (key, read) = (self.key, &self.story.found.read);
        let (at, start, returned) = (self.at(), clock(read.start), self.returned());
        let of = if self.story.found.is_missing {
            "for"
        } else {
            "of"
        };
        let session = self.session();
        let although = |did: String, pop: u16, time: Time| {
            let (pop, before) = (self.code(pop), before(read.start - time));
            format!(
                "The read at {at} at {start} returned {returned} {of} {key}, although {session} had {did} at {pop} \
                 {before}."
            )
        };
        match broken {
            Broken::OwnWrite(write) => {
                let version = self.version(write.version.unwrap_or(0));
                let did = match write.is_delete {
                    true => "deleted it".to_owned(),
                    false => format!("written {version}"),
                };
                although(did, write.class.pop, write.answered)
            }
            Broken::EarlierRead(earlier) => {
                let did = format!("read {}", self.version(earlier.version));
                although(did, earlier.class.pop, earlier.end)
            }
            Broken::Overwrote { write, missed } => {
                let (pop, start) = (self.code(write.class.pop), clock(write.start));
                let version = self.version(write.version.unwrap_or(0));
                let base = self.version(read.version);
                format!(
                    "The put at {pop} at {start} made {version} of {key} out of {base}: {}, committed {}, was \
                     overwritten by what knew nothing of it.",
                    self.made(missed),
                    before(write.arrival - missed.arrival)
                )
            }
        }
    }

    /// "what LHR had put as v4"
    fn made(&self, write: &Write) -> String {
        let (pop, version) = (
            self.code(write.class.pop),
            self.version(write.version.unwrap_or(0)),
        );
        match write.is_delete {
            true => format!("what {pop} had deleted as {version}"),
            false => format!("what {pop} had put as {version}"),
        }
    }

    /// Why an update was lost whose author had read what was the latest version then.
    pub(super) fn why_overtaken(&self) -> String {
        let Some(Broken::Overwrote { write, missed }) = &self.story.broken else {
            return String::new();
        };
        let read = &self.story.found.read;
        let newer = self.version(missed.version.unwrap_or(0));
        let base = self.version(read.version);
        let when = match missed.arrival - read.end {
            late if late >= Duration::ZERO => {
                format!("{newer} was committed {} after the answer", length(late))
            }
            early => format!(
                "{newer} was committed {} before the answer",
                length(Duration(-early.0))
            ),
        };
        format!(
            "{base} was the latest version when it was read. {when}, and {} the put that was derived from {base} came \
             to the store, which takes each write as it comes.",
            before(write.arrival - missed.arrival)
        )
    }

    fn code(&self, pop: u16) -> &str {
        &self.scenario.pops[usize::from(pop)].code
    }
}

/// "1.90 s before", or "just before" where both happened at one instant.
fn before(time: Duration) -> String {
    match time {
        Duration::ZERO => "just before".to_owned(),
        time => format!("{} before", length(time)),
    }
}
