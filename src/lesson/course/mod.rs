//! The ten lessons, in order. Each file says all that a teacher says; what is measured in it is filled in.

mod choosing_a_ttl;
mod first_stale_read;
mod herd_at_expiry;
mod logout_that_comes_back;
mod new_key;
mod read_your_own_writes;
mod the_counter;
mod tiers_add_up;
mod ttl_against_load;
mod two_writers;

use super::{Change, Lesson, Measure, Move, Number, Of, Question, Seen};
use crate::report::format;
use crate::scenario::metric::{Metric, Statistic};
use crate::theory::Cache;

/// The course.
pub static COURSE: [Lesson; 10] = [
    first_stale_read::LESSON,
    ttl_against_load::LESSON,
    new_key::LESSON,
    tiers_add_up::LESSON,
    read_your_own_writes::LESSON,
    the_counter::LESSON,
    logout_that_comes_back::LESSON,
    herd_at_expiry::LESSON,
    two_writers::LESSON,
    choosing_a_ttl::LESSON,
];

/// A factor, as people say it: `2.0`, `122`.
fn factor(factor: f64) -> String {
    match factor {
        0.0..9.95 => format!("{factor:.1}"),
        _ => format!("{factor:.0}"),
    }
}

/// A number of things that a formula gives.
fn count(number: f64) -> String {
    format::whole(number.round() as u64)
}
