//! From places to delays: the great circle between two places, and the one-way delay modelled on it.

use super::Place;
use crate::units::{Duration, Share};

/// The mean radius of the Earth, (2a + b)/3 of the GRS 80 ellipsoid. A sphere of it is at most 0.6 % off in
/// any distance, which is nothing beside what [`DEFAULT_INFLATION`] stands for.
const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// How fast light travels in a fibre: two thirds of its speed in a vacuum.
const FIBRE_SPEED_M_PER_S: f64 = 299_792_458.0 * 2.0 / 3.0;

/// How much longer the path is than the great circle where a scenario does not say (`inflation`).
pub const DEFAULT_INFLATION: Share = Share(1.6);

/// What every link adds to the time of travel where a scenario does not say (`per-link`).
pub const DEFAULT_PER_LINK: Duration = Duration::from_millis(1);

/// The length of the shortest way over the globe, in metres.
///
/// Sines and roots come from `libm`, which computes them in the same steps on every machine; the standard
/// library hands them to the platform.
pub fn great_circle_m(from: Place, to: Place) -> f64 {
    let half_chord_squared = |from_degrees: f64, to_degrees: f64| {
        let sine = libm::sin((to_degrees - from_degrees).to_radians() / 2.0);
        sine * sine
    };
    let cosines = libm::cos(from.latitude.to_radians()) * libm::cos(to.latitude.to_radians());
    let haversine = half_chord_squared(from.latitude, to.latitude)
        + cosines * half_chord_squared(from.longitude, to.longitude);
    // Between antipodes rounding may carry the haversine past 1, where the arcsine ends.
    2.0 * EARTH_RADIUS_M * libm::asin(libm::sqrt(haversine).min(1.0))
}

/// How long a message travels one way: the great circle times `inflation` at two thirds of the speed of
/// light, plus `per_link`.
///
/// The travel is rounded to whole microseconds. That is far below what the model is worth, prints well, and
/// keeps a last bit that some other arithmetic would set otherwise from changing a simulation.
pub fn one_way(from: Place, to: Place, inflation: Share, per_link: Duration) -> Duration {
    let seconds = great_circle_m(from, to) * inflation.0 / FIBRE_SPEED_M_PER_S;
    Duration((seconds * 1e6).round() as i64 * 1_000) + per_link
}

#[cfg(test)]
mod tests {
    use super::super::catalogue;
    use super::*;

    fn place(code: &str) -> Place {
        catalogue::find(code).expect(code).place
    }

    #[test]
    fn known_great_circles_come_out() {
        let equator = |longitude| Place {
            latitude: 0.0,
            longitude,
        };
        let half_way_round = std::f64::consts::PI * EARTH_RADIUS_M;
        let antipodes = great_circle_m(equator(0.0), equator(180.0));
        assert!((antipodes - half_way_round).abs() < 1.0, "{antipodes}");
        let over_the_date_line = great_circle_m(equator(179.5), equator(-179.5));
        let one_degree = half_way_round / 180.0;
        assert!((over_the_date_line - one_degree).abs() < 1.0);
        // Airline tables, which reckon on the ellipsoid: hence half a percent of room.
        for (from, to, kilometres) in [
            ("LHR", "SYD", 17_020.0),
            ("LHR", "IAD", 5_915.0),
            ("SIN", "NRT", 5_350.0),
            ("GRU", "JNB", 7_440.0),
        ] {
            let modelled = great_circle_m(place(from), place(to)) / 1_000.0;
            assert!(
                (modelled / kilometres - 1.0).abs() < 0.005,
                "{from}-{to}: {modelled}"
            );
        }
    }

    #[test]
    fn both_directions_take_equally_long_to_the_last_bit() {
        for from in catalogue::pops() {
            for to in catalogue::pops() {
                let there = great_circle_m(from.place, to.place);
                let back = great_circle_m(to.place, from.place);
                assert_eq!(there.to_bits(), back.to_bits());
            }
        }
    }

    #[test]
    fn a_link_to_the_same_place_takes_the_constant_alone() {
        let here = place("FRA");
        assert_eq!(great_circle_m(here, here), 0.0);
        let constant = Duration(1_234_567);
        assert_eq!(one_way(here, here, Share(1.6), constant), constant);
    }

    #[test]
    fn delay_is_distance_over_fibre_speed_times_inflation_plus_the_constant() {
        let (from, to) = (place("LHR"), place("IAD"));
        let straight = one_way(from, to, Share(1.0), Duration::ZERO);
        let expected_ms = great_circle_m(from, to) / 199_861_638.67 * 1e3;
        assert!((straight.as_millis_f64() - expected_ms).abs() < 0.001);
        let inflated = one_way(from, to, Share(2.0), Duration::from_millis(3));
        let twice = straight * 2 + Duration::from_millis(3);
        assert!((inflated - twice).0.abs() <= 1_000);
    }

    #[test]
    fn travel_is_whole_microseconds() {
        for pop in catalogue::pops() {
            let delay = one_way(pop.place, place("IAD"), DEFAULT_INFLATION, DEFAULT_PER_LINK);
            assert_eq!(delay.0 % 1_000, 0, "{}", pop.code);
        }
    }
}
