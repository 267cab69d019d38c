//! One word, with the further values of its list, to a checked term; or what is wrong with it.

use crate::{Category, Proof, UnknownWhy};

use super::{
    BadTerm, Cmp, Expr, Glob, Has, Mark, Net, Operand, Pattern, PresenceTest, PropPath, Rx, Segment, Span,
    Term, TextField, ValueTest, fold, hints,
    keys::{self, What},
    suggest::nearest,
    time,
    words::{Ch, How, Operator, Split, Word, prop_path, tag_name},
};

/// What a word means: a term, what is wrong with it, or both when some values of a list are bad.
pub(super) struct Read {
    pub(super) expr: Option<Expr>,
    pub(super) bad: Vec<BadTerm>,
}

pub(super) fn read(text: &str, first: &Word, further: &[Word]) -> Read {
    let mut reader = Reader { text, first, further, bad: Vec::new() };
    let expr = match first.split() {
        Some(split) => reader.keyed(&split),
        None => reader.plain(),
    };
    Read { expr, bad: reader.bad }
}

struct Reader<'a> {
    text: &'a str,
    first: &'a Word,
    further: &'a [Word],
    bad: Vec<BadTerm>,
}

/// Why a value was refused, and what to write in its place.
struct Refusal(String, Option<String>);

impl<T: Into<String>> From<T> for Refusal {
    fn from(reason: T) -> Self {
        Self(reason.into(), None)
    }
}

impl Reader<'_> {
    fn refuse(&mut self, start: usize, end: usize, reason: impl Into<String>, suggestion: Option<String>) {
        let text = self.text[start..end].to_owned();
        self.bad.push(BadTerm { span: Span { start, end }, text, reason: reason.into(), suggestion });
    }

    fn refuse_all<T>(&mut self, reason: impl Into<String>, suggestion: Option<String>) -> Option<T> {
        let end = self.further.last().map_or(self.first.end, |w| w.end);
        self.refuse(self.first.start, end, reason, suggestion);
        None
    }

    fn plain(&mut self) -> Option<Expr> {
        if let Some(reason) = hints::beginning(&self.first.chars) {
            return self.refuse_all(reason, None);
        }
        match plain_pattern(&self.first.chars) {
            Ok(p) => Some(Expr::Term(Term::Text(p))),
            Err(reason) => self.refuse_all(reason, None),
        }
    }

    fn keyed(&mut self, split: &Split) -> Option<Expr> {
        if let Some(name) = tag_name(&split.key) {
            return self.tag(name, split);
        }
        if prop_path(&split.key).is_some() {
            return self.prop(split);
        }
        if keys::CHANGES.contains(&split.key.as_str()) {
            let key = &split.key;
            let reason = format!("`{key}` stands only where changes are listed, and there by itself");
            return self.refuse_all(reason, None);
        }
        let Some(key) = keys::find(&split.key) else { return self.unknown(split) };
        let wrong = |needs: &str| format!("`{}` needs {needs}, such as {}", key.name, key.example);
        match (key.what, split.op) {
            (What::Age | What::Time(_), op) => {
                let field = if let What::Time(f) = key.what { f } else { super::TimeField::Created };
                let durations_only = key.what == What::Age;
                self.time(field, durations_only, op, split, &wrong("a time"))
            }
            (What::Cost, Operator::Cmp(cmp)) => {
                match Operand::parse(&self.one(split)?, false).filter(|o| matches!(o, Operand::Number(..))) {
                    Some(operand) => Some(Expr::Term(Term::Cost { cmp, operand })),
                    None => self.refuse_all(wrong("a number"), None),
                }
            }
            (What::Cost, _) => self.refuse_all(wrong("`<` or `>`"), None),
            (_, Operator::Cmp(_)) => self.refuse_all(wrong("`:`, `=` or `!=`"), None),
            (what, op) => {
                let whole = op != Operator::Has;
                let term = match what {
                    What::Free(f) => Term::Field(f, self.each(split, |v| pattern(v, whole, false))?),
                    What::Whole(f) => Term::Field(f, self.each(split, |v| pattern(v, true, false))?),
                    What::Kind => {
                        Term::Field(TextField::Kind, self.each(split, |v| pattern(v, whole, !whole))?)
                    }
                    What::Status(part) => Term::Status(part, self.each(split, |v| pattern(v, true, false))?),
                    What::Category => Term::Category(self.each(split, category)?.concat()),
                    What::Presence => Term::Presence(self.each(split, presence)?),
                    What::Is => Term::Is(self.each(split, mark)?),
                    What::Has => return self.has(split),
                    What::Ip => Term::Ip(self.each(split, |v| net(v, key.example))?),
                    What::In => Term::In(self.each(split, |v| pattern(v, whole, false))?),
                    What::Tag | What::Prop | What::Rel | What::Cost | What::Age | What::Time(_) => {
                        return None;
                    }
                };
                Some(negate(op, Expr::Term(term)))
            }
        }
    }

    /// Reads every value; bad ones are reported and left out. `None` when none is left.
    fn each<T>(&mut self, split: &Split, read: impl Fn(&[Ch]) -> Result<T, Refusal>) -> Option<Vec<T>> {
        let values = std::iter::once((self.first, split.value)).chain(self.further.iter().map(|w| (w, 0)));
        let mut good = Vec::new();
        for (word, from) in values {
            let chars = &word.chars[from..];
            let result = if chars.is_empty() {
                Err(format!("`{}` needs a value", split.key).into())
            } else {
                read(chars)
            };
            match result {
                Ok(value) => good.push(value),
                Err(Refusal(reason, mended)) => {
                    let start = word.chars.get(from).map_or(word.start, |c| c.at);
                    // A lone value is underlined with its key; one of a list alone.
                    if self.further.is_empty() {
                        let head = &self.text[word.start..start];
                        self.refuse(word.start, word.end, reason, mended.map(|m| format!("{head}{m}")));
                    } else {
                        self.refuse(start, word.end, reason, mended);
                    }
                }
            }
        }
        (!good.is_empty()).then_some(good)
    }

    fn tag(&mut self, name: &str, split: &Split) -> Option<Expr> {
        if name.is_empty() {
            return self.refuse_all("`tag.` needs the name of a tag, such as tag.env=prod", None);
        }
        let key = fold(name);
        if let Operator::Cmp(cmp) = split.op {
            let operand = self.operand(split, cmp, &key)?;
            return Some(Expr::Term(Term::TagCompare { key, cmp, operand }));
        }
        let whole = split.op != Operator::Has;
        let values = self.each(split, |v| value_or_net(v, whole))?;
        Some(negate(split.op, Expr::Term(Term::Tag { key, values })))
    }

    fn prop(&mut self, split: &Split) -> Option<Expr> {
        let begin = prop_path(&split.key).map_or(0, |p| split.key.len() - p.len());
        let path = match path(&self.first.chars[begin.min(split.length)..split.length]) {
            Ok(path) => path,
            Err(reason) => return self.refuse_all(reason, None),
        };
        if let Operator::Cmp(cmp) = split.op {
            let operand = self.operand(split, cmp, path.last_key())?;
            return Some(Expr::Term(Term::Prop { path, test: ValueTest::Compare(cmp, operand) }));
        }
        let whole = split.op != Operator::Has;
        let values = self.each(split, |v| value_or_net(v, whole))?;
        Some(negate(split.op, Expr::Term(Term::Prop { path, test: ValueTest::Any(values) })))
    }

    /// What `<` or `>` compares with. Values of a key that ends with `version` are versions.
    fn operand(&mut self, split: &Split, cmp: Cmp, key: &str) -> Option<Operand> {
        let operand = Operand::parse(&self.one(split)?, key.ends_with("version"));
        if operand.is_none() {
            let sign = cmp.as_str();
            let reason = format!(
                "`{sign}` compares with a number, a size (10GiB), a version (1.30.2, v1.30), a span (30d) or a date"
            );
            return self.refuse_all(reason, None);
        }
        operand
    }

    /// The only value, for what takes no list.
    fn one(&mut self, split: &Split) -> Option<String> {
        if !self.further.is_empty() {
            return self.refuse_all(format!("`{}` takes one value here", split.key), None);
        }
        let value = self.first.text(split.value);
        if value.is_empty() {
            return self.refuse_all(format!("`{}` needs a value", split.key), None);
        }
        Some(value)
    }

    fn time(
        &mut self,
        field: super::TimeField,
        durations_only: bool,
        op: Operator,
        split: &Split,
        wrong: &str,
    ) -> Option<Expr> {
        let value = self.one(split)?;
        let (cmp, value) = match op {
            Operator::Cmp(cmp) => (cmp, value.as_str()),
            Operator::Has => {
                let all = [Cmp::LessOrEqual, Cmp::GreaterOrEqual, Cmp::Less, Cmp::Greater];
                let written = all.into_iter().find_map(|c| Some((c, value.strip_prefix(c.as_str())?)));
                // `changed:2h` means within the last two hours; `created:2026-01-01` has no such meaning.
                match written {
                    Some(w) => w,
                    None if time::duration(&value).is_some() => (Cmp::Less, value.as_str()),
                    None => return self.refuse_all(wrong, None),
                }
            }
            Operator::Equal | Operator::NotEqual => {
                let head = &split.key;
                let mended = time::when(&value).map(|_| format!("{head}<{value}"));
                return self.refuse_all(format!("`{head}` is compared with `<` or `>`"), mended);
            }
        };
        let when =
            if durations_only { time::duration(value).map(super::When::Ago) } else { time::when(value) };
        match when {
            Some(when) => Some(Expr::Term(Term::Time { field, cmp, when })),
            None => self.refuse_all(
                format!(
                    "`{value}` is not a {}",
                    if durations_only { "span such as 90d or 12h" } else { "span such as 90d, or a date" }
                ),
                None,
            ),
        }
    }

    fn has(&mut self, split: &Split) -> Option<Expr> {
        let terms = self.each(split, has)?;
        let any = if terms.len() == 1 {
            terms.into_iter().next().map(|h| Expr::Term(Term::Has(h)))
        } else {
            Some(Expr::Or(terms.into_iter().map(|h| Expr::Term(Term::Has(h))).collect()))
        };
        any.map(|e| negate(split.op, e))
    }

    /// A word with an unknown key: an id that was pasted, or a mistake.
    fn unknown(&mut self, split: &Split) -> Option<Expr> {
        let text = self.first.text(0);
        if is_id(&text, split, nearest(&split.key, keys::names()).is_some()) {
            return self.plain();
        }
        let (reason, suggestion) =
            hints::unknown_key(split, &self.text[self.value_start(split)..self.first.end]);
        self.refuse_all(reason, suggestion)
    }

    fn value_start(&self, split: &Split) -> usize {
        self.first.chars.get(split.value).map_or(self.first.end, |c| c.at)
    }
}

fn negate(op: Operator, expr: Expr) -> Expr {
    if op == Operator::NotEqual { expr.negated() } else { expr }
}

/// Schemes that begin ids which have no other mark of one.
const SCHEMES: &[&str] = &[
    "arn",
    "urn",
    "sha256",
    "sha512",
    "sha1",
    "md5",
    "http",
    "https",
    "ssh",
    "git",
    "s3",
    "gs",
    "file",
    "docker",
    "containerd",
    "oci",
    "mailto",
    "did",
];

/// Whether a word with an unknown key is the text of an id, an address or a path.
fn is_id(text: &str, split: &Split, has_near_key: bool) -> bool {
    let value = || &text[split.key.len().min(text.len())..];
    let colons = text.matches(':').count();
    SCHEMES.contains(&split.key.as_str())
        || text.contains("://")
        || text.contains("::")
        || super::address(text).is_some()
        // MAC addresses and partial IPv6 addresses.
        || (colons >= 2 && text.chars().all(|c| c.is_ascii_hexdigit() || c == ':' || c == '.'))
        // `db.example.com:5432`, and `C:\Users`.
        || (split.op == Operator::Has && split.key.contains('.'))
        || (split.op == Operator::Has && split.key.len() == 1 && value().starts_with(":\\"))
        || (!has_near_key
            // `system:serviceaccount:ns:name`, `localhost:8080`, and what only a comparison sign makes a key.
            && (colons >= 3
                || (split.op == Operator::Has && value().len() > 1 && value()[1..].bytes().all(|b| b.is_ascii_digit()))
                || matches!(split.op, Operator::Cmp(_))))
}

/// A word without a key.
fn plain_pattern(chars: &[Ch]) -> Result<Pattern, String> {
    let text =
        |chars: &[Ch]| fold(&chars.iter().filter(|c| c.how != How::Quote).map(|c| c.c).collect::<String>());
    let Some((first, rest)) = chars.split_first() else { return Err("an empty term".into()) };
    match first.how {
        How::Quote if text(chars).is_empty() => return Err("there is nothing between the quotes".into()),
        How::Quote => return Ok(Pattern::Is(text(chars))),
        How::Regex => return regex(chars),
        How::Bare | How::Literal => {}
    }
    if first.is_bare('~') && rest.first().is_some_and(|c| c.c != '/') {
        return Ok(Pattern::Fuzzy(text(rest)));
    }
    let ends = chars.len() > 1 && chars[chars.len() - 1].is_bare('$');
    match (first.is_bare('^') && chars.len() > 1, ends) {
        (true, true) if chars.len() > 2 => return Ok(Pattern::Is(text(&chars[1..chars.len() - 1]))),
        (true, _) => return Ok(Pattern::Starts(text(rest))),
        (false, true) => return Ok(Pattern::Ends(text(&chars[..chars.len() - 1]))),
        (false, false) => {}
    }
    // Stars at the ends say nothing: a word is looked for anywhere.
    let first = chars.iter().position(|c| !c.is_bare('*'));
    let last = chars.iter().rposition(|c| !c.is_bare('*'));
    let chars = if let (Some(first), Some(last)) = (first, last) { &chars[first..=last] } else { chars };
    if chars.iter().any(|c| c.is_bare('*')) {
        // `?` stands for itself here: pasted addresses have queries.
        return Ok(Pattern::Within(Glob::new(chars.iter().map(|c| (c.c, c.is_bare('*'))), true)));
    }
    Ok(Pattern::Contains(text(chars)))
}

fn regex(chars: &[Ch]) -> Result<Pattern, String> {
    let inner: String = chars[1..chars.len() - 1].iter().map(|c| c.c).collect();
    Rx::new(&inner).map(Pattern::Regex)
}

/// The value of a text field. `parts`: it is a dotted text and any part will do.
fn pattern(chars: &[Ch], whole: bool, parts: bool) -> Result<Pattern, Refusal> {
    if chars[0].how == How::Regex {
        return Ok(regex(chars)?);
    }
    let text = || fold(&chars.iter().filter(|c| c.how != How::Quote).map(|c| c.c).collect::<String>());
    let wild = |c: &Ch| c.is_bare('*') || c.is_bare('?');
    if chars.iter().any(wild) {
        let visible = chars.iter().filter(|c| c.how != How::Quote);
        let glob = Glob::new(visible.map(|c| (c.c, wild(c))), false);
        return Ok(if parts { Pattern::PartsGlob(glob) } else { Pattern::Glob(glob) });
    }
    let text = text();
    Ok(match (parts, whole) {
        (true, _) if text.is_empty() => return Err("a kind cannot be empty".into()),
        (true, _) => Pattern::Parts(text),
        (false, true) => Pattern::Is(text),
        (false, false) => Pattern::Contains(text),
    })
}

/// The value of a tag or property: as of a text field, but a network without quotes stands for all that
/// lies in it.
fn value_or_net(chars: &[Ch], whole: bool) -> Result<Pattern, Refusal> {
    if chars.iter().all(|c| c.how == How::Bare) {
        let text = plain_text(chars);
        if let Some(net) = text.contains('/').then(|| Net::parse(&text)).flatten() {
            return Ok(Pattern::Net(net));
        }
    }
    pattern(chars, whole, false)
}

/// A path into the payload: `a.b`, `a[0].b`, `a[*].b`, `a."odd key"`, `*.b`.
fn path(chars: &[Ch]) -> Result<PropPath, String> {
    let mut segments = Vec::new();
    for step in chars.split(|c| c.is_bare('.')) {
        let name_end = step.iter().position(|c| c.is_bare('[')).unwrap_or(step.len());
        let (name, mut rest) = step.split_at(name_end);
        if !name.is_empty() {
            let any = name.len() == 1 && name[0].is_bare('*');
            segments.push(if any { Segment::Any } else { Segment::Key(fold(&plain_text(name))) });
        } else if rest.is_empty() || !segments.is_empty() {
            return Err(
                "a path is keys with dots between them, such as prop.Placement.Tenancy=default".into()
            );
        }
        while let Some((_, inside)) = rest.split_first().filter(|(c, _)| c.is_bare('[')) {
            let end =
                inside.iter().position(|c| c.is_bare(']')).ok_or("a `[` in the path is never closed")?;
            match plain_text(&inside[..end]).as_str() {
                // Lists are looked through anyway.
                "*" | "" => {}
                at => segments.push(Segment::Index(at.parse().map_err(|_| {
                    format!("`[{at}]` is no place in a list; write [0], [1] or [*], and odd keys in quotes")
                })?)),
            }
            rest = &inside[end + 1..];
        }
        if !rest.is_empty() {
            return Err("after a `]` of a path comes a dot or an operator".into());
        }
    }
    PropPath::new(segments)
        .ok_or_else(|| "a path has between 1 and 32 keys, such as prop.Placement.Tenancy".into())
}

/// The value of a whole text, as a pattern.
pub(super) fn value_pattern(chars: &[Ch]) -> Result<Pattern, String> {
    pattern(chars, true, false).map_err(|Refusal(reason, _)| reason)
}

pub(super) fn plain_text(chars: &[Ch]) -> String {
    chars.iter().filter(|c| c.how != How::Quote).map(|c| c.c).collect()
}

fn category(chars: &[Ch]) -> Result<Vec<Category>, Refusal> {
    let p = pattern(chars, true, false)?;
    let found: Vec<_> = Category::ALL.into_iter().filter(|c| p.matches(c.as_str())).collect();
    if found.is_empty() {
        let words = Category::ALL.map(Category::as_str);
        let reason = format!("there is no such category; one of {}", words.join(", "));
        return Err(Refusal(reason, nearest(&plain_text(chars), words).map(str::to_owned)));
    }
    Ok(found)
}

/// Every reason for unknown presence, by its word.
pub(super) const WHYS: [UnknownWhy; 9] = [
    UnknownWhy::Partial,
    UnknownWhy::Denied,
    UnknownWhy::Throttled,
    UnknownWhy::Timeout,
    UnknownWhy::Unreachable,
    UnknownWhy::Disabled,
    UnknownWhy::Cancelled,
    UnknownWhy::MissedOnce,
    UnknownWhy::Never,
];

/// Every proof that something is gone, by its word.
const PROOFS: [Proof; 4] =
    [Proof::NotFound, Proof::DeleteEvent, Proof::SnapshotListing, Proof::SecondListing];

/// The words that may follow `presence:`.
pub(super) fn presence_words() -> impl Iterator<Item = &'static str> {
    let whys = WHYS.into_iter().map(UnknownWhy::as_str);
    ["present", "unknown", "gone"].into_iter().chain(whys).chain(PROOFS.into_iter().map(Proof::as_str))
}

fn presence(chars: &[Ch]) -> Result<PresenceTest, Refusal> {
    let word = fold(&plain_text(chars));
    match word.as_str() {
        "present" => return Ok(PresenceTest::Present),
        "unknown" => return Ok(PresenceTest::Unknown),
        "gone" => return Ok(PresenceTest::Gone),
        _ => {}
    }
    let why = WHYS.into_iter().find(|w| w.as_str() == word).map(PresenceTest::Why);
    let proof = || PROOFS.into_iter().find(|p| p.as_str() == word).map(PresenceTest::Proof);
    why.or_else(proof).ok_or_else(|| {
        let list: Vec<_> = presence_words().collect();
        let reason = format!("presence is one of {}", list.join(", "));
        Refusal(reason, nearest(&word, presence_words()).map(str::to_owned))
    })
}

fn mark(chars: &[Ch]) -> Result<Mark, Refusal> {
    let word = fold(&plain_text(chars));
    Mark::ALL.into_iter().find(|m| m.as_str() == word).ok_or_else(|| {
        let words = Mark::ALL.map(Mark::as_str);
        Refusal(format!("`is:` takes {}", words.join(" or ")), nearest(&word, words).map(str::to_owned))
    })
}

fn net(chars: &[Ch], example: &str) -> Result<Net, Refusal> {
    let text = plain_text(chars);
    Net::loose(&text).ok_or_else(|| {
        format!("`{text}` is not an address or network, such as {example} (host names: address:)").into()
    })
}

fn has(chars: &[Ch]) -> Result<Has, Refusal> {
    let text = plain_text(chars);
    if let Some(name) = tag_name(&text) {
        return if name.is_empty() {
            Err("`has:tag.` needs the name of a tag".into())
        } else {
            Ok(Has::Tag(fold(name)))
        };
    }
    if let Some(rest) = prop_path(&text) {
        // Quotes around the whole leave the dots as dots.
        let quoted = chars.first().is_some_and(|c| c.how == How::Quote);
        let bare: Vec<Ch> =
            chars.iter().filter(|c| c.how != How::Quote).map(|c| Ch { how: How::Bare, ..*c }).collect();
        let begin = text[..text.len() - rest.len()].chars().count();
        let path = if quoted { path(&bare[begin..]) } else { path(&chars[begin..]) };
        return Ok(Has::Prop(path?));
    }
    let word = fold(&text);
    keys::HAS.iter().find(|(w, _)| *w == word).map(|(_, h)| h.clone()).ok_or_else(|| {
        let words = || keys::HAS.iter().map(|(w, _)| *w);
        let list: Vec<_> = words().collect();
        let reason = format!("`has:` takes tag.NAME, prop.PATH or one of {}", list.join(", "));
        Refusal(reason, nearest(&word, words()).map(str::to_owned))
    })
}
