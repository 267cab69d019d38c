//! Filters of template holes: small changes of one text, such as lower case or one part of an ARN.
//!
//! Pure functions of a text; knows nothing of items.

mod image;

use std::borrow::Cow;

use crate::{suggest, value::text_of};

/// Changes the text of a hole; what it cannot change becomes missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// `lower`: in lower case.
    Lower,
    /// `upper`: in upper case.
    Upper,
    /// `segment:N`: the N-th part between slashes, from 0; negative counts from the end.
    Segment(i32),
    /// `field:N`: the N-th part between colons, from 0; `field:4` of an ARN is its account.
    Field(i32),
    /// `before:X`: what stands before the first X.
    Before(String),
    /// `after:X`: what stands after the first X.
    After(String),
    /// `before-last:X`: what stands before the last X; `before-last:-` of a GCP zone is its region.
    BeforeLast(String),
    /// `after-last:X`: what stands after the last X.
    AfterLast(String),
    /// `trim-start:X`: without the X that it begins with, where it does.
    TrimStart(String),
    /// `gcp`: the full resource name (`//compute.googleapis.com/projects/...`) of a GCP self link.
    Gcp,
    /// `json:X`: the field X of a text that is a JSON object itself, as policies often are.
    Json(String),
    /// `is:X`: the text if it is X, else nothing.
    Is(String),
    /// `as:X`: X instead of what was found; nothing stays nothing.
    As(String),
    /// `end:X`: with X behind it; nothing stays nothing.
    End(String),
    /// `unless:X`: the text unless it begins with X.
    Unless(String),
    /// `untagged`: the name of an image without its tag and digest.
    Untagged,
    /// `repository`: the id of the repository of AWS or GCP that an image comes from.
    Repository,
    /// `registry`: the host of the registry of Azure that an image comes from.
    Registry,
    /// `or:X`: X where nothing was found.
    Or(String),
}

/// The words, for suggestions.
const WORDS: [&str; 19] = [
    "lower",
    "upper",
    "segment",
    "field",
    "before",
    "after",
    "before-last",
    "trim-start",
    "after-last",
    "gcp",
    "json",
    "is",
    "as",
    "end",
    "unless",
    "untagged",
    "repository",
    "registry",
    "or",
];

impl Filter {
    /// Reads a filter as it stands after a `|`.
    ///
    /// # Errors
    /// With what is wrong and what would be right.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (word, argument) = match text.split_once(':') {
            Some((word, argument)) => (word.trim(), Some(argument)),
            None => (text.trim(), None),
        };
        let plain = |filter| match argument {
            None => Ok(filter),
            Some(_) => Err(format!("filter `{word}` takes nothing after it")),
        };
        let number = || {
            argument
                .and_then(|a| a.trim().parse().ok())
                .ok_or_else(|| format!("filter `{word}` needs a number, such as `{word}:-1`"))
        };
        let separator = || match argument {
            Some(a) if !a.is_empty() => Ok(a.to_owned()),
            _ => Err(format!("filter `{word}` needs a text, such as `{word}:-`")),
        };
        match word {
            "lower" => plain(Self::Lower),
            "upper" => plain(Self::Upper),
            "gcp" => plain(Self::Gcp),
            "segment" => number().map(Self::Segment),
            "field" => number().map(Self::Field),
            "before" => separator().map(Self::Before),
            "after" => separator().map(Self::After),
            "before-last" => separator().map(Self::BeforeLast),
            "after-last" => separator().map(Self::AfterLast),
            "trim-start" => separator().map(Self::TrimStart),
            "json" => separator().map(Self::Json),
            "is" => separator().map(Self::Is),
            "as" => separator().map(Self::As),
            "end" => separator().map(Self::End),
            "unless" => separator().map(Self::Unless),
            "untagged" => plain(Self::Untagged),
            "repository" => plain(Self::Repository),
            "registry" => plain(Self::Registry),
            "or" => Ok(Self::Or(argument.unwrap_or_default().to_owned())),
            _ => Err(suggest::unknown("filter", word, &WORDS)),
        }
    }

    /// The text after this filter.
    pub(crate) fn apply<'a>(&self, text: Option<Cow<'a, str>>) -> Option<Cow<'a, str>> {
        if let Self::Or(instead) = self {
            return Some(text.filter(|t| !t.is_empty()).unwrap_or_else(|| Cow::Owned(instead.clone())));
        }
        let text = text?;
        match self {
            Self::Lower if !text.bytes().any(|b| b.is_ascii_uppercase() || !b.is_ascii()) => Some(text),
            Self::Lower => Some(Cow::Owned(text.to_lowercase())),
            Self::Upper => Some(Cow::Owned(text.to_uppercase())),
            Self::Segment(n) => cut(text, |t| part(t, '/', *n)),
            Self::Field(n) => cut(text, |t| part(t, ':', *n)),
            Self::Before(x) => cut(text, |t| t.split_once(x.as_str()).map(|(a, _)| a)),
            Self::After(x) => cut(text, |t| t.split_once(x.as_str()).map(|(_, b)| b)),
            Self::BeforeLast(x) => cut(text, |t| t.rsplit_once(x.as_str()).map(|(a, _)| a)),
            Self::AfterLast(x) => cut(text, |t| t.rsplit_once(x.as_str()).map(|(_, b)| b)),
            Self::TrimStart(x) => cut(text, |t| Some(t.strip_prefix(x.as_str()).unwrap_or(t))),
            Self::Gcp => full_resource_name(&text).map(Cow::Owned),
            Self::Json(field) => {
                let value: serde_json::Value = serde_json::from_str(&text).ok()?;
                text_of(value.get(field)?).map(|t| Cow::Owned(t.into_owned()))
            }
            Self::Is(x) => (text == x.as_str()).then_some(text),
            Self::As(x) => Some(Cow::Owned(x.clone())),
            Self::End(x) => Some(Cow::Owned(format!("{text}{x}"))),
            Self::Unless(x) => (!text.starts_with(x.as_str())).then_some(text),
            Self::Untagged => cut(text, |t| Some(image::untagged(t))),
            Self::Repository => image::repository(&text).map(Cow::Owned),
            Self::Registry => cut(text, image::registry),
            Self::Or(_) => Some(text),
        }
    }
}

/// A part of a text, copied only where the text itself is a copy; what is empty is missing.
fn cut<'a>(
    text: Cow<'a, str>,
    part: impl for<'t> FnOnce(&'t str) -> Option<&'t str>,
) -> Option<Cow<'a, str>> {
    match text {
        Cow::Borrowed(text) => part(text).filter(|p| !p.is_empty()).map(Cow::Borrowed),
        Cow::Owned(text) => part(&text).filter(|p| !p.is_empty()).map(|p| Cow::Owned(p.to_owned())),
    }
}

fn part(text: &str, separator: char, n: i32) -> Option<&str> {
    let steps = usize::try_from(n.unsigned_abs()).ok()?;
    if n < 0 { text.rsplit(separator).nth(steps - 1) } else { text.split(separator).nth(steps) }
}

/// `https://www.googleapis.com/compute/v1/projects/...` and `https://compute.googleapis.com/compute/v1/projects/...`
/// as the full resource name that the Cloud Asset Inventory uses
/// (<https://cloud.google.com/asset-inventory/docs/asset-names>).
fn full_resource_name(link: &str) -> Option<String> {
    if link.starts_with("//") {
        return Some(link.to_owned());
    }
    // Some services name a network of the same API without its host.
    if link.starts_with("projects/") && ["/global/", "/regions/", "/zones/"].iter().any(|l| link.contains(l))
    {
        return Some(format!("//compute.googleapis.com/{link}"));
    }
    let (host, rest) = link.strip_prefix("https://")?.split_once('/')?;
    let service = match host {
        "www.googleapis.com" | "content.googleapis.com" => rest.split('/').next()?,
        _ => host.strip_suffix(".googleapis.com")?,
    };
    let name = rest
        .split_once("projects/")
        .map(|(_, name)| format!("projects/{name}"))
        .or_else(|| rest.split_once("/b/").map(|(_, bucket)| bucket.to_owned()))?;
    let service = match service {
        "sqladmin" | "sql" => "cloudsql",
        other => other,
    };
    Some(format!("//{service}.googleapis.com/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(filter: &str, text: &str, expected: Option<&str>) {
        let got = Filter::parse(filter).unwrap().apply(Some(Cow::Borrowed(text)));
        assert_eq!(got.as_deref(), expected, "{filter} of {text}");
    }

    #[test]
    fn each_filter() {
        check("lower", "/Subscriptions/A", Some("/subscriptions/a"));
        check("upper", "ab", Some("AB"));
        check("segment:2", "/subscriptions/s-1/x", Some("s-1"));
        check("segment:-1", "a/b/c", Some("c"));
        check("segment:-9", "a/b/c", None);
        check("segment:0", "/a", None);
        check("field:4", "arn:aws:iam::123456789012:role/r", Some("123456789012"));
        check("before:/", "a/b/c", Some("a"));
        check("after:/", "a/b/c", Some("b/c"));
        check("trim-start:/", "/a/b", Some("a/b"));
        check("trim-start:/", "a/b", Some("a/b"));
        check("before-last:-", "europe-west1-b", Some("europe-west1"));
        check("after-last:::", "a::b::c", Some("c"));
        check("before:x", "abc", None);
        check("after:aws:///", "aws:///eu-west-1a/i-1", Some("eu-west-1a/i-1"));
        check("json:a", "{\"a\":5}", Some("5"));
        check("json:b", "{\"a\":5}", None);
        check("json:a", "a", None);
        check("is:x", "x", Some("x"));
        check("is:x", "y", None);
        check("as:z", "y", Some("z"));
        check("end:/", "ns", Some("ns/"));
        check("unless:aws://", "kind://x", Some("kind://x"));
        check("unless:aws://", "aws:///a/i-1", None);
        check("untagged", "r:5000/a/b:1.2@sha256:ab", Some("r:5000/a/b"));
        check("untagged", "r:5000/a/b", Some("r:5000/a/b"));
        check("or:none", "", Some("none"));
        assert_eq!(Filter::parse("or:none").unwrap().apply(None).as_deref(), Some("none"));
        assert_eq!(Filter::parse("lower").unwrap().apply(None), None);
    }

    #[test]
    fn self_links_become_full_resource_names() {
        let name = "//compute.googleapis.com/projects/p/zones/z/instances/i";
        check("gcp", "https://www.googleapis.com/compute/v1/projects/p/zones/z/instances/i", Some(name));
        check("gcp", "https://compute.googleapis.com/compute/v1/projects/p/zones/z/instances/i", Some(name));
        check("gcp", name, Some(name));
        check("gcp", "https://www.googleapis.com/storage/v1/b/logs", Some("//storage.googleapis.com/logs"));
        check(
            "gcp",
            "https://sqladmin.googleapis.com/sql/v1beta4/projects/p/instances/db",
            Some("//cloudsql.googleapis.com/projects/p/instances/db"),
        );
        check(
            "gcp",
            "projects/p/global/networks/n",
            Some("//compute.googleapis.com/projects/p/global/networks/n"),
        );
        check("gcp", "projects/p/topics/t", None);
        check("gcp", "https://example.com/compute/v1/projects/p", None);
        check("gcp", "default", None);
    }

    #[test]
    fn mistakes_are_refused() {
        for (filter, part) in [
            ("lowr", "`lower`"),
            ("lower:1", "takes nothing"),
            ("segment", "needs a number"),
            ("segment:x", "needs a number"),
            ("before:", "needs a text"),
        ] {
            let error = Filter::parse(filter).unwrap_err();
            assert!(error.contains(part), "{filter}: {error}");
        }
    }
}
