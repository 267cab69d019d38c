//! Patterns over text. All comparisons ignore case: both sides are folded character by character, so
//! that the fold of a part is a part of the fold (`str::to_lowercase` is not so for a final sigma).

use regex::{Regex, RegexBuilder};

use super::{Net, short};

/// The text with every character in lower case, whatever stands next to it. Both small sigmas are one.
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.chars().flat_map(fold_char).collect() }
}

fn fold_char(c: char) -> std::char::ToLowercase {
    // Both are the small form of one capital, and as long as each other.
    if c == 'ς' { 'σ' } else { c }.to_lowercase()
}

/// What a text is compared with. Every text inside is folded already.
#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    /// The whole text.
    Is(String),
    /// Some part of it.
    Contains(String),
    /// Its beginning.
    Starts(String),
    /// Its end.
    Ends(String),
    /// The whole text, with wildcards.
    Glob(Glob),
    /// Some part of it, with wildcards.
    Within(Glob),
    /// One or more whole parts of a kind: `ec2.instance` in `aws.ec2.instance`; or those that a short name
    /// stands for: `sg`.
    Parts(String),
    /// The whole of a dotted text, or one of its parts, with wildcards.
    PartsGlob(Glob),
    /// A regular expression over the folded text, anywhere in it.
    Regex(Rx),
    /// The characters in this order, with anything between them.
    Fuzzy(String),
    /// An address or network that lies in this one.
    Net(Net),
}

impl Pattern {
    /// Whether a folded text matches.
    #[must_use]
    pub fn matches(&self, folded: &str) -> bool {
        match self {
            Self::Is(p) => folded == p,
            Self::Contains(p) => folded.contains(p.as_str()),
            Self::Starts(p) => folded.starts_with(p.as_str()),
            Self::Ends(p) => folded.ends_with(p.as_str()),
            Self::Glob(g) | Self::Within(g) => g.matches(folded),
            Self::Parts(p) => has_parts(folded, p) || short::of(p).iter().any(|p| has_parts(folded, p)),
            Self::PartsGlob(g) => g.matches(folded) || folded.split('.').any(|part| g.matches(part)),
            Self::Regex(r) => r.0.is_match(folded),
            Self::Net(net) => net.holds(folded),
            Self::Fuzzy(p) => {
                let mut rest = folded.chars();
                p.chars().all(|c| rest.any(|x| x == c))
            }
        }
    }
}

fn has_parts(text: &str, parts: &str) -> bool {
    text.match_indices(parts).any(|(at, _)| {
        (at == 0 || text.as_bytes()[at - 1] == b'.')
            && text.as_bytes().get(at + parts.len()).is_none_or(|&b| b == b'.')
    })
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    One(char),
    Any,
    Many,
}

/// Text with `*` (any characters, or none) and `?` (one character).
#[derive(Clone, Debug, PartialEq)]
pub struct Glob {
    steps: Vec<Step>,
}

impl Glob {
    /// From characters and whether each is a wildcard where it is `*` or `?`; folds. `within` lets it
    /// match a part of the text.
    pub(super) fn new(chars: impl Iterator<Item = (char, bool)>, within: bool) -> Self {
        let mut steps = Vec::new();
        if within {
            steps.push(Step::Many);
        }
        for (c, wild) in chars {
            match c {
                '*' if wild => {
                    if steps.last() != Some(&Step::Many) {
                        steps.push(Step::Many);
                    }
                }
                '?' if wild => steps.push(Step::Any),
                c => steps.extend(fold_char(c).map(Step::One)),
            }
        }
        if within && steps.last() != Some(&Step::Many) {
            steps.push(Step::Many);
        }
        Self { steps }
    }

    /// The characters, and whether each is a wildcard; those that `within` added are left out.
    pub(super) fn chars(&self, within: bool) -> impl Iterator<Item = (char, bool)> + '_ {
        let cut = usize::from(within);
        let end = self.steps.len().saturating_sub(cut).max(cut.min(self.steps.len()));
        self.steps[cut.min(end)..end].iter().map(|s| match s {
            Step::One(c) => (*c, false),
            Step::Any => ('?', true),
            Step::Many => ('*', true),
        })
    }

    /// Whether the whole of a folded text matches. Takes at most length times length steps.
    #[must_use]
    pub fn matches(&self, folded: &str) -> bool {
        let (mut at, mut rest) = (0, folded.chars());
        // Where to go on when the last `*` has to swallow one character more.
        let mut back: Option<(usize, std::str::Chars<'_>)> = None;
        loop {
            let before = rest.clone();
            match (self.steps.get(at), rest.next()) {
                (Some(Step::Many), _) => {
                    rest = before;
                    at += 1;
                    back = Some((at, rest.clone()));
                    continue;
                }
                (None, None) => return true,
                (Some(Step::Any), Some(_)) => {
                    at += 1;
                    continue;
                }
                (Some(Step::One(p)), Some(c)) if *p == c => {
                    at += 1;
                    continue;
                }
                _ => {}
            }
            match &mut back {
                Some((to, from)) => {
                    if from.next().is_none() {
                        return false;
                    }
                    at = *to;
                    rest = from.clone();
                }
                None => return false,
            }
        }
    }
}

/// A regular expression; equal when its text is.
#[derive(Clone, Debug)]
pub struct Rx(Regex);

impl Rx {
    /// Compiles, within a bound on the size of the compiled form.
    ///
    /// # Errors
    /// In words for the user.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        RegexBuilder::new(text)
            .case_insensitive(true)
            .size_limit(1 << 20)
            .dfa_size_limit(1 << 20)
            .nest_limit(50)
            .build()
            .map(Self)
            .map_err(|e| match e {
                regex::Error::CompiledTooBig(_) => "the regular expression is too big".to_owned(),
                e => {
                    let text = e.to_string();
                    let last = text.lines().last().unwrap_or("it is malformed").trim();
                    format!("not a regular expression: {}", last.trim_start_matches("error: "))
                }
            })
    }

    /// The text between the slashes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl PartialEq for Rx {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}
