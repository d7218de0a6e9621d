//! The keys that clients' steps name: ranked ones, one for each PoP, and those of clients that nobody has counted.

use super::{KeyGroup, KeyId, Keyspace};
use crate::scenario::{
    Client, ClientIndex, ClientStart, KeyIndex, KeyPattern, Placeholder, Scenario,
};
use std::collections::BTreeSet;

/// Where the keys of a client's pattern are.
#[derive(Clone, Debug)]
pub(super) enum ClientKeys {
    /// One after the other.
    Ranked { first: u32, count: u32 },
    /// Numbers below `count` are ranked, all others endless.
    Endless { first: u32, count: u32, family: u32 },
    /// By PoP.
    AtPops(Vec<KeyId>),
}

impl Keyspace {
    pub(super) fn resolve_pattern(
        &mut self,
        scenario: &Scenario,
        client: &Client,
        key: &KeyPattern,
    ) -> ClientKeys {
        if !matches!(
            key.placeholder,
            Some(Placeholder::Client | Placeholder::Rank { .. })
        ) {
            let names = key.names_at_pops(scenario);
            let find = |name: String| self.find(&name).expect("every key of a client is numbered");
            return ClientKeys::AtPops(names.into_iter().map(find).collect());
        }
        let family = self.family(&key.prefix, &key.suffix);
        let (first, count) = family.map_or((0, 0), |family| {
            (self.ranked[family].first, self.ranked[family].count)
        });
        if key.ranks(client).is_some() {
            return ClientKeys::Ranked { first, count };
        }
        let name = (key.prefix.clone(), key.suffix.clone());
        let known = self.endless.iter().position(|known| *known == name);
        let family = known.unwrap_or_else(|| {
            self.endless.push(name);
            self.endless.len() - 1
        });
        ClientKeys::Endless {
            first,
            count,
            family: family as u32,
        }
    }

    /// The key of a client's pattern whose placeholder stands for a number: a client's, a rank, or the index of a
    /// PoP.
    ///
    /// # Panics
    ///
    /// If there have been more than a thousand million clients.
    pub fn key_of_client(&self, client: ClientIndex, key: KeyIndex, number: u32) -> KeyId {
        match &self.of_client[client][key] {
            ClientKeys::Ranked { first, count } => {
                assert!(number < *count, "a rank is one of those that were numbered");
                KeyId(first + number)
            }
            ClientKeys::Endless { first, count, .. } if number < *count => KeyId(first + number),
            ClientKeys::Endless { family, .. } => {
                let endless = self.endless.len() as u32;
                let above = number.checked_mul(endless).map(|above| above + family);
                let id = above.and_then(|above| above.checked_add(self.len));
                KeyId(id.expect("no simulation has so many clients"))
            }
            ClientKeys::AtPops(keys) => keys[(number as usize).min(keys.len() - 1)],
        }
    }

    /// The keys that clients of a kind may touch.
    pub fn groups_of_client(&self, client: ClientIndex) -> BTreeSet<KeyGroup> {
        let mut groups = BTreeSet::new();
        for keys in &self.of_client[client] {
            match keys {
                ClientKeys::Ranked { first, .. } => {
                    groups.insert(self.group_of(KeyId(*first)));
                }
                ClientKeys::Endless {
                    first,
                    count,
                    family,
                } => {
                    groups.insert(KeyGroup::Endless(*family));
                    groups.extend((*count > 0).then(|| self.group_of(KeyId(*first))));
                }
                ClientKeys::AtPops(keys) => {
                    groups.extend(keys.iter().map(|key| self.group_of(*key)))
                }
            }
        }
        groups
    }
}

impl KeyPattern {
    /// How many keys it may stand for that bear a number; `None` where they bear none, or nobody has counted.
    pub(super) fn ranks(&self, client: &Client) -> Option<u32> {
        match (self.placeholder?, &client.start) {
            (Placeholder::Rank { count, .. }, _) => Some(count),
            (
                Placeholder::Client,
                ClientStart::Once { count } | ClientStart::Looping { count, .. },
            ) => Some(count * client.at.len() as u32),
            (Placeholder::Client, ClientStart::Arriving { .. }) | (Placeholder::Pop, _) => None,
        }
    }

    /// The names that it may stand for if they bear no number: one, or one for each PoP.
    pub(super) fn names_at_pops(&self, scenario: &Scenario) -> Vec<String> {
        let name = |code: &str| format!("{}{code}{}", self.prefix, self.suffix);
        match self.placeholder {
            None => vec![name("")],
            Some(Placeholder::Pop) => scenario.pops.iter().map(|pop| name(&pop.code)).collect(),
            Some(Placeholder::Client | Placeholder::Rank { .. }) => Vec::new(),
        }
    }
}
