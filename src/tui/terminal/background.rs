//! Asks the terminal for the colour of its ground (OSC 11), so that the theme fits it. The first frame
//! does not wait for the answer: a terminal that says nothing is taken as dark.

use std::io;

use super::output;

/// The question. An answer ends as the question does.
const QUESTION: &[u8] = b"\x1b]11;?\x07";

/// Asks. The answer comes among the keys, whenever that is.
pub(crate) fn ask() -> io::Result<()> {
    output::write_now(QUESTION)
}

/// Whether a terminal of this name may be asked: the console of Linux and what understands nothing are not.
pub(crate) fn may_be_asked(term: Option<&str>) -> bool {
    term.is_some_and(|term| !term.is_empty() && term != "dumb" && !term.starts_with("linux"))
}

/// Whether the ground is dark, from an answer: `11;rgb:R/G/B` with one to four hexadecimal digits each.
pub(crate) fn is_dark(answer: &str) -> Option<bool> {
    let mut parts = answer.strip_prefix("11;rgb:")?.split('/').map(part);
    let (r, g, b) = (parts.next()??, parts.next()??, parts.next()??);
    // Luma of ITU-R BT.709, near enough for telling light from dark.
    Some(0.2126 * r + 0.7152 * g + 0.0722 * b < 0.5)
}

/// One colour as a share of what its digits can say.
fn part(digits: &str) -> Option<f64> {
    let most = 16_u32.checked_pow(u32::try_from(digits.len()).ok()?)? - 1;
    let most = (1..=4).contains(&digits.len()).then_some(most)?;
    let value = u32::from_str_radix(digits, 16).ok()?;
    Some(f64::from(value) / f64::from(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn light_is_told_from_dark() {
        for (answer, expected) in [
            ("11;rgb:ffff/ffff/ffff", Some(false)),
            ("11;rgb:fdfd/f6f6/e3e3", Some(false)),
            ("11;rgb:0000/2b2b/3636", Some(true)),
            ("11;rgb:1e/1e/1e", Some(true)),
            ("11;rgb:f/f/f", Some(false)),
            ("11;rgb:ffff/ffff", None),
            ("11;rgb:fffff/0/0", None),
            ("11;rgb://", None),
            ("10;rgb:ffff/ffff/ffff", None),
            ("11;?", None),
        ] {
            assert_eq!(is_dark(answer), expected, "{answer}");
        }
    }

    #[test]
    fn consoles_are_not_asked() {
        assert!(may_be_asked(Some("xterm-256color")) && may_be_asked(Some("screen")));
        assert!(
            ![None, Some(""), Some("dumb"), Some("linux"), Some("linux-16color")]
                .into_iter()
                .any(may_be_asked)
        );
    }
}
