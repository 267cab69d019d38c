//! What to say of a word whose key is none, or that is only the beginning of a term.

use super::{
    keys,
    suggest::nearest,
    words::{Ch, How, Split, prop_path, tag_name},
};

/// A reason, and what was probably meant.
pub(super) type Hint = (String, Option<String>);

/// So much of a value is repeated in a reason.
const SHOWN: usize = 40;

/// Of a key that does not exist; `value` is what stands after its operator, as it was typed.
pub(super) fn unknown_key(split: &Split, value: &str) -> Hint {
    let (key, op) = (&split.key, split.op.as_str());
    match nearest(key, keys::names()) {
        Some(name) if name.ends_with('.') => named(key, name, value),
        Some(name) if name.ends_with('(') => (format!("there is no key `{key}`"), Some(name.to_owned())),
        Some(name) => (format!("there is no key `{key}`"), Some(format!("{name}{op}{value}"))),
        None => {
            let value = if value.is_empty() || value.chars().count() > SHOWN { "..." } else { value };
            let reason = format!(
                "there is no key `{key}`; a tag is asked with `tag.{key}{op}{value}`, and text in quotes is searched for"
            );
            (reason, None)
        }
    }
}

/// Of `tag:NAME` and the like, where a dot is missing.
fn named(key: &str, head: &str, value: &str) -> Hint {
    let (what, example) = match tag_name(head) {
        Some(_) => ("the name of the tag", "tag.env=prod"),
        None => ("the path", "prop.InstanceType=m5.*"),
    };
    let reason = format!("there is no key `{key}`; {what} stands after a dot, as in {example}");
    let asks = value.contains([':', '=', '<', '>']);
    let meant = match (value.is_empty(), asks) {
        (true, _) => None,
        (false, true) => Some(format!("{head}{value}")),
        (false, false) => Some(format!("has:{head}{value}")),
    };
    (reason, meant)
}

/// Of a word without an operator that only begins a term.
pub(super) fn beginning(chars: &[Ch]) -> Option<&'static str> {
    if chars.iter().any(|c| c.how != How::Bare) {
        return None;
    }
    let text: String = chars.iter().take(12).map(|c| c.c).collect();
    match text.as_str() {
        "~" => Some("after `~` come the characters to look for, as in ~wbprd"),
        "^" => Some("after `^` comes the beginning of a name, as in ^web"),
        text if tag_name(text) == Some("") => {
            Some("after `tag.` come the name of a tag and a value, as in tag.env=prod")
        }
        text if prop_path(text) == Some("") => {
            Some("after `prop.` come a path and a value, as in prop.InstanceType=m5.*")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::query::{BadTerm, Pattern, Query, Term};

    fn bad(text: &str) -> BadTerm {
        let mut query = Query::parse(text);
        assert_eq!(query.bad.len(), 1, "{text}: {:?}", query.bad);
        query.bad.remove(0)
    }

    #[test]
    fn an_unknown_key_may_be_a_tag() {
        for (text, words) in [
            ("env=prod", "`tag.env=prod`"),
            ("env!=prod", "`tag.env!=prod`"),
            ("team:\"a b\"", "`tag.team:\"a b\"`"),
            ("foo:", "`tag.foo:...`"),
        ] {
            let bad = bad(text);
            assert!(bad.reason.contains(words) && bad.reason.contains("in quotes"), "{text}: {}", bad.reason);
            assert_eq!(bad.suggestion, None, "{text}");
        }
        assert_eq!(bad("regoin:eu").reason, "there is no key `regoin`");
    }

    #[test]
    fn a_missing_dot_is_put_in_with_what_follows() {
        for (text, suggestion) in [
            ("tag:env", Some("has:tag.env")),
            ("tag:env=prod", Some("tag.env=prod")),
            ("label:\"my key\"=x", Some("label.\"my key\"=x")),
            ("prop:State.Name", Some("has:prop.State.Name")),
            ("tag:", None),
        ] {
            let bad = bad(text);
            assert_eq!(bad.suggestion.as_deref(), suggestion, "{text}");
            assert!(bad.reason.contains("after a dot"), "{text}: {}", bad.reason);
            if let Some(suggestion) = suggestion {
                assert_eq!(Query::parse(suggestion).bad, vec![], "{suggestion}");
            }
        }
    }

    #[test]
    fn what_only_begins_a_term_is_no_plain_text() {
        for text in ["tag.", "LABELS.", "prop.", "properties.", "~", "^", "web !~"] {
            assert!(bad(text).reason.contains("after `"), "{text}");
        }
        for (text, plain) in [("\\~", "~"), ("\\^", "^"), ("tag\\.", "tag.")] {
            let found = Query::parse(text);
            let pattern = Pattern::Contains(plain.to_owned());
            assert_eq!(found.expr, crate::query::Expr::Term(Term::Text(pattern)), "{text}");
            assert_eq!(Query::parse(&found.expr.to_string()).expr, found.expr, "{text}");
        }
        assert_eq!(Query::parse("\"~\",\"tag.\"").bad, vec![]);
    }
}
