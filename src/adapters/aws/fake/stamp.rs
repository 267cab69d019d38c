//! A finished answer with holes: made once for an operation and a number of items, then filled for each
//! account, region, parent and set of names by copying.

use crate::model::Protocol;

/// Twelve digits.
pub(super) const ACCOUNT: char = '\u{e000}';
/// The region's name.
pub(super) const REGION: char = '\u{e001}';
/// Nine hexadecimal digits that are others for each account, region and set of parameters.
pub(super) const PLACE: char = '\u{e002}';
/// The token of the next page.
pub(super) const TOKEN: char = '\u{e003}';
const INPUTS: u32 = 0xF000;
const IDENTS: u32 = 0xF400;
/// So many parameters can have holes.
pub(super) const MOST_INPUTS: usize = 0x400;

/// The hole for a parameter's text.
pub(super) fn input(n: usize) -> char {
    u32::try_from(n).ok().and_then(|n| char::from_u32(INPUTS + n)).unwrap_or(PLACE)
}

/// The hole for nine hexadecimal digits that follow from a parameter's text.
pub(super) fn ident(n: usize) -> char {
    u32::try_from(n).ok().and_then(|n| char::from_u32(IDENTS + n)).unwrap_or(PLACE)
}

#[derive(Debug)]
enum Part {
    Text(Box<str>),
    Hole(char),
}

/// See above.
#[derive(Debug)]
pub(super) struct Stamp {
    parts: Vec<Part>,
    size: usize,
    xml: bool,
}

/// What the holes are filled with.
pub(super) struct Holes<'a> {
    pub(super) account: &'a str,
    pub(super) region: &'a str,
    pub(super) place: &'a str,
    pub(super) token: &'a str,
    pub(super) inputs: &'a [String],
}

impl Stamp {
    pub(super) fn new(text: &str, protocol: Protocol) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((at, hole)) = rest.char_indices().find(|(_, c)| ('\u{e000}'..='\u{f7ff}').contains(c))
        {
            if at > 0 {
                parts.push(Part::Text(rest[..at].into()));
            }
            parts.push(Part::Hole(hole));
            rest = &rest[at + hole.len_utf8()..];
        }
        parts.push(Part::Text(rest.into()));
        Self { parts, size: text.len() * 2, xml: protocol.is_xml() }
    }

    pub(super) fn fill(&self, holes: &Holes<'_>) -> String {
        let mut out = String::with_capacity(self.size);
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Hole(ACCOUNT) => out.push_str(holes.account),
                Part::Hole(REGION) => out.push_str(holes.region),
                Part::Hole(PLACE) => out.push_str(holes.place),
                Part::Hole(TOKEN) => out.push_str(holes.token),
                Part::Hole(hole) => {
                    let n = u32::from(*hole);
                    let (base, hashed) = if n >= IDENTS { (IDENTS, true) } else { (INPUTS, false) };
                    let text = holes.inputs.get((n - base) as usize).map_or("", String::as_str);
                    match hashed {
                        true => out.push_str(&digits(text)),
                        false => escape(text, self.xml, &mut out),
                    }
                }
            }
        }
        out
    }
}

fn escape(text: &str, xml: bool, out: &mut String) {
    for c in text.chars() {
        match (c, xml) {
            ('<', true) => out.push_str("&lt;"),
            ('>', true) => out.push_str("&gt;"),
            ('&', true) => out.push_str("&amp;"),
            ('"' | '\\', false) => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
}

/// Nine hexadecimal digits of a text.
pub(super) fn digits(text: &str) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash ^= hash >> 29;
    format!("{:016x}", hash.wrapping_mul(0xbf58_476d_1ce4_e5b9))[..9].to_owned()
}
