//! The filter of a query: read from a file, and put together with that of a saved view.

use std::path::Path;

use cloudscope_application::SavedView;
use cloudscope_domain::query::{Expr, Query};
use miette::{Report, Result, WrapErr as _, miette};

use super::bad_filter;

/// The filter in a file, or on standard input, as it stands there. The end of its last line is none of it.
pub(super) fn read(path: &Path) -> Result<String> {
    let text = if path.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(path)
    };
    let mut text = text.map_err(|e| miette!("cannot read the filter from {}: {e}", path.display()))?;
    text.truncate(text.trim_end_matches(['\n', '\r']).len());
    Ok(text)
}

/// What matches the view and the further filter as well. Each is read by itself, so that neither reaches into the
/// other.
///
/// # Errors
/// What is wrong with one of them, or with both together.
pub(super) fn narrowed(view: &SavedView, further: &str) -> Result<String> {
    let mut both = alone(&view.query).wrap_err_with(|| format!("the view `{}` cannot be used", view.name))?;
    both.extend(alone(further)?);
    joined(&view.query, further, &both)
}

/// What must all match.
fn alone(filter: &str) -> Result<Vec<Expr>, Report> {
    let query = Query::parse(filter);
    if query.bad.is_empty() {
        Ok(conjuncts(query.expr))
    } else {
        Err(bad_filter(filter, &query.bad, "listed"))
    }
}

fn conjuncts(expr: Expr) -> Vec<Expr> {
    match expr {
        Expr::All => Vec::new(),
        Expr::And(parts) => parts,
        other => vec![other],
    }
}

/// A text that means both: as they were typed where that is understood so, else as it is understood.
fn joined(view: &str, further: &str, both: &[Expr]) -> Result<String> {
    let one = |filter: &str| filter.trim().is_empty();
    let typed = if one(view) || one(further) {
        format!("{view}{further}").trim().to_owned()
    } else {
        format!("{view} {further}").trim().to_owned()
    };
    let spelled = Expr::And(both.to_vec()).to_string();
    for text in [&typed, &format!("({view}) ({further})"), &spelled] {
        let query = Query::parse(text);
        if query.bad.is_empty() && conjuncts(query.expr) == both {
            return Ok(text.clone());
        }
    }
    Err(bad_filter(&typed, &Query::parse(&typed).bad, "listed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(view: &str, further: &str) -> Result<String> {
        narrowed(&SavedView { name: "v".into(), query: view.into(), ..SavedView::default() }, further)
    }

    #[test]
    fn a_view_and_a_further_filter_must_both_match() {
        assert_eq!(both("", "").unwrap(), "");
        assert_eq!(both("web  db", "").unwrap(), "web  db", "as it was typed");
        assert_eq!(both("", "\"a  b\"").unwrap(), "\"a  b\"");
        assert_eq!(both("kind:rds,kind:ec2", "eu").unwrap(), "kind:rds,kind:ec2 eu");
        let filters = [
            "checkout,",
            "kind:rds",
            "a,b",
            "!a",
            "(a b),c",
            "region:eu-*,",
            "a\\",
            "rel(out, uses)",
            "/x/",
            "\"q\"",
            "f(x",
        ];
        for view in filters {
            for further in filters.into_iter().chain([",kind:rds", ", x"]) {
                let text = both(view, further).unwrap();
                let query = Query::parse(&text);
                assert_eq!(query.bad, [], "{view} and {further}: {text}");
                let mut expected = conjuncts(Query::parse(view).expr);
                expected.extend(conjuncts(Query::parse(further).expr));
                assert_eq!(conjuncts(query.expr), expected, "{view} and {further}: {text}");
            }
        }
    }

    #[test]
    fn each_is_told_of_its_own_mistakes() {
        let wrong = |view, further| format!("{:?}", both(view, further).unwrap_err());
        assert!(wrong("regoin:eu", "web").contains("the view `v` cannot be used"));
        let further = wrong("web", "regoin:eu");
        assert!(further.contains("region:eu") && !further.contains("view"), "{further}");
        let long = "a".repeat(40_000);
        assert!(wrong(&long, &long).contains("longer than"), "only both together are too long");
    }

    #[test]
    fn a_file_is_read_as_it_is_and_white_space_in_it_parts_terms() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("f");
        std::fs::write(&file, "name=\"a  b\"\n\tregion:eu-*,\r\n  us-*\r\n\n").unwrap();
        let text = read(&file).unwrap();
        assert_eq!(text, "name=\"a  b\"\n\tregion:eu-*,\r\n  us-*");
        let query = Query::parse(&text);
        assert_eq!(query.bad, []);
        assert_eq!(query.expr, Query::parse("name=\"a  b\" region:eu-*,us-*").expr);
        assert_eq!(Query::parse(&(text + "\n")).expr, query.expr);
        assert!(read(&dir.path().join("none")).unwrap_err().to_string().contains("cannot read the filter"));
    }
}
