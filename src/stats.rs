//! Statistics over independent runs: means with Student-t intervals.
//!
//! Reads within a run are not independent (they share stale windows), so an interval never comes from
//! counting reads: each run gives one number, and the interval is over runs.

/// A number measured in one or more runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The mean over the runs that have the number.
    pub mean: f64,
    /// Half of the 95 % interval of the mean; `None` for a single run, which has no interval.
    pub half_width_95: Option<f64>,
}

impl Estimate {
    /// The estimate from one number per run; `None` if there is none.
    pub fn of(values: &[f64]) -> Option<Estimate> {
        let n = values.len();
        if n == 0 {
            return None;
        }
        let mean = values.iter().sum::<f64>() / n as f64;
        if n == 1 {
            return Some(Estimate {
                mean,
                half_width_95: None,
            });
        }
        let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1) as f64;
        let standard_error = libm::sqrt(variance / n as f64);
        let half_width_95 = Some(student_t_975(n as u32 - 1) * standard_error);
        Some(Estimate {
            mean,
            half_width_95,
        })
    }

    /// The ends of the interval; both are the mean where there is none.
    pub fn interval(self) -> (f64, f64) {
        let half = self.half_width_95.unwrap_or(0.0);
        (self.mean - half, self.mean + half)
    }
}

/// The 97.5 % quantile of Student's t with `degrees` of freedom (at least 1), to eight digits.
///
/// It inverts the distribution function, which for whole degrees is a finite sum (Abramowitz & Stegun,
/// *Handbook of Mathematical Functions*, 26.7.3 and 26.7.4), by bisection.
pub fn student_t_975(degrees: u32) -> f64 {
    let (mut low, mut high) = (1.9, 12.8);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if student_t_two_sided(middle, degrees) < 0.95 {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low + high) / 2.0
}

/// P(|T| ≤ t) for Student's T with whole degrees of freedom.
fn student_t_two_sided(t: f64, degrees: u32) -> f64 {
    let theta = libm::atan(t / libm::sqrt(f64::from(degrees)));
    let (sin, cos) = (libm::sin(theta), libm::cos(theta));
    let is_odd = degrees % 2 == 1;
    // The sum runs over the powers of the cosine with the parity of `degrees`, up to degrees - 2.
    let mut term = if is_odd { cos } else { 1.0 };
    let mut power = degrees % 2;
    let mut sum = 0.0;
    while power + 2 <= degrees {
        sum += term;
        term *= cos * cos * f64::from(power + 1) / f64::from(power + 2);
        power += 2;
    }
    if is_odd {
        (theta + sin * sum) / std::f64::consts::FRAC_PI_2
    } else {
        sin * sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tables: NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2.
    #[test]
    fn student_t_agrees_with_the_published_table() {
        let table = [
            (1, 12.706),
            (2, 4.303),
            (3, 3.182),
            (4, 2.776),
            (9, 2.262),
            (19, 2.093),
        ];
        let long = [(29, 2.045), (63, 1.998), (99, 1.984), (1000, 1.962)];
        for (degrees, quantile) in table.into_iter().chain(long) {
            assert!(
                (student_t_975(degrees) - quantile).abs() < 5.1e-4,
                "{degrees} degrees"
            );
        }
    }

    #[test]
    fn one_run_has_no_interval() {
        assert_eq!(
            Estimate::of(&[3.0]),
            Some(Estimate {
                mean: 3.0,
                half_width_95: None
            })
        );
        assert_eq!(Estimate::of(&[]), None);
    }

    #[test]
    fn interval_of_several_runs_is_student_t() {
        let estimate = Estimate::of(&[1.0, 2.0, 3.0, 4.0, 5.0]).expect("there are values");
        let expected = 2.7764 * libm::sqrt(2.5 / 5.0);
        assert!((estimate.half_width_95.expect("five runs") - expected).abs() < 1e-3);
    }
}
