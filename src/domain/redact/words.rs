//! Splits a shell command into words, keeping where each stands, and lets a word be put back changed.
//!
//! Understands quotes and backslashes; expands nothing. Text that is no shell at all splits at blanks.

/// One word.
#[derive(Debug)]
pub(super) struct Word {
    /// Where it stands, quotes included.
    pub(super) range: std::ops::Range<usize>,
    /// What the program would get.
    pub(super) value: String,
    /// The quote that it begins with, when it is wholly in quotes.
    quote: Option<char>,
    /// It ends a command: `;`, `|`, `&`, a line break.
    pub(super) ends: bool,
}

impl Word {
    /// A value as it is written at this place.
    pub(super) fn written(&self, value: &str) -> String {
        match self.quote {
            Some('\'') => format!("'{}'", value.replace('\'', "'\\''")),
            Some(quote) => {
                let mut out = String::from(quote);
                for c in value.chars() {
                    if matches!(c, '"' | '\\' | '$' | '`') {
                        out.push('\\');
                    }
                    out.push(c);
                }
                out.push(quote);
                out
            }
            None if value.contains(char::is_whitespace) => format!("'{}'", value.replace('\'', "'\\''")),
            None => value.to_owned(),
        }
    }
}

/// The words of a text.
pub(super) fn split(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = 0;
    while rest < text.len() {
        let Some(start) = text[rest..].find(|c: char| c == '\n' || !c.is_whitespace()).map(|i| rest + i)
        else {
            break;
        };
        let first = text[start..].chars().next().unwrap_or(' ');
        if ends_command(first) {
            let end = start + first.len_utf8();
            words.push(Word { range: start..end, value: String::new(), quote: None, ends: true });
            rest = end;
            continue;
        }
        let word = word(text, start);
        // A word has at least its first character, so this moves on.
        rest = word.range.end;
        words.push(word);
    }
    words
}

fn ends_command(c: char) -> bool {
    matches!(c, ';' | '|' | '&' | '\n')
}

fn word(text: &str, start: usize) -> Word {
    let mut value = String::new();
    let mut quote = None;
    let mut pieces = 0;
    let mut at = start;
    while let Some(c) = text[at..].chars().next() {
        if c.is_whitespace() || ends_command(c) {
            break;
        }
        let after = at + c.len_utf8();
        match c {
            // An apostrophe inside a word of prose opens nothing; in `-p'x'` and `NAME='x'` it does.
            '\'' | '"' if pieces == 0 || value.starts_with('-') || value.contains('=') => {
                match close(text, after, c) {
                    Some(end) => {
                        unquote(&text[after..end], c, &mut value);
                        quote = if pieces == 0 { Some(c) } else { None };
                        at = end + 1;
                    }
                    None => {
                        value.push(c);
                        at = after;
                    }
                }
            }
            '\\' => {
                let escaped = text[after..].chars().next();
                value.extend(escaped);
                at = after + escaped.map_or(0, char::len_utf8);
                quote = None;
            }
            c => {
                value.push(c);
                at = after;
                quote = None;
            }
        }
        pieces += 1;
    }
    Word { range: start..at, value, quote, ends: false }
}

fn close(text: &str, from: usize, quote: char) -> Option<usize> {
    let mut escaped = false;
    text[from..]
        .char_indices()
        .find(|(_, c)| {
            if escaped {
                escaped = false;
                return false;
            }
            escaped = *c == '\\' && quote == '"';
            *c == quote
        })
        .map(|(i, _)| from + i)
}

fn unquote(inner: &str, quote: char, out: &mut String) {
    let mut chars = inner.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some('"' | '\\' | '$' | '`') if c == '\\' && quote == '"' => out.extend(chars.next()),
            _ => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let words = split(text);
        let got: Vec<&str> = words.iter().map(|w| if w.ends { "|" } else { w.value.as_str() }).collect();
        assert_eq!(got, expected, "{text}");
        for word in words.iter().filter(|w| !w.ends && w.quote.is_some()) {
            assert_eq!(split(&word.written(&word.value))[0].value, word.value);
        }
    }

    #[test]
    fn words_as_a_shell_splits_them() {
        check("mysql -p'a b' \"c \\\"d\\\"\" e\\ f", &["mysql", "-pa b", "c \"d\"", "e f"]);
        check("a;b && c\nd", &["a", "|", "b", "|", "|", "c", "|", "d"]);
        check("X='a b' sh -c 'echo \"x\"'", &["X=a b", "sh", "-c", "echo \"x\""]);
        check("it's what don't say 'never", &["it's", "what", "don't", "say", "'never"]);
        check(" \u{b}\u{a0} x\u{2003}y ", &["x", "y"]);
        check("  ", &[]);
    }
}
