//! What was probably meant: the nearest of some words by edit distance.

/// Edits (insert, delete, replace, swap of neighbours) from `a` to `b`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replace = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replace.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

/// The word nearest to `typed`, if it is near: one edit for short words, two for longer ones, or a
/// beginning of at least three letters.
pub fn nearest<'a>(typed: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = super::fold(typed);
    let length = typed.chars().count();
    if !(2..=32).contains(&length) {
        return None;
    }
    let most = if length < 4 { 1 } else { 2 };
    words
        .into_iter()
        .filter_map(|word| match distance(&typed, word) {
            d if d <= most => Some((d, word)),
            _ if length >= 3 && word.starts_with(&typed) => Some((most + 1, word)),
            _ => None,
        })
        .min_by_key(|(d, _)| *d)
        .map(|(_, word)| word)
}
