//! Origins: servers outside the platform, which programs ask by `fetch`.

use super::asked::{Asked, State};
use super::{Cell, Event};
use crate::scenario::{Origin, WorkerIndex};
use crate::sim::network::DelaySampler;
use crate::sim::observation::Observer;
use crate::sim::program::{Answer, Level, OriginRequest};
use crate::sim::random::{self, Purpose};
use crate::units::Duration;
use std::collections::BTreeMap;

/// What an origin has been sent, by address; `None` is what was deleted.
#[derive(Debug, Default)]
pub(super) struct OriginState(BTreeMap<String, Option<Vec<u8>>>);

/// Something that is asked of an origin, and its answer.
#[derive(Debug)]
pub(super) struct OriginAsked {
    /// Which origin; `None` where no origin has that address.
    origin: Option<usize>,
    question: OriginRequest,
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    /// Why there is no answer.
    reason: String,
}

/// So long it takes to hear that nobody is there. Time must go on, or a script that asks in a loop would ask for ever.
const UNKNOWN_ORIGIN_LATENCY: Duration = Duration::from_millis(50);

impl<O: Observer> Cell<'_, O> {
    /// A program asks an origin.
    pub(super) fn ask_of_origin(
        &mut self,
        (worker, request): (WorkerIndex, u64),
        asked: impl FnOnce(State) -> Asked,
        question: OriginRequest,
    ) {
        let world = self.world;
        let origins = world.scenario.origins.iter().enumerate();
        let fitting = origins.filter(|(_, origin)| question.url.starts_with(&origin.url));
        let origin = fitting.max_by_key(|(_, origin)| origin.url.len());
        let reason = match origin {
            Some(_) => String::new(),
            None => format!("no origin of the scenario answers {}", question.url),
        };
        let asked = asked(State::Origin(OriginAsked {
            origin: origin.map(|(index, _)| index),
            question,
            status: 0,
            headers: Vec::new(),
            body: Vec::new(),
            reason: reason.clone(),
        }));
        let pop = asked.pop;
        let operation = self.workers.asked.insert(asked) as u32;
        let Some((_, origin)) = origin else {
            self.print(worker, pop, Level::Error, format!("fetch: {reason}"));
            let event = Event::Answered(operation);
            let time = self.now + UNKNOWN_ORIGIN_LATENCY;
            return self.agenda.queue.schedule(time, event);
        };
        let latency = self.origin_latency(origin, pop, request);
        let (arrival, end) = (self.now + Duration(latency.0 / 2), self.now + latency);
        self.agenda
            .queue
            .schedule(arrival, Event::QuestionArrives(operation));
        self.agenda.queue.schedule(end, Event::Answered(operation));
    }

    /// Drawn by what asks, whatever else is under way: the request's start, and how often it has asked.
    fn origin_latency(&mut self, origin: &Origin, pop: usize, request: u64) -> Duration {
        let (start, times) = self
            .workers
            .request(request)
            .map_or((self.now, 0), |request| {
                request.asked_origins += 1;
                (request.start, request.asked_origins)
            });
        let sampler = DelaySampler::of(&origin.latency);
        let seed = self.run.purpose(Purpose::Origins);
        let seed = seed
            .child(random::name(&origin.name))
            .child(self.world.pops[pop].name);
        let seed = seed.child(start.0 as u64).child(u64::from(times));
        sampler.sample(&mut seed.stream())
    }

    /// What a program has asked arrives at an origin, which answers as things are now.
    pub(super) fn question_arrives_at_origin(&mut self, operation: u32) {
        let world = self.world;
        let asked = &mut self.workers.asked[operation as usize];
        let State::Origin(asked) = &mut asked.state else {
            return;
        };
        let Some(index) = asked.origin else { return };
        let origin = &world.scenario.origins[index];
        let memory = &mut self.workers.origins[index].0;
        asked.status = origin.status;
        asked.headers.clone_from(&origin.headers);
        asked.body = origin.body.clone().into_bytes();
        if !origin.remembers {
            return;
        }
        let address = &asked.question.url;
        match asked.question.method.as_str() {
            "PUT" | "POST" => {
                let body = asked.question.body.clone();
                asked.body.clone_from(&body);
                memory.insert(address.clone(), Some(body));
            }
            "DELETE" => {
                asked.body.clear();
                memory.insert(address.clone(), None);
            }
            _ => match memory.get(address) {
                None => {}
                Some(Some(body)) => asked.body.clone_from(body),
                Some(None) => {
                    asked.status = 404;
                    asked.body.clear();
                }
            },
        }
    }
}

impl OriginAsked {
    /// Gives the answer to `tell`.
    pub(super) fn answer(&self, tell: impl FnOnce(&Answer<'_>)) {
        if self.origin.is_none() {
            return tell(&Answer::Failed {
                status: 530,
                reason: &self.reason,
            });
        }
        let headers = self.headers.iter();
        let headers: Vec<(&str, &str)> = headers
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        tell(&Answer::OriginResponse {
            status: self.status,
            headers: &headers,
            body: &self.body,
        });
    }
}
