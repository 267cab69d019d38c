//! XML, taken apart into elements and texts in one walk that copies nothing it need not. Knows no shapes.
//!
//! Of XML it takes what services answer with: elements, attributes, texts, CDATA, comments, processing
//! instructions, the five entities and numeric ones. A document type is refused, and so is an element that is
//! closed by another name.

use std::borrow::Cow;

use memchr::{memchr, memchr2, memchr3, memmem};

use super::bounds::{DecodeError, short};

type Result<T> = std::result::Result<T, DecodeError>;

/// The start of an element.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag<'a> {
    /// What stands between the brackets.
    pub(super) content: &'a str,
    /// So much of that is the name, with its prefix.
    pub(super) name: usize,
}

impl<'a> Tag<'a> {
    /// The name without its prefix.
    pub(super) fn local(self) -> &'a str {
        let name = &self.content[..self.name];
        memchr(b':', name.as_bytes()).map_or(name, |at| &name[at + 1..])
    }
}

/// What comes next.
#[derive(Debug)]
pub(super) enum Piece<'a> {
    Start(Tag<'a>),
    Text(Cow<'a, str>),
    End,
    /// After the last of it; elements may still be open.
    Eof,
}

/// A text that is being taken apart.
pub(super) struct Pieces<'a> {
    text: &'a str,
    at: usize,
    open: Vec<&'a str>,
    /// The element that was opened last has nothing in it.
    empty: bool,
}

impl<'a> Pieces<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, open: Vec::new(), empty: false }
    }

    fn cut(&self) -> DecodeError {
        // What does not begin as XML was none that ended too early.
        if self.text.trim_start_matches('\u{feff}').trim_start().starts_with('<') {
            DecodeError::Truncated(self.text.len())
        } else {
            DecodeError::Malformed("it is no XML".to_owned())
        }
    }

    pub(super) fn next(&mut self) -> Result<Piece<'a>> {
        if std::mem::take(&mut self.empty) {
            self.open.pop();
            return Ok(Piece::End);
        }
        loop {
            let rest = &self.text[self.at..];
            let bytes = rest.as_bytes();
            match bytes {
                [] => return Ok(Piece::Eof),
                [b'<', b'/', ..] => return self.end(rest),
                [b'<', b'!', ..] => {
                    if let Some(text) = self.declared(rest)? {
                        return Ok(Piece::Text(text));
                    }
                }
                [b'<', b'?', ..] => self.skip(rest, 2, "?>")?,
                [b'<', ..] => return self.start(rest),
                _ => {
                    let end = memchr(b'<', bytes).unwrap_or(bytes.len());
                    self.at += end;
                    return self.unescaped(&rest[..end]).map(Piece::Text);
                }
            }
        }
    }

    fn start(&mut self, rest: &'a str) -> Result<Piece<'a>> {
        let bytes = rest.as_bytes();
        let mut end = 1;
        loop {
            end += memchr3(b'>', b'"', b'\'', &bytes[end..]).ok_or_else(|| self.cut())?;
            if bytes[end] == b'>' {
                break;
            }
            end += 2 + memchr(bytes[end], &bytes[end + 1..]).ok_or_else(|| self.cut())?;
        }
        let inside = &rest[1..end];
        let (content, empty) = inside.strip_suffix('/').map_or((inside, false), |content| (content, true));
        let name = content.bytes().position(|b| b.is_ascii_whitespace()).unwrap_or(content.len());
        if name == 0 {
            return Err(DecodeError::Malformed("an element without a name".to_owned()));
        }
        self.at += end + 1;
        self.open.push(&content[..name]);
        self.empty = empty;
        Ok(Piece::Start(Tag { content, name }))
    }

    fn end(&mut self, rest: &'a str) -> Result<Piece<'a>> {
        let end = memchr(b'>', rest.as_bytes()).ok_or_else(|| self.cut())?;
        let name = rest[2..end].trim_ascii_end();
        match self.open.pop() {
            Some(open) if open == name => {}
            Some(open) => {
                return Err(DecodeError::Malformed(format!(
                    "</{}> where </{}> belongs",
                    short(name),
                    short(open)
                )));
            }
            None => return Err(DecodeError::Malformed(format!("</{}> of nothing", short(name)))),
        }
        self.at += end + 1;
        Ok(Piece::End)
    }

    /// Goes on behind the end of what begins here.
    fn skip(&mut self, rest: &str, from: usize, end: &str) -> Result<()> {
        let at = memmem::find(&rest.as_bytes()[from..], end.as_bytes()).ok_or_else(|| self.cut())?;
        self.at += from + at + end.len();
        Ok(())
    }

    /// A comment, which is nothing, or a stretch of text.
    fn declared(&mut self, rest: &'a str) -> Result<Option<Cow<'a, str>>> {
        const COMMENT: &str = "<!--";
        const TEXT: &str = "<![CDATA[";
        const TYPE: &str = "<!DOCTYPE";
        if rest.starts_with(COMMENT) {
            self.skip(rest, COMMENT.len(), "-->")?;
            return Ok(None);
        }
        if rest.starts_with(TEXT) {
            let from = self.at + TEXT.len();
            self.skip(rest, TEXT.len(), "]]>")?;
            return Ok(Some(lines(&self.text[from..self.at - 3])));
        }
        let begins = |word: &str| rest.get(..word.len()).is_some_and(|r| r.eq_ignore_ascii_case(word));
        if begins(TYPE) && memchr(b'>', rest.as_bytes()).is_some() {
            let kind = rest[TYPE.len()..].trim_start();
            let html = kind.get(..4).is_some_and(|kind| kind.eq_ignore_ascii_case("html"));
            return Err(if html {
                DecodeError::Html
            } else {
                DecodeError::Malformed("a document type".to_owned())
            });
        }
        let is_cut = |word: &str| word.get(..rest.len()).is_some_and(|w| w.eq_ignore_ascii_case(rest));
        Err(if begins(TYPE) || [COMMENT, TEXT, TYPE].into_iter().any(is_cut) {
            self.cut()
        } else {
            DecodeError::Malformed(format!("{:?}", short(rest)))
        })
    }

    /// A text that ends here, its entities resolved.
    fn unescaped(&self, raw: &'a str) -> Result<Cow<'a, str>> {
        let Some(first) = memchr2(b'&', b'\r', raw.as_bytes()) else { return Ok(Cow::Borrowed(raw)) };
        let mut out = String::with_capacity(raw.len());
        out.push_str(&raw[..first]);
        let mut rest = &raw[first..];
        while let Some(at) = memchr(b'&', rest.as_bytes()) {
            out.push_str(&lines(&rest[..at]));
            rest = &rest[at + 1..];
            let end = match memchr2(b';', b'&', rest.as_bytes()) {
                Some(end) if rest.as_bytes()[end] == b';' => end,
                None if self.at == self.text.len() => return Err(self.cut()),
                _ => return Err(DecodeError::Malformed("an entity without its end".to_owned())),
            };
            let name = &rest[..end];
            let Some(known) = entity(name) else {
                return Err(DecodeError::Malformed(format!("an entity: &{};", short(name))));
            };
            out.push(known);
            rest = &rest[end + 1..];
        }
        out.push_str(&lines(rest));
        Ok(Cow::Owned(out))
    }
}

fn entity(name: &str) -> Option<char> {
    let number = |digits: &str, base| {
        // No sign, which `from_str_radix` would take.
        let plain = digits.bytes().all(|b| b.is_ascii_hexdigit());
        u32::from_str_radix(digits, base).ok().filter(|n| plain && *n > 0).and_then(char::from_u32)
    };
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => match name.strip_prefix('#')? {
            hex if hex.starts_with('x') => number(&hex[1..], 16),
            digits => number(digits, 10),
        },
    }
}

/// A text with the ends of its lines as XML reads them.
fn lines(raw: &str) -> Cow<'_, str> {
    if memchr(b'\r', raw.as_bytes()).is_none() {
        return Cow::Borrowed(raw);
    }
    Cow::Owned(raw.replace("\r\n", "\n").replace('\r', "\n"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use quick_xml::events::Event;

    use super::*;

    /// As quick-xml takes it apart, texts that touch made one; `None` where it refuses.
    fn theirs(text: &str) -> Option<Vec<String>> {
        let mut reader = quick_xml::Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        let (mut out, mut open): (Vec<String>, usize) = (Vec::new(), 0);
        loop {
            let text = match reader.read_event().ok()? {
                Event::Start(start) => {
                    open += 1;
                    out.push(format!("<{}", start.local_name().into_inner()));
                    continue;
                }
                Event::End(_) => {
                    open -= 1;
                    out.push(">".to_owned());
                    continue;
                }
                Event::Eof if open > 0 => return None,
                Event::Eof => return Some(out),
                Event::Text(text) => text.xml10_content().into_owned(),
                Event::CData(text) => text.xml10_content().into_owned(),
                Event::GeneralRef(name) => match name.resolve_char_ref().ok()? {
                    Some(c) => c.to_string(),
                    None => quick_xml::escape::unescape(&format!("&{};", &*name)).ok()?.into_owned(),
                },
                Event::DocType(_) => return None,
                _ => continue,
            };
            add(&mut out, &text);
        }
    }

    fn ours(text: &str) -> Option<Vec<String>> {
        let (mut pieces, mut out) = (Pieces::new(text), Vec::new());
        loop {
            match pieces.next().ok()? {
                Piece::Start(tag) => out.push(format!("<{}", tag.local())),
                Piece::End => out.push(">".to_owned()),
                Piece::Text(text) => add(&mut out, &text),
                Piece::Eof if !pieces.open.is_empty() => return None,
                Piece::Eof => return Some(out),
            }
        }
    }

    fn add(out: &mut Vec<String>, text: &str) {
        match out.last_mut().filter(|last| last.starts_with('"')) {
            Some(last) => last.push_str(text),
            None if text.is_empty() => {}
            None => out.push(format!("\"{text}")),
        }
    }

    #[test]
    fn documents_are_taken_apart() {
        let check = |text: &str, expected: Option<&[&str]>| {
            let expected = expected.map(|e| e.iter().map(|e| (*e).to_owned()).collect::<Vec<_>>());
            assert_eq!(ours(text), expected, "{text}");
            assert_eq!(theirs(text), expected, "{text}, by quick-xml");
        };
        check(
            "<?xml version='1.0'?><a><b/> x &lt;&#65;&#x42;<!-- <c> --></a>",
            Some(&["<a", "<b", ">", "\" x <AB", ">"]),
        );
        check("<x:a y='>' z=\"/>\">1\r\n2\r3</x:a >", Some(&["<a", "\"1\n2\n3", ">"]));
        check("<a><![CDATA[<b>&amp;\r\n]]></a>", Some(&["<a", "\"<b>&amp;\n", ">"]));
        check("<a  b = 'c' />", Some(&["<a", ">"]));
        for bad in [
            "<a></b>",
            "</a>",
            "<a>&x;</a>",
            "<a>&#0;</a>",
            "<a>&#xD800;</a>",
            "<a>& </a>",
            "<a>",
            "<a",
            "<a>&am",
            "<a><!--",
        ] {
            check(bad, None);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        #[test]
        fn what_both_take_is_the_same(text in "(<a>|</a>|<b:c d=\"e>\">|</b:c>|<f/>|<g h='i' />|x|é|\r|\n| |&amp;|&#x41;|&#9;|&lt;|<!-- j -->|<!\\[CDATA\\[k&<]]>|<\\?l m\\?>){0,16}") {
            prop_assert_eq!(ours(&text), theirs(&text), "{}", text);
        }

        /// Never a panic, whatever comes.
        #[test]
        fn anything_is_taken_apart_or_refused(text in "[<>/!?&;#x'\"=\\[\\]A-D -é\r]{0,40}") {
            let _ = ours(&text);
        }
    }
}
