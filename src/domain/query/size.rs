//! Sizes with units, as people, tools and Kubernetes write them.

/// Powers of 1000 and of 1024, by the letter that stands for them.
const LETTERS: [(char, i32); 6] = [('k', 1), ('m', 2), ('g', 3), ('t', 4), ('p', 5), ('e', 6)];

/// The number before the unit, and the unit in lower case.
fn parts(text: &str) -> Option<(f64, String)> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let number: f64 = text[..digits].parse().ok()?;
    Some((number, text[digits..].trim_start().to_ascii_lowercase()))
}

fn power(letter: char) -> Option<i32> {
    LETTERS.iter().find(|(l, _)| *l == letter).map(|(_, p)| *p)
}

/// Bytes of `10GiB`, `10Gi` (times 1024), `500MB`, `500 MB` (times 1000), `7B`. Case does not matter.
/// `None` without a unit, and with a lone letter: `5m` are minutes.
pub(super) fn size(text: &str) -> Option<f64> {
    let (number, unit) = parts(text)?;
    let mut unit = unit.chars();
    let bytes = match (unit.next()?, unit.next(), unit.next(), unit.next()) {
        ('b', None, ..) => number,
        (l, Some('b'), None, _) => number * 1000_f64.powi(power(l)?),
        (l, Some('i'), None | Some('b'), None) => number * 1024_f64.powi(power(l)?),
        _ => return None,
    };
    Some(bytes)
}

/// Bytes of what only data writes: `512M`, `4G`, `100k`, as Kubernetes does. Not `m`, which is a
/// thousandth there.
pub(super) fn letter(text: &str) -> Option<f64> {
    let unit = text.chars().next_back().filter(|c| "kKMGTPE".contains(*c))?;
    let number: f64 = text[..text.len() - 1].parse().ok().filter(|n: &f64| n.is_finite())?;
    Some(number * 1000_f64.powi(power(unit.to_ascii_lowercase())?))
}
