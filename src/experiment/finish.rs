//! The end of a run: what its threads have found is summed, completed and told in numbers, class by class, on all
//! cores.

use super::parallel;
use crate::observe::findings::{Class, Findings};
use crate::observe::summary::Summary;
use crate::observe::{conservation, counting};
use crate::sim::world::World;

/// Sums the parts of a run, draws the hits that were counted, and gives the run's numbers beside.
///
/// # Panics
///
/// If there is no part, or if a conservation law of the simulator is broken.
pub fn finish(
    mut parts: Vec<Findings>,
    world: &World,
    run_seed: u64,
    threads: usize,
) -> (Findings, Summary<f64>) {
    let classes = parallel::map(threads, by_class(&mut parts), |(index, parts)| {
        let mut class = sum(parts)?;
        let drawn = counting::draw_class(&mut class, world, index, run_seed);
        Some((class, drawn))
    });
    let mut drawn = counting::Drawn::default();
    let classes = classes.into_iter().map(|class| {
        let (class, more) = class?;
        drawn.add(more);
        Some(class)
    });
    let classes = classes.collect();
    let mut findings = Findings::sum(parts, classes);
    counting::complete(&mut findings, drawn, world, run_seed);
    conservation::assert_laws(&findings, world);
    let summary = Summary::with(&findings, |scopes, numbers| {
        parallel::map(threads, scopes, numbers)
    });
    (findings, summary)
}

/// Takes the classes out of all parts: each with its index and what every part has of it.
fn by_class(parts: &mut [Findings]) -> Vec<(usize, Vec<Option<Box<Class>>>)> {
    let mut classes = Vec::new();
    for part in parts {
        let of_part = std::mem::take(&mut part.classes);
        classes.resize_with(of_part.len(), Vec::new);
        for (class, part) in classes.iter_mut().zip(of_part) {
            class.push(part);
        }
    }
    classes.into_iter().enumerate().collect()
}

/// The sum of a class's parts, if there are any.
fn sum(parts: Vec<Option<Box<Class>>>) -> Option<Box<Class>> {
    let add = |mut sum: Box<Class>, part: Box<Class>| {
        sum.merge(&part);
        sum
    };
    parts.into_iter().flatten().reduce(add)
}
