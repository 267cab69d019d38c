//! "Did you mean": the known word nearest to an unknown one, for the messages about spec files.

/// What to say about an unknown word.
pub(crate) fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    match nearest(word, known) {
        Some(best) => format!("`{word}` is not a {what}; did you mean `{best}`?"),
        None => format!("`{word}` is not a {what}; one of {}", known.join(", ")),
    }
}

/// The known word that takes the fewest changes, if they are few for its length.
fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let word = word.to_lowercase();
    known
        .iter()
        .map(|k| (distance(&word, k), *k))
        .filter(|(d, k)| *d <= 1 + k.len() / 4 || (k.len() > 1 && word.starts_with(*k)))
        .min()
        .map(|(_, k)| k)
}

/// Changes of one character (put, drop, replace) between two short words.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    // Words of spec files are short; a very long one is unlike all of them.
    for (i, ca) in a.chars().take(64).enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let replaced = corner + usize::from(ca != *cb);
            corner = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_named() {
        let known = ["region", "redact", "reference"];
        assert_eq!(unknown("key", "regoin", &known), "`regoin` is not a key; did you mean `region`?");
        assert_eq!(unknown("key", "Region", &known), "`Region` is not a key; did you mean `region`?");
        assert_eq!(
            unknown("key", "colour", &known),
            "`colour` is not a key; one of region, redact, reference"
        );
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
