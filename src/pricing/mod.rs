//! What the traffic would cost on the platform, by its published prices.
//!
//! Prices and quotas are those of Cloudflare's documentation (`partials/workers/kv_pricing.mdx` of
//! cloudflare-docs, shown on developers.cloudflare.com/kv/platform/pricing). Every read is billed, whether it
//! hits a cache, misses, or finds nothing; so are each put, each delete and each page of a list. The
//! documentation does not say whether refused writes and background refreshes are billed: they are not here.
//! Nor does it say whether usage is rounded up to whole millions, as it is for R2: both amounts are given.

pub mod quota;

use crate::observe::findings::Tally;
use crate::scenario::Plan;
use crate::units::Duration;
use quota::{Exhausted, Traffic};

/// The length of the month a bill is for, which is the documentation's own.
pub const DAYS_BILLED: u32 = 30;
/// The paid plan itself, once per account and month.
pub const PLAN_USD: Usd = Usd::from_cents(500);
/// Included each month, and the price of a million more.
pub const READS: Price = Price::per_million(10_000_000, Usd::from_cents(50));
/// Likewise for puts.
pub const WRITES: Price = Price::per_million(1_000_000, Usd::from_cents(500));
/// Likewise for deletes.
pub const DELETES: Price = Price::per_million(1_000_000, Usd::from_cents(500));
/// Likewise for pages of lists.
pub const LISTS: Price = Price::per_million(1_000_000, Usd::from_cents(500));
/// Bytes included each month, and the price of a gigabyte (10^9 bytes) more.
pub const STORAGE: Price = Price {
    included: BYTES_PER_GB,
    block: BYTES_PER_GB,
    usd_per_block: Usd::from_cents(50),
};
/// Reads a day on the free plan; its counters go back to zero at 00:00 UTC.
pub const FREE_READS_PER_DAY: u64 = 100_000;
/// Puts a day on the free plan; as many deletes; as many pages of lists.
pub const FREE_WRITES_PER_DAY: u64 = 1_000;
/// What the free plan stores.
pub const FREE_BYTES: u64 = BYTES_PER_GB;

const BYTES_PER_GB: u64 = 1_000_000_000;
const DAY_NS: i64 = 86_400_000_000_000;

/// An amount of money in ten-thousand-millionths of a US dollar: a single read and a single byte cost whole
/// ones, so that sums are exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Usd(u128);

/// What an item costs: so much is included, each further block has a price.
#[derive(Clone, Copy, Debug)]
pub struct Price {
    included: u64,
    block: u64,
    usd_per_block: Usd,
}

/// What is billed in a month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Keys read.
    pub reads: u64,
    /// Accepted puts.
    pub writes: u64,
    /// Accepted deletes.
    pub deletes: u64,
    /// Pages of lists.
    pub lists: u64,
    /// Bytes stored.
    pub storage_bytes: u64,
}

/// What a scenario's traffic costs in a month.
#[derive(Clone, Debug, PartialEq)]
pub struct Bill {
    /// The plan whose bill is shown first.
    pub plan: Plan,
    /// What is billed.
    pub usage: Usage,
    /// When each quota of the free plan runs out.
    pub exhausted: Exhausted,
    /// The paid plan, item by item.
    pub lines: Vec<Line>,
}

/// An item of the paid plan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// What is paid for: `plan`, `reads`, `writes`, `deletes`, `lists` or `storage_gb`.
    pub item: &'static str,
    /// How many were used; bytes for storage.
    pub units: u64,
    /// How many are included; bytes for storage.
    pub included: u64,
    /// The exact price of the rest.
    pub usd: Usd,
    /// The price with the rest rounded up to whole millions, or to whole gigabytes.
    pub usd_rounded_up: Usd,
}

impl Usd {
    const PER_DOLLAR: u128 = 10_000_000_000;

    const fn from_cents(cents: u128) -> Usd {
        Usd(cents * (Usd::PER_DOLLAR / 100))
    }

    /// The amount in dollars.
    pub fn dollars(self) -> f64 {
        self.0 as f64 / Usd::PER_DOLLAR as f64
    }
}

impl std::iter::Sum for Usd {
    fn sum<I: Iterator<Item = Usd>>(amounts: I) -> Usd {
        Usd(amounts.map(|Usd(amount)| amount).sum())
    }
}

impl Price {
    const fn per_million(included: u64, usd_per_block: Usd) -> Price {
        Price {
            included,
            block: 1_000_000,
            usd_per_block,
        }
    }

    fn line(self, item: &'static str, units: u64) -> Line {
        let over = units.saturating_sub(self.included);
        let Usd(per_block) = self.usd_per_block;
        Line {
            item,
            units,
            included: self.included,
            usd: Usd(u128::from(over) * per_block / u128::from(self.block)),
            usd_rounded_up: Usd(u128::from(over.div_ceil(self.block)) * per_block),
        }
    }
}

impl Usage {
    /// The month's usage at the mean traffic of `runs` runs of `duration` that are pooled in `tally`, to whole
    /// operations.
    pub fn scaled(tally: &Tally, runs: usize, duration: Duration, stored_bytes: f64) -> Usage {
        let scale =
            f64::from(DAYS_BILLED) * DAY_NS as f64 / (duration.0 as f64 * runs.max(1) as f64);
        let scaled = |count: u64| (count as f64 * scale).round() as u64;
        Usage {
            reads: scaled(tally.reads),
            writes: scaled(accepted_puts(tally)),
            deletes: scaled(accepted_deletes(tally)),
            lists: scaled(tally.list_pages),
            storage_bytes: stored_bytes.round() as u64,
        }
    }

    /// What the paid plan charges for it, item by item.
    pub fn lines(&self) -> Vec<Line> {
        let plan = Line {
            item: "plan",
            units: 1,
            included: 0,
            usd: PLAN_USD,
            usd_rounded_up: PLAN_USD,
        };
        vec![
            plan,
            READS.line("reads", self.reads),
            WRITES.line("writes", self.writes),
            DELETES.line("deletes", self.deletes),
            LISTS.line("lists", self.lists),
            STORAGE.line("storage_gb", self.storage_bytes),
        ]
    }

    /// The bytes stored, in gigabytes of 10^9 bytes.
    pub fn storage_gb(&self) -> f64 {
        self.storage_bytes as f64 / BYTES_PER_GB as f64
    }
}

impl Line {
    /// An amount of this item in the unit it is billed by: gigabytes for storage, else operations.
    pub fn in_billed_unit(&self, amount: u64) -> f64 {
        if self.item == "storage_gb" {
            amount as f64 / BYTES_PER_GB as f64
        } else {
            amount as f64
        }
    }
}

impl Bill {
    /// The bill for this traffic, and for so many bytes stored.
    pub fn of(traffic: &Traffic, stored_bytes: f64, plan: Plan) -> Bill {
        let mut tally = Tally::default();
        for class in traffic.findings.classes.iter().flatten() {
            tally.merge(&class.tally);
        }
        let usage = Usage::scaled(&tally, traffic.runs, traffic.duration, stored_bytes);
        Bill {
            plan,
            usage,
            exhausted: Exhausted::by(traffic, &tally, &usage),
            lines: usage.lines(),
        }
    }

    /// The exact sum of the paid plan.
    pub fn paid_usd(&self) -> Usd {
        self.lines.iter().map(|line| line.usd).sum()
    }

    /// The sum of the paid plan with each item rounded up.
    pub fn paid_usd_rounded_up(&self) -> Usd {
        self.lines.iter().map(|line| line.usd_rounded_up).sum()
    }
}

fn accepted_puts(tally: &Tally) -> u64 {
    tally.writes + tally.rejected_deletes - tally.rejected_writes
}

fn accepted_deletes(tally: &Tally) -> u64 {
    tally.deletes - tally.rejected_deletes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bill(usage: Usage) -> (f64, f64) {
        let lines = usage.lines();
        let exact: Usd = lines.iter().map(|line| line.usd).sum();
        let rounded: Usd = lines.iter().map(|line| line.usd_rounded_up).sum();
        (exact.dollars(), rounded.dollars())
    }

    const M: u64 = 1_000_000;

    fn usage(reads: u64, writes: u64, deletes: u64, storage_bytes: u64) -> Usage {
        Usage {
            reads,
            writes,
            deletes,
            lists: 0,
            storage_bytes,
        }
    }

    #[test]
    fn bills_of_known_scenarios() {
        let gb = BYTES_PER_GB;
        let config = usage(100 * M, 2 * M, 0, 5 * gb);
        assert_eq!(bill(config), (57.0, 57.0));
        let sessions = usage(1_000 * M, 10 * M, M, 20 * gb);
        assert_eq!(bill(sessions), (554.5, 554.5));
        let counter = usage(50 * M, 50 * M, 0, gb);
        assert_eq!(bill(counter), (270.0, 270.0));
        let small = usage(5 * M, M / 2, 0, gb / 2);
        assert_eq!(bill(small), (5.0, 5.0));
        let boundary = usage(10 * M + 1, M, 0, gb);
        assert_eq!(bill(boundary), (5.000_000_5, 5.5));
    }

    #[test]
    fn each_item_has_its_own_price() {
        let one_over = Usage {
            reads: READS.included + 1,
            writes: WRITES.included + 1,
            deletes: DELETES.included + 1,
            lists: LISTS.included + 1,
            storage_bytes: STORAGE.included + 1,
        };
        let of = |item: &str| {
            let lines = one_over.lines();
            let line = lines
                .iter()
                .find(|line| line.item == item)
                .expect("is an item");
            (line.usd.dollars(), line.usd_rounded_up.dollars())
        };
        assert_eq!(of("plan"), (5.0, 5.0));
        assert_eq!(of("reads"), (0.000_000_5, 0.5));
        assert_eq!(of("writes"), (0.000_005, 5.0));
        assert_eq!(of("deletes"), (0.000_005, 5.0));
        assert_eq!(of("lists"), (0.000_005, 5.0));
        assert_eq!(of("storage_gb"), (0.000_000_000_5, 0.5));
    }

    #[test]
    fn a_month_has_thirty_days_and_refused_writes_are_free() {
        let tally = Tally {
            reads: 600,
            writes: 10,
            deletes: 5,
            rejected_writes: 4,
            rejected_deletes: 1,
            ..Tally::default()
        };
        let usage = Usage::scaled(&tally, 2, Duration::from_secs(3600), 288.0);
        assert_eq!(usage.reads, 600 / 2 * 24 * 30);
        assert_eq!(usage.writes, 7 * 12 * 30);
        assert_eq!(usage.deletes, 4 * 12 * 30);
        assert_eq!(usage.storage_bytes, 288);
    }
}
