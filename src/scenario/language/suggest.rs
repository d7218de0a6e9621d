//! "Did you mean": the name nearest to a misspelt one.

/// The candidate nearest to `word`, if any is near: at most one slip in three letters, case aside.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    // Longer words are nobody's slip, and their distance would take long to compute.
    if word.len() > 64 {
        return None;
    }
    let word = word.to_lowercase();
    let slips_max = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| {
            let slips = strsim::damerau_levenshtein(&word, &candidate.to_lowercase());
            (slips, candidate)
        })
        .filter(|(slips, candidate)| *slips <= slips_max && *slips < candidate.chars().count())
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_are_forgiven_and_other_words_are_not() {
        let keys = ["cache-ttl", "keys", "reads", "writes"];
        assert_eq!(nearest("cache_ttl", keys), Some("cache-ttl"));
        assert_eq!(nearest("raeds", keys), Some("reads"));
        assert_eq!(nearest("READS", keys), Some("reads"));
        assert_eq!(nearest("latency", keys), None);
        assert_eq!(nearest("x", keys), None);
    }
}
