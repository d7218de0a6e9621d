//! Where PoPs, tiers and the store are, and how long the ways between them take.

use super::{SECOND, VISITORS, constant, drawn, ms, scenario, world};
use kvlag::scenario::{Delay, Distribution, Link, Node, Scenario, TierAge};
use kvlag::units::Size;

#[test]
fn pops_are_all_a_region_or_a_list_of_either() {
    let count = |pops: &str| {
        scenario(&format!("duration = \"1m\"\npops = {pops}\n{VISITORS}"))
            .pops
            .len()
    };
    let all = count("\"all\"");
    let europe = count("\"region:WEUR\"");
    assert!(all >= 300 && europe > 10 && europe < all);
    assert_eq!(count("[\"region:WEUR\", \"SYD\"]"), europe + 1);
    assert_eq!(count("[\"LHR\"]"), 1);
}

#[test]
fn pops_of_ones_own_follow_in_the_order_of_the_file() {
    let scenario = world(
        "[pop.ZOO]\nnear = \"AMS\"\n[pop.LHR]\nto-store = \"5ms\"\n[pop.ATTIC]\nto-store = \"9ms\"\n",
    );
    let codes: Vec<&str> = scenario.pops.iter().map(|pop| pop.code.as_str()).collect();
    assert_eq!(codes, ["LHR", "SYD", "ZOO", "ATTIC"]);
    // An override keeps the place; a PoP known by its delays alone has none.
    assert!(scenario.pops[0].place.is_some());
    assert_eq!(scenario.pops[0].direct.up, constant(ms(5)));
    assert_eq!(
        (scenario.pops[3].place, scenario.pops[3].city.as_str()),
        (None, "")
    );
    let alone = self::scenario(&format!("duration = \"1m\"\n[pop.FRA]\n{VISITORS}"));
    assert_eq!(alone.pops[0].city, "Frankfurt, DE");
}

#[test]
fn delays_follow_from_geography_with_constant_and_jitter() {
    let plain = world("[pop.IAD]\n");
    let link = |scenario: &Scenario, pop: usize| scenario.pops[pop].direct.clone();
    // At the store's own place the distance is zero, and the constant stays.
    assert_eq!(link(&plain, 2).up, constant(ms(1)));
    let far = link(&plain, 0);
    assert_eq!(far.up, far.down);
    assert!(far.up.constant > ms(30));
    let settings =
        "[pop.IAD]\n[network]\ninflation = \"0%\"\nper-link = \"4ms\"\njitter = \"3ms\"\n";
    assert_eq!(link(&world(settings), 0).up, constant(ms(7)));
    let jittery = world("[network]\njitter = { uniform = { min = \"1ms\", max = \"2ms\" } }\n");
    let random = Distribution::Uniform {
        min: ms(1),
        max: ms(2),
    };
    assert_eq!(
        link(&jittery, 0).up,
        Delay {
            constant: far.up.constant,
            random: Some(random)
        }
    );
    let paths = plain
        .pops
        .iter()
        .all(|pop| pop.path.len() == 1 && pop.path[0].link == pop.direct);
    assert!(paths, "without tiers reads and writes take the same way");
}

#[test]
fn delays_are_constants_or_one_of_three_distributions() {
    for (written, expected) in [
        ("\"40ms\"", constant(ms(40))),
        (
            "{ lognormal = { p50 = \"40ms\", p99 = \"60ms\" } }",
            drawn(Distribution::Lognormal {
                p50: ms(40),
                p99: ms(60),
            }),
        ),
        (
            "{ exponential = { mean = \"5ms\" } }",
            drawn(Distribution::Exponential { mean: ms(5) }),
        ),
        (
            "{ uniform = { min = \"0ms\", max = \"5ms\" } }",
            drawn(Distribution::Uniform {
                min: ms(0),
                max: ms(5),
            }),
        ),
    ] {
        let scenario = world(&format!("[pop.LAB]\nto-store = {written}\n"));
        assert_eq!(scenario.pops[2].direct.up, expected);
        assert_eq!(scenario.pops[2].direct.down, expected);
    }
}

#[test]
fn a_link_serves_both_ways_unless_the_reverse_is_given() {
    let both = world("[[link]]\nfrom = \"LHR\"\nto = \"IAD\"\none-way = \"30ms\"\n");
    let one_delay = Link {
        up: constant(ms(30)),
        down: constant(ms(30)),
    };
    assert_eq!(both.pops[0].direct, one_delay);
    let reverse_only = world("[[link]]\nfrom = \"IAD\"\nto = \"LHR\"\none-way = \"30ms\"\n");
    assert_eq!(reverse_only.pops[0].direct, one_delay);
    let each = world(
        "[[link]]\nfrom = \"LHR\"\nto = \"IAD\"\none-way = \"30ms\"\n\
         [[link]]\nfrom = \"IAD\"\nto = \"LHR\"\none-way = \"50ms\"\n",
    );
    assert_eq!(each.pops[0].direct.up, constant(ms(30)));
    assert_eq!(each.pops[0].direct.down, constant(ms(50)));
    // A PoP of one's own may be known by its link alone.
    let own = world("[pop.LAB]\n[[link]]\nfrom = \"LAB\"\nto = \"IAD\"\none-way = \"9ms\"\n");
    assert_eq!(own.pops[2].direct.up, constant(ms(9)));
}

#[test]
fn tiers_form_a_tree_of_nearest_places_unless_via_says_otherwise() {
    let tiers = "[[tier]]\nname = \"near\"\nat = [\"SIN\", \"FRA\", \"LAX\"]\n\
                 [[tier]]\nname = \"far\"\nat = [\"ORD\", \"AMS\"]\nkeep = \"5m\"\nage = \"restarted\"\n";
    let scenario = world(&format!("{tiers}[pop.EWR]\nvia = [\"FRA\"]\n"));
    let way =
        |pop: usize| -> Vec<Node> { scenario.pops[pop].path.iter().map(|hop| hop.to).collect() };
    let tier = |tier, place| Node::Tier { tier, place };
    assert_eq!(way(0), [tier(0, 1), tier(1, 1), Node::Store]);
    // From Singapore, not from Sydney, Amsterdam is nearer than Chicago.
    assert_eq!(way(1), [tier(0, 0), tier(1, 1), Node::Store]);
    // `via` names the first; the rest is nearest to that.
    assert_eq!(way(2), [tier(0, 1), tier(1, 1), Node::Store]);
    assert_eq!(scenario.tiers[0].keep, SECOND * 60);
    assert_eq!(scenario.tiers[0].age, TierAge::Carried);
    assert_eq!(scenario.tiers[1].keep, SECOND * 300);
    assert_eq!(scenario.tiers[1].age, TierAge::Restarted);
    // Writes go straight to the store.
    assert_eq!(scenario.pops[0].direct, world("").pops[0].direct);
}

#[test]
fn writes_of_a_pop_without_a_place_take_the_sum_or_a_link() {
    let tier = "[[tier]]\nname = \"t\"\nat = [\"FRA\"]\n[pop.LAB]\nto-store = \"100ms\"\nfrom-store = \"200ms\"\n";
    let link =
        "[[link]]\nfrom = \"FRA\"\nto = \"IAD\"\none-way = { exponential = { mean = \"40ms\" } }\n";
    let sum = world(&format!("{tier}{link}"));
    let random = Some(Distribution::Exponential { mean: ms(40) });
    assert_eq!(
        sum.pops[2].direct,
        Link {
            up: Delay {
                constant: ms(100),
                random
            },
            down: Delay {
                constant: ms(200),
                random
            },
        }
    );
    let direct = "[[link]]\nfrom = \"LAB\"\nto = \"IAD\"\none-way = \"7ms\"\n";
    let given = world(&format!("{tier}{link}{direct}"));
    assert_eq!(given.pops[2].direct.down, constant(ms(7)));
    assert_eq!(given.pops[2].path[0].link.up, constant(ms(100)));
}

#[test]
fn store_and_tiers_may_be_at_pops_of_ones_own() {
    let scenario = world(
        "[pop.HOME]\nnear = \"AMS\"\n[store]\nat = \"HOME\"\n[[tier]]\nname = \"t\"\nat = [\"HOME\"]\n",
    );
    assert_eq!(scenario.store.at, "HOME");
    assert_eq!(scenario.pops[2].path[1].link.up, constant(ms(1)));
}

#[test]
fn bandwidth_is_unlimited_or_a_size_per_time() {
    let scenario = world("[network]\nbandwidth = \"100MiB/s\"\n");
    let bandwidth = scenario.bandwidth.expect("it is limited");
    assert_eq!(bandwidth.time_for(Size(100 << 20)), SECOND);
    assert_eq!(world("[network]\nbandwidth = \"none\"\n").bandwidth, None);
}
