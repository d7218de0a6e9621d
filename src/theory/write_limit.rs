//! The share of writes that a limit per key refuses.

use crate::scenario::WriteLimitRule;

/// Refused writes over attempts, for Poisson attempts and a limit of one write per `gap_s`: with
/// x = μ × gap, x/(1 + x) since the last accepted one and 1 − e^(−x) since the last attempt (counters with dead
/// time, non-paralysable and paralysable: G. Knoll, *Radiation Detection and Measurement*), and
/// 1 − (1 − e^(−x))/x where the first of each period of the clock is accepted.
pub fn rejected_ratio(rule: WriteLimitRule, attempts_per_s: f64, gap_s: f64) -> f64 {
    let x = attempts_per_s * gap_s;
    match rule {
        WriteLimitRule::SinceAccepted => x / (1.0 + x),
        WriteLimitRule::SinceAttempt => -libm::expm1(-x),
        WriteLimitRule::CalendarSecond => 1.0 + libm::expm1(-x) / x,
    }
}

#[cfg(test)]
mod tests {
    use super::super::numerics::assert_digits;
    use super::*;

    #[test]
    fn refused_shares_are_those_of_the_table() {
        let x = [0.1, 0.5, 1.0, 2.0, 5.0, 10.0];
        let accepted = [0.0909091, 0.3333333, 0.5, 0.6666667, 0.8333333, 0.9090909];
        let attempt = [
            0.0951626, 0.3934693, 0.6321206, 0.8646647, 0.9932621, 0.9999546,
        ];
        let calendar = [
            0.0483742, 0.2130613, 0.3678794, 0.5676676, 0.8013476, 0.9000045,
        ];
        let table = [
            (WriteLimitRule::SinceAccepted, accepted),
            (WriteLimitRule::SinceAttempt, attempt),
            (WriteLimitRule::CalendarSecond, calendar),
        ];
        for (rule, row) in table {
            for (x, printed) in x.into_iter().zip(row) {
                assert_digits(rejected_ratio(rule, x, 1.0), printed, 1e-7);
            }
        }
    }
}
