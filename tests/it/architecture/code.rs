//! Rust source as tokens, without comments, literals and code that only tests compile. Not a parser:
//! just enough to see modules, paths, attributes and macro calls.

/// One token. Literals are gone; a string leaves an empty [`Token::Literal`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// An identifier or keyword.
    Word(String),
    /// `::`
    Path,
    /// Any other sign.
    Sign(char),
    /// A string, character or number.
    Literal,
}

impl Token {
    pub(crate) fn is(&self, word: &str) -> bool {
        matches!(self, Self::Word(w) if w == word)
    }

    pub(crate) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(w) => Some(w),
            _ => None,
        }
    }
}

/// The tokens of a source text.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let mut out = Vec::new();
    let mut i = 0;
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    while i < chars.len() {
        let c = chars[i];
        match c {
            '/' if at(i + 1) == '/' => {
                while i < chars.len() && chars[i] != '\n' {
                    i += 1;
                }
            }
            '/' if at(i + 1) == '*' => i = past_comment(&chars, i),
            '"' => {
                i = past_string(&chars, i + 1);
                out.push(Token::Literal);
            }
            '\'' => {
                // `'a'` and `'\n'` are characters; `'a` without a quote behind it is a lifetime.
                if at(i + 1) == '\\' {
                    i += 3;
                    while i < chars.len() && chars[i] != '\'' {
                        i += 1;
                    }
                    i += 1;
                    out.push(Token::Literal);
                } else if at(i + 2) == '\'' {
                    i += 3;
                    out.push(Token::Literal);
                } else {
                    i += 1;
                    while at(i) == '_' || at(i).is_alphanumeric() {
                        i += 1;
                    }
                }
            }
            _ if c == '_' || c.is_alphabetic() => {
                let start = i;
                while at(i) == '_' || at(i).is_alphanumeric() {
                    i += 1;
                }
                let word: String = chars[start..i].iter().collect();
                match (word.as_str(), at(i)) {
                    ("r" | "br" | "cr", '"' | '#') if raw_string(&chars, i).is_some() => {
                        i = raw_string(&chars, i).unwrap();
                        out.push(Token::Literal);
                    }
                    ("b" | "c", '"') => {
                        i = past_string(&chars, i + 1);
                        out.push(Token::Literal);
                    }
                    ("b", '\'') => {}
                    _ => out.push(Token::Word(word)),
                }
            }
            _ if c.is_ascii_digit() => {
                while at(i) == '_' || at(i).is_alphanumeric() {
                    i += 1;
                }
                out.push(Token::Literal);
            }
            ':' if at(i + 1) == ':' => {
                i += 2;
                out.push(Token::Path);
            }
            _ => {
                i += 1;
                if !c.is_whitespace() {
                    out.push(Token::Sign(c));
                }
            }
        }
    }
    out
}

fn past_comment(chars: &[char], start: usize) -> usize {
    let mut depth = 0;
    let mut i = start;
    while i < chars.len() {
        match (chars[i], chars.get(i + 1)) {
            ('/', Some('*')) => {
                depth += 1;
                i += 2;
            }
            ('*', Some('/')) => {
                depth -= 1;
                i += 2;
                if depth == 0 {
                    return i;
                }
            }
            _ => i += 1,
        }
    }
    i
}

fn past_string(chars: &[char], start: usize) -> usize {
    let mut i = start;
    while i < chars.len() {
        match chars[i] {
            '\\' => i += 2,
            '"' => return i + 1,
            _ => i += 1,
        }
    }
    i
}

/// Where a raw string ends whose hashes begin here; nothing when this is a raw identifier.
fn raw_string(chars: &[char], start: usize) -> Option<usize> {
    let hashes = chars[start..].iter().take_while(|c| **c == '#').count();
    if chars.get(start + hashes) != Some(&'"') {
        return None;
    }
    let mut i = start + hashes + 1;
    while i < chars.len() {
        if chars[i] == '"' && chars[i + 1..].iter().take_while(|c| **c == '#').count() >= hashes {
            return Some(i + 1 + hashes);
        }
        i += 1;
    }
    Some(i)
}

/// The tokens without items that only tests compile, and the names of modules left out with them.
pub(crate) fn without_tests(tokens: &[Token]) -> (Vec<Token>, Vec<String>) {
    let mut out = Vec::with_capacity(tokens.len());
    let mut left_out = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        if let Some(end) = attribute(tokens, i)
            && is_test_only(&tokens[i..end])
        {
            let mut next = end;
            while let Some(end) = attribute(tokens, next) {
                next = end;
            }
            let end = item_end(tokens, next);
            let module = tokens[next..end].windows(2).find(|w| w[0].is("mod"));
            left_out.extend(module.and_then(|w| w[1].word()).map(str::to_owned));
            i = end;
        } else {
            out.push(tokens[i].clone());
            i += 1;
        }
    }
    (out, left_out)
}

/// The end of the attribute that begins here.
pub(crate) fn attribute(tokens: &[Token], start: usize) -> Option<usize> {
    if tokens.get(start) != Some(&Token::Sign('#')) || tokens.get(start + 1) != Some(&Token::Sign('[')) {
        return None;
    }
    let mut depth = 0;
    for (i, token) in tokens.iter().enumerate().skip(start + 1) {
        match token {
            Token::Sign('[') => depth += 1,
            Token::Sign(']') => {
                depth -= 1;
                if depth == 0 {
                    return Some(i + 1);
                }
            }
            _ => {}
        }
    }
    None
}

fn is_test_only(attribute: &[Token]) -> bool {
    attribute.get(2).is_some_and(|t| t.is("test"))
        || (attribute.get(2).is_some_and(|t| t.is("cfg"))
            && attribute.iter().any(|t| t.is("test"))
            && !attribute.iter().any(|t| t.is("not") || t.is("any")))
}

/// Whether an item is a `use`, whatever its visibility.
fn is_import(item: &[Token]) -> bool {
    match item {
        [first, ..] if first.is("use") => true,
        [first, Token::Sign('('), ..] if first.is("pub") => {
            let end = item.iter().position(|t| *t == Token::Sign(')')).unwrap_or(0);
            item.get(end + 1).is_some_and(|t| t.is("use"))
        }
        [first, second, ..] => first.is("pub") && second.is("use"),
        _ => false,
    }
}

/// Past the item that begins here: its semicolon or its closing brace.
fn item_end(tokens: &[Token], start: usize) -> usize {
    let mut depth = 0;
    let is_use = is_import(&tokens[start..]);
    for (i, token) in tokens.iter().enumerate().skip(start) {
        match token {
            Token::Sign('{' | '(' | '[') => depth += 1,
            Token::Sign(c @ ('}' | ')' | ']')) => {
                depth -= 1;
                if depth == 0 && *c == '}' && !is_use {
                    return i + 1;
                }
            }
            Token::Sign(';') if depth == 0 => return i + 1,
            _ => {}
        }
    }
    tokens.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str) -> Vec<String> {
        let (tokens, _) = without_tests(&tokens(source));
        tokens.iter().filter_map(|t| t.word().map(str::to_owned)).collect()
    }

    #[test]
    fn comments_and_literals_are_no_code() {
        let source = r####"
            //! println!("x")
            /* a /* b */ c */ let x = "println!" ; let y = r#"dbg! " "#; let z = b"todo";
            let c = '"'; let d = '\''; let l: &'static str = "\"sleep\""; let r#type = 'x'; let n = 1_000u64;
        "####;
        let expected = [
            "let", "x", "let", "y", "let", "z", "let", "c", "let", "d", "let", "l", "str", "let", "r",
            "type", "let", "n",
        ];
        assert_eq!(words(source), expected);
    }

    #[test]
    fn what_only_tests_compile_is_left_out() {
        let source = "
            use crate::a;
            #[cfg(test)] mod tests { use super::*; fn f() { g(); } }
            #[cfg(test)] pub(crate) mod support;
            #[cfg(test)] use crate::{b, c};
            #[test] #[ignore] fn t() { h(); }
            #[cfg(not(test))] fn kept() {}
            fn last() {}
        ";
        let (left, names) = without_tests(&tokens(source));
        let words: Vec<&str> = left.iter().filter_map(Token::word).collect();
        assert_eq!(words, ["use", "crate", "a", "cfg", "not", "test", "fn", "kept", "fn", "last"]);
        assert_eq!(names, ["tests", "support"]);
    }
}
