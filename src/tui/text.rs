//! The one door through which text reaches the screen: foreign characters are made visible first,
//! then the text is cut by display width, between graphemes.
//!
//! Knows nothing of screens or styles.

use std::{borrow::Cow, fmt::Write as _};

use cloudscope_domain::text;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::glyphs::Glyphs;

/// Columns of a text from which its middle is cut, not its end.
const MIDDLE: usize = 10;

/// The text as it may be drawn: hostile characters as pictures, and on an ASCII terminal everything
/// beyond ASCII as `<U+00E9>`, so that two names never look alike.
pub(crate) fn shown<'a>(glyphs: &Glyphs, text: &'a str) -> Cow<'a, str> {
    if !glyphs.ascii {
        return text::visible(text);
    }
    if text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            ' '..='~' => out.push(c),
            '\0'..='\x1f' => {
                out.push('^');
                out.push(char::from(c as u8 + 0x40));
            }
            _ => {
                let _ = write!(out, "<U+{:04X}>", c as u32);
            }
        }
    }
    Cow::Owned(out)
}

/// Columns that a text takes once it is shown.
pub(crate) fn width(glyphs: &Glyphs, text: &str) -> usize {
    columns_of(&shown(glyphs, text))
}

/// Columns of a text that is shown already: by graphemes, as the screen buffer counts, because the
/// width of a whole string knows ligatures that no cell does.
fn columns_of(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.graphemes(true).map(UnicodeWidthStr::width).sum() }
}

/// The text, shown, in at most `columns` columns; an ellipsis says that something was cut.
pub(crate) fn clip(glyphs: &Glyphs, text: &str, columns: usize) -> String {
    let text = shown(glyphs, text);
    if columns_of(&text) <= columns {
        return text.into_owned();
    }
    let room = columns.saturating_sub(glyphs.ellipsis.width());
    let mut out = take(&text, room);
    if columns >= glyphs.ellipsis.width() {
        out.push_str(glyphs.ellipsis);
    }
    out
}

/// Which part of a text goes where it has no room.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Cut {
    /// Its end.
    #[default]
    End,
    /// Its beginning: the end of an id tells it apart.
    Start,
    /// Its middle: names begin alike, and end in what tells them apart.
    Middle,
}

/// As [`clip`], with a choice of what goes.
pub(crate) fn cut(glyphs: &Glyphs, text: &str, columns: usize, cut: Cut) -> String {
    match cut {
        Cut::End => clip(glyphs, text, columns),
        Cut::Start => clip_start(glyphs, text, columns),
        Cut::Middle => clip_middle(glyphs, text, columns),
    }
}

/// As [`clip`], but keeps the end: for ids and paths, whose end tells them apart.
pub(crate) fn clip_start(glyphs: &Glyphs, text: &str, columns: usize) -> String {
    let text = shown(glyphs, text);
    if columns_of(&text) <= columns {
        return text.into_owned();
    }
    let mark = glyphs.ellipsis.width();
    if columns < mark {
        return String::new();
    }
    format!("{}{}", glyphs.ellipsis, take_end(&text, columns - mark))
}

/// As [`clip`], but keeps both ends, the beginning longer. Where that would be only letters, the beginning alone.
fn clip_middle(glyphs: &Glyphs, text: &str, columns: usize) -> String {
    let wide = glyphs.ellipsis.width();
    if width(glyphs, text) <= columns || columns < MIDDLE + wide {
        return clip(glyphs, text, columns);
    }
    let text = shown(glyphs, text);
    let end = (columns - wide) * 2 / 5;
    format!("{}{}{}", take(&text, columns - wide - end), glyphs.ellipsis, take_end(&text, end))
}

/// The end of a text that is shown, in at most so many columns.
fn take_end(text: &str, columns: usize) -> &str {
    let (mut used, mut from) = (0, text.len());
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        if used + grapheme.width() > columns {
            break;
        }
        used += grapheme.width();
        from = at;
    }
    &text[from..]
}

/// Words with blanks between them in at most `columns` columns. Whole words go first, from the beginning, for names
/// whose end tells them apart; where that would leave much room to nobody, a word keeps its end.
pub(crate) fn clip_words(glyphs: &Glyphs, words: &[String], columns: usize) -> String {
    let whole = words.join(" ");
    if width(glyphs, &whole) <= columns {
        return shown(glyphs, &whole).into_owned();
    }
    let room = columns.saturating_sub(glyphs.ellipsis.width() + 1);
    let ends = (1..words.len()).map(|from| words[from..].join(" "));
    match ends.into_iter().find(|end| width(glyphs, end) <= room) {
        Some(end) if width(glyphs, &end) + room / 4 >= room => {
            format!("{} {}", glyphs.ellipsis, shown(glyphs, &end))
        }
        Some(_) => clip_start(glyphs, &whole, columns),
        None => clip_start(glyphs, words.last().map_or("", String::as_str), columns),
    }
}

/// As [`clip`], filled with blanks to exactly `columns` columns.
pub(crate) fn fit(glyphs: &Glyphs, text: &str, columns: usize) -> String {
    let mut out = clip(glyphs, text, columns);
    let used = columns_of(&out);
    out.extend(std::iter::repeat_n(' ', columns.saturating_sub(used)));
    out
}

/// The part of a text, shown, that lies right of `skip` columns, in at most `columns` columns; an ellipsis at
/// either end says that the text goes on there.
pub(crate) fn window(glyphs: &Glyphs, text: &str, skip: usize, columns: usize) -> String {
    let text = shown(glyphs, text);
    let mark = glyphs.ellipsis.width();
    if columns < 2 * mark || (skip == 0 && columns_of(&text) <= columns) {
        return if skip == 0 { take(&text, columns) } else { String::new() };
    }
    let (mut rest, mut columns) = (String::new(), columns);
    let mut skip = skip;
    if skip > 0 && !text.is_empty() {
        rest.push_str(glyphs.ellipsis);
        (skip, columns) = (skip + mark, columns - mark);
    }
    let (mut at, mut right) = (0, String::new());
    for grapheme in text.graphemes(true) {
        if at >= skip {
            right.push_str(grapheme);
        }
        at += grapheme.width();
    }
    // What is left is already shown; showing it again would spell out the pictures in ASCII.
    if columns_of(&right) <= columns {
        rest.push_str(&right);
    } else {
        rest.push_str(&take(&right, columns - mark));
        rest.push_str(glyphs.ellipsis);
    }
    rest
}

/// The text, shown, broken into lines of at most `columns` columns, at blanks where there are any.
pub(crate) fn wrap(glyphs: &Glyphs, text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let text = shown(glyphs, text);
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0);
    for word in text.split_word_bounds() {
        let wide = columns_of(word);
        if used + wide > columns && used > 0 {
            lines.push(std::mem::take(&mut line));
            used = 0;
            if word.trim().is_empty() {
                continue;
            }
        }
        if wide <= columns {
            line.push_str(word);
            used += wide;
            continue;
        }
        for grapheme in word.graphemes(true) {
            if used + grapheme.width() > columns && used > 0 {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push_str(grapheme);
            used += grapheme.width();
        }
    }
    lines.push(line);
    lines
}

fn take(text: &str, columns: usize) -> String {
    let (mut out, mut used) = (String::new(), 0);
    for grapheme in text.graphemes(true) {
        used += grapheme.width();
        if used > columns {
            break;
        }
        out.push_str(grapheme);
    }
    out
}

/// A number with a comma between groups of three.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// `1 asset`, `2 assets`.
pub(crate) fn plural(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::glyphs::{ASCII, UNICODE};
    use proptest::prelude::*;

    #[test]
    fn cuts_by_columns_not_by_bytes() {
        assert_eq!(clip(&UNICODE, "名前名前", 5), "名前…");
        assert_eq!(clip(&UNICODE, "plain", 5), "plain");
        assert_eq!(fit(&UNICODE, "名", 4), "名  ");
        assert_eq!(clip_start(&UNICODE, "arn:aws:web-1", 6), "…web-1");
        assert_eq!(clip(&ASCII, "abcdef", 4), "ab..");
        assert_eq!(cut(&UNICODE, "acme-prod-billing-7f9c", 22, Cut::Middle), "acme-prod-billing-7f9c");
        assert_eq!(cut(&UNICODE, "acme-prod-billing-7f9c", 16, Cut::Middle), "acme-prod…g-7f9c");
        assert_eq!(cut(&ASCII, "acme-prod-billing-7f9c", 16, Cut::Middle), "acme-prod..-7f9c");
        assert_eq!(cut(&UNICODE, "acme-prod-billing-7f9c", 10, Cut::Middle), "acme-prod…");
        assert_eq!(cut(&UNICODE, "acme-prod-billing-7f9c", 10, Cut::Start), "…ling-7f9c");
        let words = ["aws-prod", "eu-west-1", "ec2:Volumes"].map(str::to_owned);
        assert_eq!(clip_words(&UNICODE, &words, 30), "aws-prod eu-west-1 ec2:Volumes");
        assert_eq!(clip_words(&UNICODE, &words, 29), "… eu-west-1 ec2:Volumes");
        assert_eq!(clip_words(&UNICODE, &words, 22), "…eu-west-1 ec2:Volumes");
        assert_eq!(clip_words(&UNICODE, &words, 15), "… ec2:Volumes");
        assert_eq!(clip_words(&UNICODE, &words, 12), "ec2:Volumes");
        assert_eq!(clip_words(&UNICODE, &words, 8), "…Volumes");
        assert_eq!(clip_words(&ASCII, &words, 28), ".. eu-west-1 ec2:Volumes");
        assert_eq!(window(&UNICODE, "abcdef", 0, 6), "abcdef");
        assert_eq!(window(&UNICODE, "abcdef", 0, 4), "abc…");
        assert_eq!(window(&UNICODE, "abcdefgh", 2, 4), "…de…");
        assert_eq!(window(&UNICODE, "abcdef", 2, 4), "…def");
        assert_eq!(window(&UNICODE, "abc", 8, 4), "…");
        assert_eq!(window(&UNICODE, "", 8, 4), "");
        assert_eq!(window(&ASCII, "abcdefghij", 2, 6), "..ef..");
    }

    #[test]
    fn escape_sequences_are_pictures_in_both_sets() {
        assert_eq!(clip(&UNICODE, "a\x1b[2Jb", 20), "a␛[2Jb");
        assert_eq!(clip(&ASCII, "a\x1b[2J\u{202e}ü", 40), "a^[[2J<U+202E><U+00FC>");
    }

    #[test]
    fn wraps_at_blanks_and_inside_long_words() {
        assert_eq!(wrap(&UNICODE, "one two three", 8), ["one two ", "three"]);
        assert_eq!(wrap(&UNICODE, "abcdefgh", 3), ["abc", "def", "gh"]);
    }

    #[test]
    fn numbers_have_commas() {
        assert_eq!(
            [count(0), count(999), count(1_204), count(1_000_000)],
            ["0", "999", "1,204", "1,000,000"]
        );
    }

    proptest! {
        #[test]
        fn never_wider_than_asked_and_never_hostile(s in "(?s:.){0,40}", columns in 0_usize..30, ascii: bool) {
            let glyphs = Glyphs::new(ascii);
            for out in [
                clip(&glyphs, &s, columns),
                clip_start(&glyphs, &s, columns),
                window(&glyphs, &s, 3, columns),
                fit(&glyphs, &s, columns),
            ] {
                prop_assert!(columns_of(&out) <= columns, "{out:?}");
                prop_assert!(!out.chars().any(text::is_hostile), "{out:?}");
                prop_assert!(!ascii || out.is_ascii(), "{out:?}");
            }
            prop_assert_eq!(columns_of(&fit(&glyphs, &s, columns)), columns);
        }
    }
}
