//! The filter of changes: terms on the assets, and beside them `change:` and `path:` on the changes
//! themselves. Those two stand by themselves at the top: they are cut out of the text, and what is left
//! is a filter of assets with every position where it was.

use crate::{AssetId, ChangeKind, Kind};

use super::{
    BadTerm, Expr, Pattern, Query, Span, Term, TextField, fold,
    keys::CHANGES,
    parse::{MAX_LENGTH, closing},
    suggest::nearest,
    term::{plain_text, value_pattern},
    words::{self, Operator, Split, Word},
};

/// A parsed filter of changes.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangeFilter {
    /// What is asked of the assets; its bad terms are those of the whole text.
    pub assets: Query,
    tests: Vec<Test>,
}

/// One term on the changes themselves.
#[derive(Clone, Debug, PartialEq)]
struct Test {
    any: Any,
    negated: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Any {
    Change(Vec<ChangeKind>),
    Path(Vec<Pattern>),
}

impl ChangeFilter {
    /// Parses; empty text admits every change.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut cut = Cut { text, rest: text.as_bytes().to_vec(), tests: Vec::new(), bad: Vec::new() };
        if text.len() <= MAX_LENGTH {
            cut.walk();
        }
        // Whole terms were replaced by as many spaces, so that it still is text.
        let rest = String::from_utf8(cut.rest).unwrap_or_default();
        let mut assets = Query { text: text.to_owned(), ..Query::parse(&rest) };
        assets.bad.extend(cut.bad);
        assets.bad.sort_by_key(|b| b.span.start);
        Self { assets, tests: cut.tests }
    }

    /// Whether the terms on changes themselves let this one pass.
    #[must_use]
    pub fn admits(&self, change: ChangeKind, path: &str) -> bool {
        let path = fold(path);
        self.tests.iter().all(|test| {
            let any = match &test.any {
                Any::Change(kinds) => kinds.contains(&change),
                Any::Path(patterns) => patterns.iter().any(|p| at_or_below(p, &path)),
            };
            any != test.negated
        })
    }

    /// Whether an asset matches of which no more is known than what a change says. What cannot be told
    /// does not match.
    #[must_use]
    pub fn matches_stranger(&self, id: &AssetId, kind: &Kind) -> bool {
        told(&self.assets.expr, &fold(id.as_str()), &fold(kind.as_str())) == Some(true)
    }
}

/// What happened, by its word; else why not, and what was probably meant.
fn kind(text: &str) -> Result<ChangeKind, (String, Option<String>)> {
    ChangeKind::ALL.into_iter().find(|k| k.as_str() == text).ok_or_else(|| {
        let words = ChangeKind::ALL.map(ChangeKind::as_str);
        let reason = format!("there is no such change; one of {}", words.join(", "));
        (reason, nearest(text, words).map(str::to_owned))
    })
}

/// A plain path means the field and everything below it.
fn at_or_below(pattern: &Pattern, path: &str) -> bool {
    match pattern {
        Pattern::Is(field) => {
            path.strip_prefix(field.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        }
        other => other.matches(path),
    }
}

fn told(expr: &Expr, id: &str, kind: &str) -> Option<bool> {
    let matches = |patterns: &[Pattern], text| Some(patterns.iter().any(|p| p.matches(text)));
    match expr {
        Expr::All => Some(true),
        Expr::Not(inner) => told(inner, id, kind).map(|t| !t),
        Expr::And(parts) => parts.iter().try_fold_told(false, |part| told(part, id, kind)),
        Expr::Or(parts) => parts.iter().try_fold_told(true, |part| told(part, id, kind)),
        Expr::Term(Term::Field(TextField::Id, patterns)) => matches(patterns, id),
        Expr::Term(Term::Field(TextField::Kind, patterns)) => matches(patterns, kind),
        // The name and addresses may match besides.
        Expr::Term(Term::Text(pattern)) if !matches!(pattern, Pattern::Fuzzy(_)) => {
            pattern.matches(id).then_some(true)
        }
        Expr::Term(_) => None,
    }
}

/// `And` and `Or` over what may not be known: `decides` is the answer of one part that settles it.
trait Told: Iterator + Sized {
    fn try_fold_told(self, decides: bool, tell: impl Fn(Self::Item) -> Option<bool>) -> Option<bool> {
        let mut all_known = true;
        for part in self {
            match tell(part) {
                Some(answer) if answer == decides => return Some(decides),
                Some(_) => {}
                None => all_known = false,
            }
        }
        all_known.then_some(!decides)
    }
}

impl<I: Iterator> Told for I {}

struct Cut<'a> {
    text: &'a str,
    /// The text without the terms that were cut out.
    rest: Vec<u8>,
    tests: Vec<Test>,
    bad: Vec<BadTerm>,
}

impl Cut<'_> {
    /// Term by term, at the top only: what stands in parentheses or in an OR is left to the other parser,
    /// which says why it cannot be there.
    fn walk(&mut self) {
        let mut at = 0;
        let mut joined = false;
        while let Some(c) = self.text[at..].chars().next() {
            if c.is_whitespace() || c == ',' {
                joined |= c == ',';
                at += c.len_utf8();
                continue;
            }
            let start = at;
            let head = &self.text[at..];
            let body = head.trim_start_matches('!');
            let negated = (head.len() - body.len()) % 2 == 1;
            at += head.len() - body.len();
            match body.chars().next() {
                None => return,
                Some(c) if c.is_whitespace() || c == ',' => continue,
                Some('(') => at = closing(self.text, at),
                Some(')') => at += 1,
                Some(c) => {
                    let word = words::word(self.text, at);
                    at = word.end.max(at + c.len_utf8());
                    let own = word.split().filter(|s| CHANGES.contains(&s.key.as_str()) && !word.unclosed);
                    if let Some(split) = own.filter(|_| !joined) {
                        at = self.term(start, &word, &split, negated);
                    }
                }
            }
            joined = false;
        }
    }

    /// Reads a term and the further values of its list; answers with where it ends.
    fn term(&mut self, start: usize, word: &Word, split: &Split, negated: bool) -> usize {
        let mut values = vec![(word.clone(), split.value)];
        let mut end = word.end;
        while let Some(next) = self.after_comma(end) {
            let further = words::word(self.text, next);
            if self.text[next..].starts_with(['!', '(', ')']) || further.split().is_some() || further.unclosed
            {
                // An OR with another term: refused where it stands.
                return end;
            }
            end = further.end;
            values.push((further, 0));
        }
        self.rest[start..end].fill(b' ');
        let negated = negated != (split.op == Operator::NotEqual);
        if let Operator::Cmp(cmp) = split.op {
            let reason = format!("`{}` takes `:`, `=` or `!=`, not `{}`", split.key, cmp.as_str());
            self.refuse(start, end, reason, None);
            return end;
        }
        let (mut kinds, mut paths) = (Vec::new(), Vec::new());
        let lone = values.len() == 1;
        for (value, from) in values {
            let from_byte = value.chars.get(from).map_or(value.end, |c| c.at);
            let chars = &value.chars[from..];
            let read = if chars.is_empty() {
                let words = ChangeKind::ALL.map(ChangeKind::as_str).join(", ");
                let needs = if split.key == "change" { words } else { "the path of a field".to_owned() };
                Err((format!("`{}` needs a value: {needs}", split.key), None))
            } else if split.key == "change" {
                kind(&fold(&plain_text(chars))).map(|kind| kinds.push(kind))
            } else {
                value_pattern(chars).map(|pattern| paths.push(pattern)).map_err(|reason| (reason, None))
            };
            if let Err((reason, mended)) = read {
                // A lone value is underlined with its key; one of a list alone.
                let begin = if lone { word.start } else { from_byte };
                let mended = mended.map(|m| format!("{}{m}", &self.text[begin..from_byte]));
                self.refuse(begin, value.end, reason, mended);
            }
        }
        if !kinds.is_empty() {
            self.tests.push(Test { any: Any::Change(kinds), negated });
        }
        if !paths.is_empty() {
            self.tests.push(Test { any: Any::Path(paths), negated });
        }
        end
    }

    /// Where the next value of a list begins, if a comma follows and then something.
    fn after_comma(&self, at: usize) -> Option<usize> {
        let after = self.text[at..].trim_start().strip_prefix(',')?.trim_start();
        (!after.is_empty() && !after.starts_with(',')).then(|| self.text.len() - after.len())
    }

    fn refuse(&mut self, start: usize, end: usize, reason: String, suggestion: Option<String>) {
        let text = self.text[start..end].to_owned();
        self.bad.push(BadTerm { span: Span { start, end }, text, reason, suggestion });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(filter: &str, change: ChangeKind, path: &str) -> bool {
        let filter = ChangeFilter::parse(filter);
        assert_eq!(filter.assets.bad, [], "{filter:?}");
        filter.admits(change, path)
    }

    #[test]
    fn changes_are_told_apart_by_what_happened_and_by_path() {
        use ChangeKind::{Changed, Created, Gone};
        for (filter, change, path, want) in [
            ("", Gone, "", true),
            ("change:gone", Gone, "", true),
            ("change:gone", Created, "", false),
            ("change:created,gone", Created, "", true),
            ("change:created, gone", Gone, "", true),
            ("!change:created", Gone, "", true),
            ("!!change:created", Gone, "", false),
            ("change!=created", Created, "", false),
            ("path:tags.*", Changed, "tags.env", true),
            ("path:tags", Changed, "tags.env", true),
            ("path:tags", Changed, "tagsy.env", false),
            ("path:Tags.Env", Changed, "tags.env", true),
            ("path:status,tags", Changed, "status", true),
            ("path:relationships.*", Changed, "relationships.uses->id:db", true),
            ("path:/^tags.e/", Changed, "tags.env", true),
            ("!path:tags", Changed, "status", true),
            ("change:changed web path:status", Changed, "tags.env", false),
            ("change:changed web path:status", Changed, "status", true),
        ] {
            assert_eq!(admits(filter, change, path), want, "{filter} on {change:?} {path}");
        }
    }

    #[test]
    fn what_is_left_is_a_filter_of_assets_at_its_old_positions() {
        let filter = ChangeFilter::parse("change:gone kind:ec2 path:tags,status colour:red");
        assert_eq!(filter.assets.expr, Query::parse("kind:ec2").expr);
        assert_eq!(filter.assets.text, "change:gone kind:ec2 path:tags,status colour:red");
        let bad = &filter.assets.bad[0];
        assert_eq!((bad.span.start, bad.span.end, bad.text.as_str()), (38, 48, "colour:red"));
    }

    #[test]
    fn a_term_on_changes_stands_by_itself_or_is_refused_with_the_reason() {
        for text in
            ["web,change:gone", "change:gone,web:x", "(change:gone web)", "!(path:tags)", "name:a,path:b"]
        {
            let bad = ChangeFilter::parse(text).assets.bad;
            assert!(!bad.is_empty(), "{text}");
        }
        let bad = &ChangeFilter::parse("(change:gone web)").assets.bad[0];
        assert_eq!((bad.text.as_str(), bad.span.start), ("change:gone", 1));
        let bad = &ChangeFilter::parse("change:created,gonne").assets.bad[0];
        assert_eq!((bad.text.as_str(), bad.suggestion.as_deref()), ("gonne", Some("gone")));
        let bad = &ChangeFilter::parse("web !change:goone").assets.bad[0];
        assert_eq!((bad.text.as_str(), bad.suggestion.as_deref()), ("change:goone", Some("change:gone")));
        assert_eq!(ChangeFilter::parse("change>gone change: path:").assets.bad.len(), 3);
        // A filter of assets says where these belong.
        let bad = &Query::parse("change:gone").bad[0];
        assert!(bad.reason.contains("only where changes are listed"), "{}", bad.reason);
    }

    #[test]
    fn of_an_asset_that_is_forgotten_only_id_and_kind_can_be_told() {
        for (filter, want) in [
            ("", true),
            ("kind:ec2", true),
            ("id:web", true),
            ("web", true),
            ("db", false),
            ("!db", false),
            ("region:eu-*", false),
            ("!region:eu-*", false),
            ("region:eu-*,kind:ec2", true),
            ("kind:rds region:eu-*", false),
            ("!kind:rds", true),
        ] {
            let filter = ChangeFilter::parse(filter);
            let kind = "aws.ec2.instance".parse().unwrap();
            assert_eq!(filter.matches_stranger(&"id:web".into(), &kind), want, "{}", filter.assets.text);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic_and_with_spans_inside(text in "[a-z:=!(), \"/*.ß→]{0,40}(change:|path:|,|!)?[a-z,]{0,8}") {
            let filter = ChangeFilter::parse(&text);
            for bad in &filter.assets.bad {
                proptest::prop_assert!(text.get(bad.span.start..bad.span.end).is_some());
            }
            let _ = filter.admits(ChangeKind::Gone, "tags.env");
        }
    }
}
