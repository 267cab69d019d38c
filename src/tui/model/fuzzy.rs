//! How well a few typed letters fit a name: all of them, in order, best where words begin.
//!
//! For short lists only (commands, kinds, themes); rows of the inventory are matched by the index.

/// A score, higher is better; `None` when some letter is missing. An empty pattern fits all alike.
pub(crate) fn score(pattern: &str, name: &str) -> Option<i32> {
    let name: Vec<char> = name.chars().flat_map(char::to_lowercase).collect();
    let pattern: Vec<char> = pattern.chars().flat_map(char::to_lowercase).collect();
    if pattern.is_empty() {
        return Some(0);
    }
    let text: String = name.iter().collect();
    let whole: String = pattern.iter().collect();
    if text == whole {
        return Some(10_000);
    }
    let (mut total, mut from, mut last) = (0, 0, None);
    for wanted in &pattern {
        let at = (from..name.len()).find(|i| name[*i] == *wanted)?;
        let starts_word = at == 0 || !name[at - 1].is_alphanumeric();
        total += if starts_word { 8 } else { 1 };
        if last.is_some_and(|l| l + 1 == at) {
            total += 5;
        }
        last = Some(at);
        from = at + 1;
    }
    if text.starts_with(&whole) {
        total += 200;
    } else if text.contains(&whole) {
        total += 100;
    }
    Some(total * 10 - i32::try_from(name.len()).unwrap_or(i32::MAX).min(99))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefix_before_inside_before_scattered() {
        let rank = |pattern: &str, names: &[&str]| -> Vec<String> {
            let mut hits: Vec<_> = names.iter().filter_map(|n| Some((score(pattern, n)?, *n))).collect();
            hits.sort_by_key(|(score, _)| -score);
            hits.into_iter().map(|(_, n)| n.to_owned()).collect()
        };
        assert_eq!(rank("col", &["protocol", "chool", "collect", "x"]), ["collect", "protocol", "chool"]);
        assert_eq!(rank("ec2i", &["aws.ec2.image", "aws.ec2.instance", "aws.rds.instance"]).len(), 2);
    }
}
