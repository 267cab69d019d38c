//! The strings of a JSON text, each with what a closer look would ask of it first, told in the one walk over its
//! letters that finds where it ends.
//!
//! A text where none of the beginnings below stands has no sign of a secret; where one stands it may have.

/// Blanks, and the quotes of shells: it may be a command. Also what JSON would escape, which is looked at closely.
const BLANK: u8 = 1 << 5;
/// `@`, as in links with a password.
const AT: u8 = 1 << 6;
/// One of [`BEGINNINGS`].
const SIGN: u8 = 1 << 7;

/// How the signs in `strings` begin, whatever the case, and `/-` with anything before it, which is how flags stand
/// in paths.
const BEGINNINGS: [&[u8; 3]; 46] = [
    b"---", b"aki", b"asi", b"eyj", b"ghp", b"gho", b"ghu", b"ghs", b"ghr", b"git", b"xox", b"xap", b"sla",
    b"sk_", b"rk_", b"whs", b"aiz", b"ya2", b"goc", b"npm", b"pyp", b"sk-", b"hf_", b"doo", b"dop", b"dor",
    b"hvs", b"hvb", b"sg.", b"dck", b"shp", b"dap", b"age", b"sig", b"sec", b"aut", b"bea", b"coo", b"pas",
    b"pwd", b"psk", b"tok", b"key", b"cre", b"con", b"gl?",
];

/// A number from 1 to 31 for each letter that stands in a beginning, 0 for all others.
const fn letter(byte: u8) -> u8 {
    match byte.to_ascii_lowercase() {
        low @ b'a'..=b'z' => low - b'a' + 1,
        b'-' => 27,
        b'_' => 28,
        b'.' => 29,
        b'2' => 30,
        b'/' => 31,
        _ => 0,
    }
}

/// For each byte its letter, and whether it is a blank or an `@`.
static CLASS: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0_u8;
    loop {
        let blank = matches!(byte, 0..=b' ' | 0x7f | b'\'' | b'"' | b'\\');
        table[byte as usize] =
            letter(byte) | if blank { BLANK } else { 0 } | if byte == b'@' { AT } else { 0 };
        if byte == u8::MAX {
            break table;
        }
        byte += 1;
    }
};

/// A bit for each three letters.
static BEGINS: [u64; 512] = {
    let mut table = [0; 512];
    let mut n = 0;
    while n < BEGINNINGS.len() {
        let [a, b, c] = *BEGINNINGS[n];
        let mut any = 0;
        while any < 32 {
            let third = if c == b'?' { any } else { letter(c) };
            let at = (letter(a) as usize) << 10 | (letter(b) as usize) << 5 | third as usize;
            table[at / 64] |= 1 << (at % 64);
            any += 1;
        }
        n += 1;
    }
    let mut any = 0;
    while any < 32 {
        let at = any << 10 | (letter(b'/') as usize) << 5 | letter(b'-') as usize;
        table[at / 64] |= 1 << (at % 64);
        any += 1;
    }
    table
};

/// A string of the text, quotes left out.
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    pub(super) start: usize,
    pub(super) end: usize,
    /// It has escapes: `text` is not what it stands for, and nothing was told of it.
    pub(super) escaped: bool,
    seen: u8,
}

impl Token<'_> {
    /// A blank or a quote stands in it, or it begins as JSON, a flag, or what is not ASCII.
    pub(super) fn is_odd(&self) -> bool {
        self.seen & BLANK != 0
            || matches!(self.text.as_bytes().first(), Some(b'{' | b'[' | b'-' | 0x80..=u8::MAX))
    }

    /// An `@` stands in it.
    pub(super) fn has_at(&self) -> bool {
        self.seen & AT != 0
    }

    /// A sign may stand in it, or `/-`; without that there is none.
    pub(super) fn may_have_sign(&self) -> bool {
        self.seen & SIGN != 0
    }
}

/// Whether no pattern would find anything in a text: nothing stands in it that any of them looks for.
pub(in crate::redact) fn is_plain(text: &str) -> bool {
    let (mut seen, mut last) = (0, 0_usize);
    for byte in text.bytes() {
        let class = CLASS[usize::from(byte)];
        last = (last << 5 | usize::from(class & 31)) & 0x7fff;
        let sign = BEGINS[last / 64] >> (last % 64) & 1;
        seen |= class & (BLANK | AT) | if sign == 0 { 0 } else { SIGN };
    }
    seen == 0 && !matches!(text.as_bytes().first(), Some(b'{' | b'[' | b'-' | 0x80..=u8::MAX))
}

/// The next string at or after a place; an error where the text is no JSON.
pub(super) fn next(json: &str, from: usize) -> Option<Result<Token<'_>, ()>> {
    let bytes = json.as_bytes();
    let start = from + bytes.get(from..)?.iter().position(|b| *b == b'"')? + 1;
    let (mut at, mut escaped, mut seen, mut last) = (start, false, 0, 0_usize);
    loop {
        let Some(&byte) = bytes.get(at) else { return Some(Err(())) };
        if byte == b'"' {
            return Some(Ok(Token { text: &json[start..at], start, end: at, escaped, seen }));
        }
        if byte == b'\\' {
            escaped = true;
            at += 2;
            continue;
        }
        let class = CLASS[usize::from(byte)];
        last = (last << 5 | usize::from(class & 31)) & 0x7fff;
        let sign = BEGINS[last / 64] >> (last % 64) & 1;
        seen |= class & (BLANK | AT) | if sign == 0 { 0 } else { SIGN };
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::redact::strings;

    fn told(text: &str) -> (bool, bool, bool) {
        let json = serde_json::to_string(text).unwrap();
        let token = next(&json, 0).unwrap().unwrap();
        assert!(!token.escaped);
        (token.is_odd(), token.has_at(), token.may_have_sign())
    }

    #[test]
    fn every_sign_is_seen() {
        let signs = "-----BEGIN |AKIA|ASIA|eyJ|ghp_|gho_|ghu_|ghs_|ghr_|github_pat_|gla-|glpat-|glzzzzz_|xox|xapp-|slack.com|\
            sk_|rk_|whsec_|AIza|ya29|GOCSPX|npm_|pypi-|sk-|hf_|doo_v1|dop_v1|dor_v1|hvs.|hvb.|SG.|dckr_|shp|dapi|AGE-|\
            sig=|SIGNATURE=|Security-Token=|Authorization|BEARER|cookie|pass|pwd|Psk|secret|Token|KEY|credential|conn";
        for sign in signs.split('|') {
            for text in [sign.to_owned(), format!("1{sign}"), format!("a-{sign}z"), format!("é{sign}")] {
                assert!(strings::has_sign(&text), "{text} is no sign");
                assert!(told(&text).2, "{text} is not seen");
            }
        }
        assert!(told("/-").2 && told("a/-p").2);
        assert_eq!(
            told("arn:aws:ec2:eu-west-1:123456789012:volume/vol-0123456789abcdef0"),
            (false, false, false)
        );
        assert_eq!(told("a@b"), (false, true, false));
        assert!(told("a b").0 && told("it's").0 && told("{}").0 && told("-x").0 && told("\u{a0}[").0);
    }

    proptest! {
        /// Letters and pieces of which the signs are made.
        #[test]
        fn what_is_not_seen_has_no_sign(text in "([a-zA-Z0-9./_=-]|AK|IA|gl|gh|s?k|_|-----|BEGIN |sec|ret|tok|en|pa|ss|auth|ori|zation|co|nn|okie|/-|do[opr]|_v1|SG\\.|AGE-){0,12}") {
            let (_, _, seen) = told(&text);
            prop_assert!(seen || (!strings::has_sign(&text) && !text.contains("/-")), "{}", text);
        }
    }

    #[test]
    fn strings_end_where_they_end() {
        let check = |json: &str, expected: &[(&str, bool)]| {
            let (mut from, mut found) = (0, Vec::new());
            while let Some(token) = next(json, from) {
                let token = token.unwrap();
                from = token.end + 1;
                found.push((token.text, token.escaped));
            }
            assert_eq!(found, expected, "{json}");
        };
        check(
            r#"{"a":"b","c":[1,"d\"e",""]}"#,
            &[("a", false), ("b", false), ("c", false), ("d\\\"e", true), ("", false)],
        );
        check("[1]", &[]);
        assert!(next("\"abc", 0).unwrap().is_err());
        assert!(next("\"abc\\", 0).unwrap().is_err());
        assert!(next("\"abc\\\"", 0).unwrap().is_err());
    }
}
