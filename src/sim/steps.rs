//! Clients' steps made ready to be taken: a list of instructions, and how far somebody has come in it.

use super::message::RequestForm;
use super::network::DelaySampler;
use super::random::Stream;
use super::ranks::Ranks;
use crate::scenario::keyspace::Keyspace;
use crate::scenario::{
    Client, Comparison, Condition, Delay, Distribution, KeyIndex, Placeholder, Scenario, Step,
    Value, WorkerIndex,
};
use crate::units::{Duration, Size};

/// What a program's values are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Datum {
    /// Nobody has said.
    Unknown,
    /// A number.
    Number(i64),
    /// A text, by its number among those of the scenario.
    Text(u32),
}

impl Datum {
    /// As a number: whatever is none counts as 0.
    fn number(self) -> i64 {
        match self {
            Datum::Number(number) => number,
            Datum::Unknown | Datum::Text(_) => 0,
        }
    }
}

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
    Datum(Datum),
    /// What was last read of the key.
    Read,
    /// Likewise as a number, plus this.
    ReadPlus(i64),
}

#[derive(Clone, Copy, Debug)]
enum Rule {
    Missing,
    Present,
    Is { datum: Datum, not: bool },
    Number { comparison: Comparison, bound: i64 },
    Status { comparison: Comparison, bound: i64 },
}

/// What came of a read, as the client knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The version.
    pub version: u32,
    /// Its value; `None` if there is none.
    pub value: Option<Datum>,
}

/// What was not read, because a choice led past it, counts as missing.
const UNREAD: Known = Known {
    version: 0,
    value: None,
};

/// How far somebody has come in a program, and what they know.
#[derive(Debug, Default)]
pub struct Course {
    at: usize,
    counters: Vec<u32>,
    /// By key: what was last read.
    known: Vec<Option<Known>>,
    /// By the last get of all.
    latest: Option<Known>,
    /// What was drawn.
    ranks: Vec<u32>,
    /// Of the last response; 0 before the first.
    status: u16,
}

/// What comes next in a program.
#[derive(Clone, Copy, Debug)]
pub enum Next {
    /// Somebody has to operate.
    Operation(Operation),
    /// Nothing for a while.
    Pause(Duration),
    /// All steps were taken.
    Over,
}

impl Steps {
    /// Makes the steps of every client ready.
    pub fn all(scenario: &Scenario, keyspace: &Keyspace) -> Vec<Steps> {
        let mut texts = Vec::new();
        let clients = scenario.clients.iter();
        clients
            .map(|client| Steps::new(client, keyspace, &mut texts))
            .collect()
    }

    fn new(client: &Client, keyspace: &Keyspace, texts: &mut Vec<String>) -> Self {
        let mut program = Steps {
            instructions: Vec::new(),
            counters: 0,
            placeholders: client.keys.iter().map(|key| key.placeholder).collect(),
            ranks: Ranks::default(),
            rank_of: Vec::new(),
            think: client.think().map(sampler),
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

    fn add_all(
        &mut self,
        steps: &[Step],
        depth: usize,
        keyspace: &Keyspace,
        texts: &mut Vec<String>,
    ) {
        for step in steps {
            self.add(step, depth, keyspace, texts);
        }
    }

    fn add(&mut self, step: &Step, depth: usize, keyspace: &Keyspace, texts: &mut Vec<String>) {
        let operation = match *step {
            Step::Get { key, cache_ttl } => Operation::Get { key, cache_ttl },
            Step::Put {
                key,
                ref value,
                value_size: size,
                expiration_ttl,
                ..
            } => Operation::Put {
                key,
                written: Written::new(value, texts),
                size,
                expiration_ttl,
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
            Step::Think(ref time) => {
                return self.instructions.push(Instruction::Think(sampler(time)));
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
        texts: &mut Vec<String>,
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
    fn new(value: &Value, texts: &mut Vec<String>) -> Self {
        match value {
            Value::Text(text) => Written::Datum(number_text(text, texts)),
            Value::Number(number) => Written::Datum(Datum::Number(*number)),
            Value::ReadPlus(number) => Written::ReadPlus(*number),
            Value::Read => Written::Read,
        }
    }
}

impl Rule {
    fn new(condition: &Condition, texts: &mut Vec<String>) -> Self {
        match condition {
            Condition::Missing => Rule::Missing,
            Condition::Present => Rule::Present,
            Condition::Text { text, not } => Rule::Is {
                datum: number_text(text, texts),
                not: *not,
            },
            Condition::Number { comparison, bound } => Rule::Number {
                comparison: *comparison,
                bound: *bound,
            },
            Condition::Status { comparison, bound } => Rule::Status {
                comparison: *comparison,
                bound: *bound,
            },
        }
    }

    /// Whether it holds for what was read, and for the status of the last response.
    fn holds(self, known: Known, status: u16) -> bool {
        match self {
            Rule::Status { comparison, bound } => comparison.holds(i64::from(status), bound),
            Rule::Missing => known.value.is_none(),
            Rule::Present => known.value.is_some(),
            Rule::Is { datum, not } => (known.value == Some(datum)) != not,
            Rule::Number { comparison, bound } => {
                let number = known.value.map_or(0, Datum::number);
                comparison.holds(number, bound)
            }
        }
    }
}

/// A text by its number; one that spells a number is that.
fn number_text(text: &str, texts: &mut Vec<String>) -> Datum {
    if let Ok(number) = text.parse::<i64>()
        && number.to_string() == text
    {
        return Datum::Number(number);
    }
    let known = texts.iter().position(|known| known == text);
    Datum::Text(known.unwrap_or_else(|| {
        texts.push(text.to_owned());
        texts.len() - 1
    }) as u32)
}

/// A length of time ready to be drawn from.
fn sampler(time: &Distribution<Duration>) -> DelaySampler {
    DelaySampler::new(&match *time {
        Distribution::Constant(constant) => Delay {
            constant,
            random: None,
        },
        random => Delay {
            constant: Duration::ZERO,
            random: Some(random),
        },
    })
}

impl Course {
    /// Goes to the first step, knowing nothing, and draws what is to be drawn.
    pub fn begin(&mut self, program: &Steps, stream: &mut Stream) {
        self.at = 0;
        self.latest = None;
        self.status = 0;
        self.counters.clear();
        self.counters.resize(program.counters, 0);
        self.known.clear();
        self.known.resize(program.placeholders.len(), None);
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
    pub fn next(&mut self, program: &Steps, stream: &mut Stream) -> Next {
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
                    let known = self.latest.unwrap_or(UNREAD);
                    if !condition.holds(known, self.status) {
                        self.at = to;
                    }
                }
                Instruction::GoTo(to) => self.at = to,
            }
        }
        Next::Over
    }

    /// A read has been answered.
    pub fn learn(&mut self, key: KeyIndex, known: Known) {
        self.known[key] = Some(known);
        self.latest = Some(known);
    }

    /// What a put writes, and the version from which that was derived, if it was.
    pub fn written(&self, key: KeyIndex, written: Written) -> (Datum, Option<u32>) {
        let known = self.known[key];
        let base = known.map(|known| known.version);
        let value = known.unwrap_or(UNREAD).value;
        match written {
            Written::Datum(datum) => (datum, None),
            Written::Read => (value.unwrap_or(Datum::Unknown), base),
            Written::ReadPlus(number) => {
                let read = value.map_or(0, Datum::number);
                (Datum::Number(read.wrapping_add(number)), base)
            }
        }
    }
}
