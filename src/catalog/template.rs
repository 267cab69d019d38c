//! Templates: text with holes that are filled from an item, its tags or the collector's context.
//!
//! Knows paths and JSON values; does not know which field of an asset it makes.

use std::{borrow::Cow, cell::RefCell, collections::BTreeMap, fmt, sync::Arc};

use serde_json::Value;

use crate::{filter::Filter, path::Path, value::text_of};

/// Text with holes.
///
/// ```text
/// arn:{partition}:ec2:{region}:{account}:instance/{/InstanceId}
///
/// {/State/Name}     what a path of the item leads to (a text, number or boolean)
/// {./name}          the same from the matched value; in references only
/// {./ns ?? /ns}     the first of several that is there
/// {}  {value}       the matched value itself; in references only
/// {tag:Name}        the value of a tag
/// {region}          a variable: `account`, `region`, `zone`, `id`, `name`, or what the collector gives
/// {/id|lower}       a hole may have filters, see [`Filter`]; `or:` is what stands for a missing one
/// {{ }}             braces themselves
/// ```
/// A path alone (`/State/Name`) and a tag alone (`tag:Name`) are short for the same in braces. A
/// template whose hole stays empty gives nothing, so that the next alternative of a field is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    text: Arc<str>,
    pieces: Vec<Piece>,
    /// The first hole of the item that can match more than once.
    wild: Option<usize>,
}

thread_local! {
    /// Where texts are put together: most templates of a row give nothing, and what gives something is copied once,
    /// to where it stays.
    static SCRATCH: RefCell<String> = const { RefCell::new(String::new()) };
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Hole(Hole),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Hole {
    /// As written, without braces and filters.
    text: String,
    what: What,
    filters: Vec<Filter>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Path(Path),
    Relative(Path),
    Either(Vec<What>),
    Matched,
    Tag(String),
    Variable(String),
}

/// What holes are filled from.
pub(crate) struct Environment<'a> {
    /// The item.
    pub(crate) item: &'a Value,
    /// The value that a reference's path matched.
    pub(crate) matched: Option<&'a Value>,
    /// The asset's tags.
    pub(crate) tags: &'a BTreeMap<String, String>,
    /// What a variable is; `None` when nobody knows it.
    pub(crate) variable: &'a dyn Fn(&str) -> Option<&'a str>,
}

impl Template {
    /// Reads a template, a path alone, or `tag:NAME`.
    ///
    /// # Errors
    /// With what is wrong and what would be right.
    pub fn parse(text: &str) -> Result<Self, String> {
        let alone = |what| {
            let hole = Hole { text: text.to_owned(), what, filters: Vec::new() };
            Self::of(text, vec![Piece::Hole(hole)])
        };
        if let Some(tag) = text.strip_prefix("tag:") {
            if tag.is_empty() {
                return Err("`tag:` lacks the name of the tag, such as `tag:Name`".to_owned());
            }
            return Ok(alone(What::Tag(tag.to_owned())));
        }
        if text.starts_with('/') && !has_open_brace(text) {
            return Ok(alone(What::Path(Path::parse(text)?)));
        }
        let pieces = pieces(text).map_err(|why| format!("template `{text}`: {why}"))?;
        Ok(Self::of(text, pieces))
    }

    fn of(text: &str, pieces: Vec<Piece>) -> Self {
        let is_wild = |piece: &Piece| matches!(piece, Piece::Hole(Hole { what: What::Path(path), .. }) if path.has_wildcard());
        Self { text: text.into(), wild: pieces.iter().position(is_wild), pieces }
    }

    /// The template as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The first hole that can match more than once, if there is one.
    #[must_use]
    pub fn wildcard(&self) -> Option<&str> {
        self.holes().find(|h| h.path().is_some_and(Path::has_wildcard)).map(|h| h.text.as_str())
    }

    /// Whether a hole asks for what a reference's path matched.
    #[must_use]
    pub fn uses_match(&self) -> bool {
        self.holes().any(|h| h.what.uses_match())
    }

    /// The text with its holes filled, or the hole that stayed empty.
    pub(crate) fn render(&self, environment: &Environment<'_>) -> Result<String, &str> {
        self.fill(environment, None, |text| text.map(str::to_owned))
    }

    /// The first text that it gives; nothing when a hole stayed empty or the whole is empty.
    pub(crate) fn text(&self, environment: &Environment<'_>) -> Option<String> {
        self.first(environment, str::to_owned)
    }

    /// What is made of the first text that it gives.
    pub(crate) fn first<R>(&self, environment: &Environment<'_>, make: impl FnOnce(&str) -> R) -> Option<R> {
        if self.wild.is_none() {
            return self.fill(environment, None, |text| text.ok().filter(|t| !t.is_empty()).map(make));
        }
        let (mut make, mut first) = (Some(make), None);
        self.each(environment, &mut |text| {
            first = make.take().map(|make| make(text));
            false
        });
        first
    }

    /// Every text that it gives, one for each match of its first wildcard, until `visit` says `false`.
    pub(crate) fn each(&self, environment: &Environment<'_>, visit: &mut dyn FnMut(&str) -> bool) {
        let wild = self.wild.and_then(|at| match &self.pieces[at] {
            Piece::Hole(Hole { what: What::Path(path), .. }) => Some((at, path)),
            _ => None,
        });
        let mut visited = |instead| {
            self.fill(environment, instead, |text| {
                text.ok().filter(|t| !t.is_empty()).is_none_or(&mut *visit)
            })
        };
        let Some((at, path)) = wild else {
            visited(None);
            return;
        };
        path.each(environment.item, &mut |v| visited(Some((at, v))));
        // `or:` speaks where the wildcard found nothing at all.
        if path.find(environment.item, Some).is_none() {
            visited(None);
        }
    }

    fn holes(&self) -> impl Iterator<Item = &Hole> {
        self.pieces.iter().filter_map(|p| match p {
            Piece::Hole(h) => Some(h),
            Piece::Literal(_) => None,
        })
    }

    /// What `take` makes of the text with its holes filled, or of the hole that stayed empty.
    fn fill<'t, R>(
        &'t self,
        environment: &Environment<'_>,
        instead: Option<(usize, &Value)>,
        take: impl FnOnce(Result<&str, &'t str>) -> R,
    ) -> R {
        SCRATCH.with(|scratch| {
            // In use already where `take` of another one asks.
            let (mut kept, mut own) = (scratch.try_borrow_mut(), String::new());
            let out = kept.as_deref_mut().unwrap_or(&mut own);
            out.clear();
            let written = self.write(environment, instead, out);
            take(written.map(|()| out.as_str()))
        })
    }

    fn write(
        &self,
        environment: &Environment<'_>,
        instead: Option<(usize, &Value)>,
        out: &mut String,
    ) -> Result<(), &str> {
        for (at, piece) in self.pieces.iter().enumerate() {
            match piece {
                Piece::Literal(text) => out.push_str(text),
                Piece::Hole(hole) => {
                    let found = match instead {
                        Some((i, value)) if i == at => text_of(value),
                        _ => hole.what.find(environment),
                    };
                    let filled = hole.filters.iter().fold(found, |text, filter| filter.apply(text));
                    out.push_str(&filled.ok_or(hole.text.as_str())?);
                }
            }
        }
        Ok(())
    }
}

impl Hole {
    fn path(&self) -> Option<&Path> {
        match &self.what {
            What::Path(p) | What::Relative(p) => Some(p),
            What::Either(_) | What::Matched | What::Tag(_) | What::Variable(_) => None,
        }
    }
}

impl What {
    fn uses_match(&self) -> bool {
        match self {
            Self::Matched | Self::Relative(_) => true,
            Self::Either(list) => list.iter().any(Self::uses_match),
            Self::Path(_) | Self::Tag(_) | Self::Variable(_) => false,
        }
    }

    fn find<'a>(&self, environment: &Environment<'a>) -> Option<Cow<'a, str>> {
        match self {
            What::Either(list) => list.iter().find_map(|what| what.find(environment)),
            What::Path(path) => path.find(environment.item, text_of),
            What::Relative(path) => path.find(environment.matched?, text_of),
            What::Matched => text_of(environment.matched?),
            What::Tag(tag) => environment.tags.get(tag).map(|t| Cow::Borrowed(t.as_str())),
            What::Variable(name) => (environment.variable)(name).map(Cow::Borrowed),
        }
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

fn has_open_brace(text: &str) -> bool {
    let mut quoted = false;
    text.chars().any(|c| {
        if c == '"' {
            quoted = !quoted;
        }
        c == '{' && !quoted
    })
}

fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        literal.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            literal.push_str(brace);
            rest = after;
            continue;
        }
        if brace == "}" {
            return Err("`}` without `{`; write `}}` for the character".to_owned());
        }
        let end = hole_end(rest).ok_or("`{` without `}`; write `{{` for the character")?;
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        pieces.push(Piece::Hole(hole(&rest[..end])?));
        rest = &rest[end + 1..];
    }
    literal.push_str(rest);
    if !literal.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(pieces)
}

/// Where the closing brace stands, quotes honoured.
fn hole_end(text: &str) -> Option<usize> {
    unquoted(text, '}').next()
}

/// The byte positions of a character outside of quotes.
fn unquoted(text: &str, wanted: char) -> impl Iterator<Item = usize> {
    let mut quoted = false;
    let mut escaped = false;
    text.char_indices().filter_map(move |(at, c)| {
        if escaped {
            escaped = false;
            return None;
        }
        match c {
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            c if c == wanted && !quoted => return Some(at),
            _ => {}
        }
        None
    })
}

fn hole(inner: &str) -> Result<Hole, String> {
    let mut cuts: Vec<usize> = unquoted(inner, '|').collect();
    cuts.push(inner.len());
    let text = inner[..cuts[0]].trim();
    let filters = cuts
        .windows(2)
        .map(|pair| Filter::parse(&inner[pair[0] + 1..pair[1]]))
        .collect::<Result<Vec<_>, _>>()?;
    let mut parts = text.split(" ?? ").map(|part| what(part.trim())).collect::<Result<Vec<_>, _>>()?;
    let what = if parts.len() == 1 { parts.remove(0) } else { What::Either(parts) };
    if let What::Either(parts) = &what
        && parts.iter().any(|p| matches!(p, What::Path(p) | What::Relative(p) if p.has_wildcard()))
    {
        return Err(format!("`{{{text}}}`: a `*` cannot stand beside `??`"));
    }
    Ok(Hole { text: text.to_owned(), what, filters })
}

fn what(text: &str) -> Result<What, String> {
    Ok(match text {
        "" | "value" => What::Matched,
        _ if text.starts_with('/') => What::Path(Path::parse(text)?),
        _ if text.starts_with("./") => What::Relative(Path::parse(&text[1..])?),
        _ => match text.strip_prefix("tag:") {
            Some("") => return Err("`{tag:}` lacks the name of the tag".to_owned()),
            Some(tag) => What::Tag(tag.to_owned()),
            None => What::Variable(variable(text)?),
        },
    })
}

fn variable(text: &str) -> Result<String, String> {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    if text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(good) {
        Ok(text.to_owned())
    } else {
        Err(format!("`{{{text}}}` is not a variable; a field of the item is written `{{/{text}}}`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn all(template: &str, matched: Option<&Value>) -> Vec<String> {
        let item = json!({"Id": "i-1", "N": 5, "Flag": true, "Empty": "", "L": [{"a": "x"}, {"a": "y"}], "o|}": "odd"});
        let tags = BTreeMap::from([("Name".to_owned(), "web".to_owned())]);
        let environment = Environment {
            item: &item,
            matched,
            tags: &tags,
            variable: &|name| (name == "region").then_some("eu-west-1"),
        };
        let mut out = Vec::new();
        Template::parse(template).unwrap().each(&environment, &mut |t| {
            out.push(t.to_owned());
            true
        });
        out
    }

    #[test]
    fn holes_are_filled() {
        assert_eq!(all("{region}:{/Id}/{/N}{{{/Flag}}}", None), ["eu-west-1:i-1/5{true}"]);
        assert_eq!(all("/Id", None), ["i-1"]);
        assert_eq!(all("tag:Name", None), ["web"]);
        assert_eq!(all("{tag:Name}-{/\"o|}\"|upper}", None), ["web-ODD"]);
        assert_eq!(all("global", None), ["global"]);
        assert_eq!(all("n:{/L/*/a}", None), ["n:x", "n:y"]);
        assert_eq!(all("{/L/*/a}{/L/*/a}", None), ["xx", "yx"]);
        assert_eq!(all("{/L/*/a|is:y|as:found}", None), ["found"]);
        assert_eq!(all("{/None/*|or:none}", None), ["none"]);
    }

    #[test]
    fn an_empty_hole_gives_nothing() {
        assert!(all("x{/Empty}", None).is_empty());
        assert!(all("x{/None}", None).is_empty());
        assert!(all("x{partition}", None).is_empty());
        assert!(all("x{/L}", None).is_empty());
        assert!(all("{}", None).is_empty());
        assert_eq!(all("x{partition|or:aws}", None), ["xaws"]);
    }

    #[test]
    fn a_match_is_seen_by_its_own_holes() {
        let matched = json!({"name": "n"});
        assert_eq!(all("{./name}/{/Id}", Some(&matched)), ["n/i-1"]);
        assert_eq!(all("{./none ?? /Id}", Some(&matched)), ["i-1"]);
        assert_eq!(all("{./name ?? /Id|upper}", Some(&matched)), ["N"]);
        assert_eq!(all("{}{value}", Some(&json!("v"))), ["vv"]);
    }

    #[test]
    fn mistakes_say_what_would_be_right() {
        let check = |template: &str, part: &str| {
            let error = Template::parse(template).unwrap_err();
            assert!(error.contains(part), "{template}: {error}");
        };
        check("a{/Id", "`{` without `}`");
        check("a}", "`}` without `{`");
        check("{InstanceId}", "`{/InstanceId}`");
        check("{/a//b}", "empty part");
        check("{/Id|lwoer}", "`lower`");
        check("tag:", "name of the tag");
        check("{tag:}", "name of the tag");
    }
}
