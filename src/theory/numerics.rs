//! The little analysis that closed forms need: integrals that keep their digits, quadrature, bisection.

/// g(x) = ∫₀ˣ (1 − e^(−μa)) da = x − (1 − e^(−μx))/μ: the expected time for which a copy that was fresh is
/// stale after x; 0 where x is not positive.
pub(super) fn stale_time_s(writes_per_s: f64, x_s: f64) -> f64 {
    if x_s <= 0.0 {
        return 0.0;
    }
    let y = writes_per_s * x_s;
    if y < 1e-4 {
        // The difference of two nearly equal numbers; its Taylor series loses nothing.
        return x_s * y * (0.5 - y / 6.0 + y * y / 24.0);
    }
    x_s + libm::expm1(-y) / writes_per_s
}

/// G(x) = ∫₀ˣ g = x²/2 − x/μ + (1 − e^(−μx))/μ².
pub(super) fn stale_time_integral_s2(writes_per_s: f64, x_s: f64) -> f64 {
    if x_s <= 0.0 {
        return 0.0;
    }
    let y = writes_per_s * x_s;
    if y < 1e-3 {
        return x_s * x_s * y * (1.0 / 6.0 - y / 24.0 + y * y / 120.0);
    }
    x_s * x_s / 2.0 - stale_time_s(writes_per_s, x_s) / writes_per_s
}

/// The zero of a function that rises from below zero at `low` to above it at `high`.
pub(super) fn bisect(mut low: f64, mut high: f64, rising: impl Fn(f64) -> f64) -> f64 {
    // A double has 53 bits: more halvings change nothing.
    for _ in 0..60 {
        let middle = low + (high - low) / 2.0;
        if rising(middle) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    low + (high - low) / 2.0
}

/// The integral of a smooth function by Simpson's rule.
pub(super) fn integrate(from: f64, to: f64, function: impl Fn(f64) -> f64) -> f64 {
    const PANELS: u32 = 512;
    if to <= from {
        return 0.0;
    }
    let step = (to - from) / f64::from(2 * PANELS);
    let at = |index: u32| function(from + step * f64::from(index));
    let inner = (1..2 * PANELS).map(|index| at(index) * f64::from(2 + 2 * (index % 2)));
    (at(0) + inner.sum::<f64>() + at(2 * PANELS)) * step / 3.0
}

/// P(N > k) for a Poisson variable N of mean x: the regularised incomplete gamma function γ(k + 1, x)/Γ(k + 1)
/// (Abramowitz & Stegun, *Handbook of Mathematical Functions*, 6.5.13), summed over its tail.
pub(super) fn poisson_exceeds(k: u32, x: f64) -> f64 {
    let mut term = (1..=k + 1).fold(libm::exp(-x), |term, j| term * x / f64::from(j));
    let mut sum = 0.0;
    let mut j = k + 1;
    // Terms grow until j reaches x, then shrink.
    while f64::from(j) < x || term > sum * 1e-17 {
        sum += term;
        j += 1;
        term *= x / f64::from(j);
    }
    sum
}

/// What the tables of the tests hold: the formula's value to so many digits.
#[cfg(test)]
pub(super) fn assert_digits(value: f64, printed: f64, last_digit: f64) {
    assert!(
        (value - printed).abs() <= 0.5001 * last_digit,
        "{value} is printed as {printed}"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integrals_of_staleness_keep_their_digits_for_rare_writes() {
        for x in [0.9999e-4, 1.0001e-4, 0.9999e-3, 1.0001e-3] {
            let (g, cubic) = (stale_time_s(x, 1.0), x / 2.0 - x * x / 6.0);
            assert!((g / cubic - 1.0).abs() < 1e-6, "{x}");
            let (integral, quartic) = (stale_time_integral_s2(x, 1.0), x / 6.0 - x * x / 24.0);
            assert!((integral / quartic - 1.0).abs() < 1e-6, "{x}");
        }
    }

    #[test]
    fn quadrature_and_bisection_agree_with_what_is_known() {
        assert!((integrate(0.0, 2.0, libm::exp) - (libm::exp(2.0) - 1.0)).abs() < 1e-12);
        assert!((bisect(0.0, 2.0, |x| x * x - 2.0) - core::f64::consts::SQRT_2).abs() < 1e-15);
        assert!((poisson_exceeds(0, 0.1) - (1.0 - libm::exp(-0.1))).abs() < 1e-16);
        assert!((poisson_exceeds(3, 60.0) - 1.0).abs() < 1e-12);
    }
}
