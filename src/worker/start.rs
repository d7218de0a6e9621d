//! The scripts of a scenario made ready to be started: each is compiled and started once, to see that it can be.

use crate::scenario::{PopIndex, Scenario, ScriptFile, WorkerIndex};
use crate::sim::program::{Program, Programs, ScriptError};
use crate::sim::random::Seed;
use crate::worker::{Environment, Isolate, Script, ScriptMistakes};

/// The Workers of a scenario.
#[derive(Debug)]
pub struct Workers {
    each: Vec<(Script, Environment)>,
    /// The codes of the PoPs, and their countries.
    pops: Vec<(String, Option<String>)>,
}

impl Workers {
    /// Makes the scripts of a scenario ready.
    ///
    /// # Errors
    ///
    /// Some are no module Workers: their syntax is wrong, their first lines throw, or they export no `fetch`.
    pub fn load(scenario: &Scenario) -> Result<Workers, ScriptMistakes> {
        let mut mistakes = Vec::new();
        let mut each = Vec::new();
        for worker in &scenario.workers {
            let ScriptFile { name, source, .. } = &worker.script;
            let environment = environment(scenario, each.len());
            let started = Script::load(name, source).and_then(|script| {
                Isolate::new(&script, &environment, Seed::of_run(0))?;
                Ok(script)
            });
            match started {
                Ok(script) => each.push((script, environment)),
                Err(error) => mistakes.push((worker.script.clone(), error)),
            }
        }
        let country = |city: &str| Some(city.rsplit_once(", ")?.1.to_owned());
        let pops = scenario.pops.iter();
        let pops = pops
            .map(|pop| (pop.code.clone(), country(&pop.city)))
            .collect();
        match mistakes.is_empty() {
            true => Ok(Workers { each, pops }),
            false => Err(ScriptMistakes::new(mistakes)),
        }
    }
}

fn environment(scenario: &Scenario, worker: WorkerIndex) -> Environment {
    let worker = &scenario.workers[worker];
    let bindings = worker.bindings.iter().enumerate();
    Environment {
        namespaces: bindings
            .map(|(number, (name, _))| (name.clone(), number as u32))
            .collect(),
        variables: worker.variables.clone(),
        enforce_published: scenario.enforce_limits,
        epoch_ms: scenario.epoch_s() * 1000,
        ..Environment::default()
    }
}

impl Programs for Workers {
    fn start(
        &self,
        worker: WorkerIndex,
        pop: PopIndex,
        seed: Seed,
    ) -> Result<Box<dyn Program>, ScriptError> {
        let (script, environment) = &self.each[worker];
        let (code, country) = self.pops[pop].clone();
        let environment = Environment {
            colo: Some(code),
            country,
            ..environment.clone()
        };
        Ok(Box::new(Isolate::new(script, &environment, seed)?))
    }
}
