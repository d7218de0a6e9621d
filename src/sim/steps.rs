//! Clients' steps made ready to be taken: a list of instructions, and how far somebody has come in it.

use super::message::RequestForm;
use super::network::DelaySampler;
use super::program::Response;
use super::random::Stream;
use super::ranks::Ranks;
use super::value::{Constant, Datum, Texts};
use crate::scenario::keyspace::Keyspace;
use crate::scenario::{
    BodyRelation, Client, Comparison, Condition, KeyIndex, Placeholder, Scenario, Step, Value,
    WorkerIndex,
};
use crate::units::{Duration, Size};

/// The steps of a kind of client.
#[derive(Debug)]
pub struct Steps {
    instructions: Vec<Instruction>,
    /// How many loops lie within each other at the most.
    counters: usize,
    /// By key: what its placeholder stands for.
    pub placeholders: Vec<Option<Placeholder>>,
    /// What is drawn whenever somebody begins, and by key which of these it bears.
    ranks: Ranks,
    pub(super) rank_of: Vec<Option<usize>>,
    /// Between the last step and the first, where somebody begins again.
    pub think: Option<DelaySampler>,
    /// What is sent to Workers.
    pub(super) requests: Vec<RequestForm>,
}

#[derive(Debug)]
enum Instruction {
    Operate(Operation),
    Think(DelaySampler),
    /// Sets a counter.
    Count {
        counter: usize,
        times: u32,
    },
    /// Goes back, but for the last time that was counted.
    Again {
        counter: usize,
        to: usize,
    },
    /// Goes on elsewhere where a condition does not hold.
    Unless {
        condition: Rule,
        to: usize,
    },
    GoTo(usize),
    /// Counts something of one's own, by its number among the texts.
    CountOwn(u32),
}

/// Something that is done at a PoP and takes its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Read a key.
    Get {
        /// Which.
        key: KeyIndex,
        /// With this `cache-ttl`.
        cache_ttl: Duration,
    },
    /// Write a key.
    Put {
        /// Which.
        key: KeyIndex,
        /// What.
        written: Written,
        /// Size of the value; `None` where nobody says.
        size: Option<Size>,
        /// Expires so long after its commit.
        expiration_ttl: Option<Duration>,
        /// What is kept beside the value, by its number among the texts.
        metadata: Option<u32>,
    },
    /// Delete a key.
    Delete {
        /// Which.
        key: KeyIndex,
    },
    /// List keys.
    List {
        /// How many pages they take.
        pages: u32,
    },
    /// Ask a Worker.
    Request {
        /// Which.
        worker: WorkerIndex,
        /// What, by its number among the requests of the steps.
        request: usize,
    },
}

/// What a put writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// Always the same.
    Constant(Constant),
    /// What was last read of the key.
    Read,
    /// Likewise as a number, plus this.
    ReadPlus(i64),
}

#[derive(Clone, Copy, Debug)]
enum Rule {
    Missing,
    Present,
    Is { constant: Constant, not: bool },
    Number { comparison: Comparison, bound: i64 },
    Status { comparison: Comparison, bound: i64 },
    Body { relation: BodyRelation, text: u32 },
}

/// What came of a read, as the client knows it.
#[derive(Clone, Debug)]
pub struct Known {
    /// The version.
    pub version: u32,
    /// Its value; `None` if there is none.
    pub value: Option<Datum>,
}

/// How far somebody has come in a program, and what they know.
#[derive(Debug, Default)]
pub struct Course {
    at: usize,
    counters: Vec<u32>,
    /// By key: what was last read.
    known: Vec<Option<Known>>,
    /// The key of the last get of all.
    latest: Option<KeyIndex>,
    /// What was drawn.
    ranks: Vec<u32>,
    response: LastResponse,
}

/// What is known of the last response; before the first one its status is 0.
#[derive(Debug, Default)]
struct LastResponse {
    status: u16,
    body: Vec<u8>,
}

/// What comes next in a program.
#[derive(Clone, Copy, Debug)]
pub enum Next {
    /// Somebody has to operate.
    Operation(Operation),
    /// Nothing for a while.
    Pause(Duration),
    /// Somebody counts something of their own, by its number among the texts.
    Count(u32),
    /// All steps were taken.
    Over,
}

impl Steps {
    /// Makes the steps of every client ready.
    pub fn all(scenario: &Scenario, keyspace: &Keyspace, texts: &mut Texts) -> Vec<Steps> {
        let clients = scenario.clients.iter();
        clients
            .map(|client| Steps::new(client, keyspace, texts))
            .collect()
    }

    fn new(client: &Client, keyspace: &Keyspace, texts: &mut Texts) -> Self {
        let mut program = Steps {
            instructions: Vec::new(),
            counters: 0,
            placeholders: client.keys.iter().map(|key| key.placeholder).collect(),
            ranks: Ranks::default(),
            rank_of: Vec::new(),
            think: client.think().map(DelaySampler::of),
            requests: Vec::new(),
        };
        for key in &client.keys {
            program.rank_of.push(match key.placeholder {
                Some(Placeholder::Rank { count, exponent }) => {
                    Some(program.ranks.number(count, exponent))
                }
                _ => None,
            });
        }
        program.add_all(&client.steps, 0, keyspace, texts);
        program
    }

    /// The probability of a rank, where a single one is drawn.
    pub fn share(&self, rank: u32) -> f64 {
        self.ranks.share(rank)
    }

    fn add_all(&mut self, steps: &[Step], depth: usize, keyspace: &Keyspace, texts: &mut Texts) {
        for step in steps {
            self.add(step, depth, keyspace, texts);
        }
    }

    fn add(&mut self, step: &Step, depth: usize, keyspace: &Keyspace, texts: &mut Texts) {
        let operation = match *step {
            Step::Get { key, cache_ttl } => Operation::Get { key, cache_ttl },
            Step::Put {
                key,
                ref value,
                value_size: size,
                expiration_ttl,
                ref metadata,
            } => Operation::Put {
                key,
                written: Written::new(value, texts),
                size,
                expiration_ttl,
                metadata: metadata.as_ref().map(|metadata| texts.number(metadata)),
            },
            Step::Delete { key } => Operation::Delete { key },
            Step::List { ref prefix, page } => Operation::List {
                pages: keyspace.pages(prefix, page),
            },
            Step::Request {
                worker,
                ref request,
            } => {
                let form = RequestForm::new(request, &mut self.ranks);
                self.requests.push(form);
                Operation::Request {
                    worker,
                    request: self.requests.len() - 1,
                }
            }
            Step::Count { ref name } => {
                let name = Instruction::CountOwn(texts.number(name));
                return self.instructions.push(name);
            }
            Step::Think(ref time) => {
                return self
                    .instructions
                    .push(Instruction::Think(DelaySampler::of(time)));
            }
            Step::Repeat { times, ref steps } => {
                self.counters = self.counters.max(depth + 1);
                let counter = depth;
                self.instructions
                    .push(Instruction::Count { counter, times });
                let to = self.instructions.len();
                self.add_all(steps, depth + 1, keyspace, texts);
                return self.instructions.push(Instruction::Again { counter, to });
            }
            Step::If {
                ref condition,
                ref then,
                ref otherwise,
            } => {
                let condition = Rule::new(condition, texts);
                return self.add_choice(condition, (then, otherwise), depth, keyspace, texts);
            }
        };
        self.instructions.push(Instruction::Operate(operation));
    }

    fn add_choice(
        &mut self,
        condition: Rule,
        (then, otherwise): (&[Step], &[Step]),
        depth: usize,
        keyspace: &Keyspace,
        texts: &mut Texts,
    ) {
        let choice = self.instructions.len();
        self.instructions.push(Instruction::GoTo(0));
        self.add_all(then, depth, keyspace, texts);
        let end_of_then = self.instructions.len();
        self.instructions.push(Instruction::GoTo(0));
        let to = self.instructions.len();
        self.instructions[choice] = Instruction::Unless { condition, to };
        self.add_all(otherwise, depth, keyspace, texts);
        self.instructions[end_of_then] = Instruction::GoTo(self.instructions.len());
    }
}

impl Written {
    fn new(value: &Value, texts: &mut Texts) -> Self {
        match value {
            Value::Text(text) => Written::Constant(texts.constant(text)),
            Value::Number(number) => Written::Constant(Constant::Number(*number)),
            Value::ReadPlus(number) => Written::ReadPlus(*number),
            Value::Read => Written::Read,
        }
    }
}

impl Rule {
    fn new(condition: &Condition, texts: &mut Texts) -> Self {
        match condition {
            Condition::Missing => Rule::Missing,
            Condition::Present => Rule::Present,
            Condition::Text { text, not } => Rule::Is {
                constant: texts.constant(text),
                not: *not,
            },
            Condition::Number { comparison, bound } => Rule::Number {
                comparison: *comparison,
                bound: *bound,
            },
            Condition::Body { relation, text } => Rule::Body {
                relation: *relation,
                text: texts.number(text),
            },
            Condition::Status { comparison, bound } => Rule::Status {
                comparison: *comparison,
                bound: *bound,
            },
        }
    }

    /// Whether it holds for the value that was read, and for the last response.
    fn holds(self, read: Option<&Datum>, response: &LastResponse, texts: &Texts) -> bool {
        match self {
            Rule::Missing => read.is_none(),
            Rule::Present => read.is_some(),
            Rule::Is { constant, not } => read.is_some_and(|d| d.is(constant, texts)) != not,
            Rule::Number { comparison, bound } => {
                comparison.holds(read.map_or(0, Datum::number), bound)
            }
            Rule::Status { comparison, bound } => {
                comparison.holds(i64::from(response.status), bound)
            }
            Rule::Body { relation, text } => {
                let (body, text) = (response.body.as_slice(), texts.text(text).as_bytes());
                let contains = || memchr::memmem::find(body, text).is_some();
                match relation {
                    BodyRelation::Is => body == text,
                    BodyRelation::IsNot => body != text,
                    BodyRelation::Contains => contains(),
                    BodyRelation::Lacks => !contains(),
                }
            }
        }
    }
}

impl Course {
    /// Goes to the first step, knowing nothing, and draws what is to be drawn.
    pub fn begin(&mut self, program: &Steps, stream: &mut Stream) {
        self.at = 0;
        self.latest = None;
        self.response = LastResponse::default();
        self.counters.clear();
        self.counters.resize(program.counters, 0);
        self.known.clear();
        self.known.resize_with(program.placeholders.len(), || None);
        program.ranks.draw(stream, &mut self.ranks);
    }

    /// All that was to be drawn is this rank.
    pub fn set_rank(&mut self, rank: u32) {
        self.ranks.fill(rank);
    }

    /// The rank that was drawn for a key.
    pub fn rank(&self, program: &Steps, key: KeyIndex) -> Option<u32> {
        Some(self.ranks[program.rank_of[key]?])
    }

    /// Goes on to the next thing that takes time.
    pub fn next(&mut self, program: &Steps, stream: &mut Stream, texts: &Texts) -> Next {
        while let Some(instruction) = program.instructions.get(self.at) {
            self.at += 1;
            match *instruction {
                Instruction::Operate(operation) => return Next::Operation(operation),
                Instruction::Think(time) => return Next::Pause(time.sample(stream)),
                Instruction::Count { counter, times } => self.counters[counter] = times,
                Instruction::Again { counter, to } => {
                    self.counters[counter] -= 1;
                    if self.counters[counter] > 0 {
                        self.at = to;
                    }
                }
                Instruction::Unless { condition, to } => {
                    // What was not read, because a choice led past it, counts as missing.
                    let known = self.latest.and_then(|key| self.known[key].as_ref());
                    let value = known.and_then(|known| known.value.as_ref());
                    if !condition.holds(value, &self.response, texts) {
                        self.at = to;
                    }
                }
                Instruction::GoTo(to) => self.at = to,
                Instruction::CountOwn(name) => return Next::Count(name),
            }
        }
        Next::Over
    }

    /// A read has been answered.
    pub fn learn(&mut self, key: KeyIndex, known: Known) {
        self.known[key] = Some(known);
        self.latest = Some(key);
    }

    /// A request has been answered.
    pub fn learn_response(&mut self, response: &Response) {
        self.response = LastResponse {
            status: response.status,
            body: response.body.clone(),
        };
    }

    /// What was drawn.
    pub fn ranks(&self) -> &[u32] {
        &self.ranks
    }

    /// What a put writes, and the version from which that was derived, if it was.
    pub fn written(&self, key: KeyIndex, written: Written) -> (Datum, Option<u32>) {
        let known = self.known[key].as_ref();
        let base = known.map(|known| known.version);
        let value = known.and_then(|known| known.value.as_ref());
        match written {
            Written::Constant(constant) => (Datum::Constant(constant), None),
            Written::Read => (value.cloned().unwrap_or(Datum::Unknown), base),
            Written::ReadPlus(number) => {
                let number = value.map_or(0, Datum::number).wrapping_add(number);
                (Datum::Constant(Constant::Number(number)), base)
            }
        }
    }
}
