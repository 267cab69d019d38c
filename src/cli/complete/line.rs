//! A command line as somebody types it: cut into words as a shell would, up to the cursor, and what is
//! proposed for its last word written so that a shell takes it for what it is. Knows nothing of filters.

use cloudscope_domain::text::is_hostile;

/// The quotes that are open at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quotes {
    Bare,
    Single,
    Double,
}

/// A word and how it is written.
#[derive(Debug)]
pub(super) struct Word {
    /// As the program would get it.
    pub(super) text: String,
    raw: String,
    /// Where each character of the text, and its end, is written.
    places: Vec<(usize, usize)>,
    quotes: Quotes,
    /// Just behind the quote that is open.
    opened: usize,
    /// Quotes were closed in it.
    closed: bool,
}

impl Word {
    fn new() -> Self {
        Self {
            text: String::new(),
            raw: String::new(),
            places: Vec::new(),
            quotes: Quotes::Bare,
            opened: 0,
            closed: false,
        }
    }

    fn take(&mut self, c: char, at: usize) {
        self.places.push((self.text.len(), at));
        self.text.push(c);
    }

    /// Where a byte of the text is written.
    fn place(&self, byte: usize) -> usize {
        self.places.iter().find(|(text, _)| *text >= byte).map_or(self.raw.len(), |(_, raw)| *raw)
    }
}

/// The words of a line that ends at the cursor; the last one is being typed, and may be empty. `None` where
/// the line is more than one plain command.
pub(super) fn words(line: &str) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        let quotes = word.as_ref().map_or(Quotes::Bare, |w| w.quotes);
        if quotes == Quotes::Bare && c.is_whitespace() {
            words.extend(word.take());
            continue;
        }
        let w = word.get_or_insert_with(Word::new);
        let at = w.raw.len();
        w.raw.push(c);
        match (quotes, c) {
            (Quotes::Bare, '\'' | '"') => {
                w.quotes = if c == '"' { Quotes::Double } else { Quotes::Single };
                w.opened = w.raw.len();
            }
            (Quotes::Single, '\'') | (Quotes::Double, '"') => (w.quotes, w.closed) = (Quotes::Bare, true),
            (Quotes::Double, '\\') if rest.peek().is_none_or(|c| !"\"\\$`".contains(*c)) => w.take(c, at),
            (Quotes::Bare | Quotes::Double, '\\') => {
                if let Some(next) = rest.next() {
                    w.raw.push(next);
                    w.take(next, at);
                }
            }
            // What a shell would replace is not known here.
            (Quotes::Bare | Quotes::Double, '$' | '`') => return None,
            _ => w.take(c, at),
        }
    }
    words.push(word.unwrap_or_else(Word::new));
    Some(words)
}

/// How a shell wants what is proposed.
#[derive(Clone, Debug)]
pub(super) enum Style {
    /// As readline does: in place of what follows the last of these characters, or the quote that is open,
    /// and written as it is to stand there.
    Readline(String),
    /// The whole word, which the shell quotes by itself.
    Whole,
}

/// The word with a text in place of all from `from` on. `None` where it cannot be written without a doubt.
pub(super) fn replaced(word: &Word, from: usize, text: &str, style: &Style) -> Option<String> {
    // What acts on a terminal, or ends a line of the answer, is not typed by completion.
    if text.chars().any(is_hostile) || word.raw.chars().any(is_hostile) {
        return None;
    }
    let Style::Readline(breaks) = style else {
        // In double quotes some shells put old commands in the place of an exclamation mark.
        let risky = word.quotes == Quotes::Double && text.replace("!=", "").contains('!');
        return (!risky).then(|| format!("{}{text}", word.text.get(..from).unwrap_or_default()));
    };
    let written = match word.quotes {
        Quotes::Bare if word.closed => return None,
        Quotes::Bare => {
            let plain = |c: &char| c.is_alphanumeric() || !c.is_ascii() || "_-./:=@%+,".contains(*c);
            text.chars().flat_map(|c| (!plain(&c)).then_some('\\').into_iter().chain([c])).collect()
        }
        Quotes::Single if text.contains('\'') => return None,
        Quotes::Single => text.to_owned(),
        Quotes::Double if text.replace("!=", "").contains('!') => return None,
        Quotes::Double => {
            let meant = |c: char| "\"\\$`".contains(c);
            text.chars().flat_map(|c| meant(c).then_some('\\').into_iter().chain([c])).collect()
        }
    };
    let whole: String = format!("{}{written}", word.raw.get(..word.place(from))?);
    let start = if word.quotes == Quotes::Bare { after_break(&word.raw, breaks) } else { word.opened };
    // What stands before is not touched by readline.
    (whole.get(..start)? == word.raw.get(..start)?).then(|| whole[start..].to_owned())
}

/// Just behind the last break that is not escaped.
fn after_break(raw: &str, breaks: &str) -> usize {
    let mut after = 0;
    let mut escaped = false;
    for (at, c) in raw.char_indices() {
        if !escaped && breaks.contains(c) {
            after = at + c.len_utf8();
        }
        escaped = !escaped && c == '\\';
    }
    after
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Vec<String> {
        words(line).unwrap().into_iter().map(|w| w.text).collect()
    }

    /// The last word of the line with the text in place of all from `from` on.
    fn bash(line: &str, from: usize, text: &str) -> Option<String> {
        let words = words(line).unwrap();
        replaced(words.last().unwrap(), from, text, &Style::Readline(" \t\n\"'><=;|&(:".into()))
    }

    #[test]
    fn a_line_is_cut_as_a_shell_cuts_it() {
        assert_eq!(texts(""), [""]);
        assert_eq!(texts("cloudscope query "), ["cloudscope", "query", ""]);
        assert_eq!(texts("c query 'web re"), ["c", "query", "web re"]);
        assert_eq!(texts(r#"c "a \"b\" \n" x\ y"#), ["c", r#"a "b" \n"#, "x y"]);
        assert_eq!(texts("c '' x"), ["c", "", "x"]);
        assert!(words("c query $(ls").is_none());
        assert!(words("c query \"`ls").is_none());
        assert_eq!(texts("c query '$HOME"), ["c", "query", "$HOME"]);
    }

    #[test]
    fn readline_gets_what_it_replaces_written_as_it_is_to_stand_there() {
        assert_eq!(bash("c query tag.e", 4, "env="), Some("tag.env=".into()));
        assert_eq!(bash("c query tag.env=", 8, "prod"), Some("prod".into()));
        assert_eq!(bash("c query region:u", 7, "\"us east\""), Some(r#"\"us\ east\""#.into()));
        assert_eq!(bash("c query 'web region:u", 11, "\"us east\""), Some("web region:\"us east\"".into()));
        assert_eq!(
            bash("c query \"web region:u", 11, "\"us east\""),
            Some(r#"web region:\"us east\""#.into())
        );
        assert_eq!(bash("c query --sort=-na", 8, "name"), Some("-name".into()));
    }

    #[test]
    fn nothing_is_written_that_a_shell_would_run_or_a_terminal_obey() {
        assert_eq!(bash("c query ", 0, "$(id)`;&|<>"), Some(r"\$\(id\)\`\;\&\|\<\>".into()));
        assert_eq!(bash("c query \"", 0, "$(id)`x`"), Some(r"\$(id)\`x\`".into()));
        assert_eq!(bash("c query '", 0, "$(id)"), Some("$(id)".into()));
        assert_eq!(bash("c query '", 0, "it's"), None);
        assert_eq!(bash("c query \"", 0, "a!b"), None);
        assert_eq!(bash("c query ", 0, "a!b"), Some(r"a\!b".into()));
        for hostile in ["a\nb", "a\tb", "a\x1b[2J", "a\u{202e}b"] {
            assert_eq!(bash("c query ", 0, hostile), None);
            let last = words("c query ").unwrap().pop().unwrap();
            assert_eq!(replaced(&last, 0, hostile, &Style::Whole), None);
        }
    }
}
