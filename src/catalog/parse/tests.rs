//! Every class of mistake in a spec file is refused, with its line and with what would be right.

use crate::{Catalog, SpecError};

/// A kind that is right, five lines long, with `more` behind it from line 8 on.
fn kind(more: &str) -> String {
    format!(
        "version = 1\n[[kind]]\nkind = 't.thing'\ncategory = 'other'\nprovider = 't'\ntitle = 'Thing'\nid = '{{/Id}}'\n{more}"
    )
}

fn refuse(text: &str) -> SpecError {
    let mut catalog = Catalog::default();
    let error = catalog.add("mine.toml", text).expect_err(text);
    assert_eq!(catalog.kinds().count(), 0, "nothing of a refused file is taken");
    assert_eq!(error.file, "mine.toml");
    error
}

#[track_caller]
fn check(text: &str, line: usize, part: &str) {
    let error = refuse(text);
    assert!(error.line == line && error.reason.contains(part), "expected {line}: ..{part}.., got {error}");
}

#[test]
fn a_right_file_is_taken() {
    let mut catalog = Catalog::default();
    catalog.add("mine.toml", &kind("name = '/Name'\n")).unwrap();
    assert_eq!(catalog.kinds().next().unwrap().kind.as_str(), "t.thing");
    assert_eq!(&*catalog.spec(&"t.thing".parse().unwrap()).unwrap().title, "Thing");
    assert!(catalog.spec(&"t.other".parse().unwrap()).is_none());
}

#[test]
fn the_message_names_file_line_and_reason() {
    let error = refuse(&kind("nmae = '/Name'\n"));
    assert_eq!(error.to_string(), "mine.toml:8: `nmae` is not a key of a kind; did you mean `name`?");
}

#[test]
fn text_that_is_no_toml() {
    check("version = 1\n[[kind\n", 2, "");
    check("version = 1\nversion = 1\n", 2, "duplicate");
    check("version = 1\na = = 2", 2, "");
}

#[test]
fn the_version() {
    check("[[kind]]\nkind = 'a'\n", 1, "write `version = 1`");
    check("# mine\nversion = 2\n", 2, "version 2 is not known; this program reads version 1");
    check("version = '1'\n", 1, "`version` is a string");
}

#[test]
fn unknown_keys() {
    check("version = 1\nkinds = []\n", 2, "did you mean `kind`?");
    check(&kind("colour = 1\n"), 8, "`colour` is not a key of a kind; one of kind, category");
    check(&kind("status = { path = '/s', okay = ['x'] }\n"), 8, "did you mean `ok`?");
    check(&kind("tags = { path = '/t', prefx = 'x' }\n"), 8, "did you mean `prefix`?");
    check(&kind("redact = [{ path = '/t', reason = 'x' }]\n"), 8, "`reason` is not a key of a redaction");
    check(
        &kind("[[kind.reference]]\npath = '/v'\nrelation = 'in'\ntarget = 'x'\n"),
        11,
        "key of a reference",
    );
    check(
        "version = 1\n[[terraform]]\ntype = 'a_b'\ncategory = 'other'\nids = '/id'\n",
        5,
        "did you mean `id`?",
    );
}

#[test]
fn missing_keys() {
    for key in ["kind", "category", "provider", "title", "id"] {
        let text: String = kind("")
            .lines()
            .filter(|l| !l.starts_with(&format!("{key} ")))
            .map(|l| format!("{l}\n"))
            .collect();
        check(&text, 2, &format!("a kind needs `{key}`, which is missing"));
    }
    check(&kind("status = { ok = ['x'] }\n"), 8, "a status needs `path`");
    check(&kind("[[kind.reference]]\npath = '/v'\n"), 8, "a reference needs `relation`");
    check("version = 1\n[[terraform]]\ncategory = 'other'\n", 2, "needs `type`");
}

#[test]
fn wrong_types() {
    check(&kind("name = 5\n"), 8, "`name` is a text in quotes, not a integer");
    check(&kind("name = ['/a', 5]\n"), 8, "`name` is a text in quotes");
    check(&kind("status = '/State'\n"), 8, "a status is a table, not a string");
    check(&kind("volatile = [\n  '/a',\n  true,\n]\n"), 10, "`volatile` is a text in quotes, not a boolean");
    check(&kind("[kind.reference]\npath = '/v'\nrelation = 'in'\n"), 8, "with two brackets");
    check(
        &kind("[[kind.reference]]\npath = '/v'\nrelation = 'in'\nreverse = 'yes'\n"),
        11,
        "`true` or `false`",
    );
    check(
        &kind("[[kind.reference]]\npath = '/v'\nrelation = 'in'\nconfidence = 'high'\n"),
        11,
        "from 0 to 1",
    );
    check(&kind("[[kind.reference]]\npath = '/v'\nrelation = 'in'\nconfidence = 1.5\n"), 11, "from 0 to 1");
    check("version = 1\nkind = 'x'\n", 2, "list of tables");
    check("version = 1\nkind = ['x']\n", 2, "a kind is a table, not a string");
    check(&kind("provider_ = 1\n").replace("provider = 't'", "provider = ' '"), 5, "`provider` is empty");
}

#[test]
fn bad_words() {
    check(&kind("").replace("t.thing", "T Thing"), 3, "write dotted lower-case words");
    check(&kind("").replace("'other'", "'computer'"), 4, "is not a category; one of compute");
    check(&kind("tags = { path = '/t', shape = 'lst' }\n"), 8, "did you mean `list`?");
    check(&kind("tags = { path = '/t', shape = 'map', key = 'K' }\n"), 8, "belong to the shape `list`");
    check(&kind("status = { path = '/s', default = 'fine' }\n"), 8, "not a status class");
    check(
        &kind("status = { path = '/s', ok = ['up'], error = ['UP'] }\n"),
        8,
        "`up` is `error` here and `ok`",
    );
    check(&kind("columns = ['name', 'agee']\n"), 8, "did you mean `age`? (also `tags.KEY`");
    check(&kind("columns = ['tags.']\n"), 8, "not a column");
    check(&kind("redact = { path = '/p', why = 'Because of it' }\n"), 8, "one lower-case word");
    check(&kind("[[kind.reference]]\npath = '/v'\nrelation = 'Is In'\n"), 8, "kebab case");
    check(
        "version = 1\n[[terraform]]\ntype = 'AWS instance'\ncategory = 'other'\n",
        2,
        "not a resource type",
    );
}

#[test]
fn bad_paths_and_templates() {
    check(&kind("name = ['/a', '/b//c']\n"), 8, "empty part");
    check(&kind("volatile = 'cpu'\n"), 8, "a path starts with `/`");
    check(&kind("sets = '/Tags[*]'\n"), 8, "as a part of its own");
    check(&kind("addresses = '{/ip'\n"), 8, "`{` without `}`");
    check(&kind("zone = '{Zone}'\n"), 8, "a field of the item is written `{/Zone}`");
    check(&kind("zone = '{/Zone|lwoer}'\n"), 8, "did you mean `lower`?");
    check(&kind("zone = '{./Zone}'\n"), 8, "matched value of a reference");
    check(&kind("").replace("{/Id}", "{/Ids/*}"), 7, "`/Ids/*` may match more than once");
    check(&kind("incarnation = '/a/*/b'\n"), 8, "may match more than once");
    check(&kind("tags = 'Tags'\n"), 8, "a path starts with `/`");
    check(&kind("redact = 'Secret'\n"), 8, "a path starts with `/`");
}

#[test]
fn references_that_lead_nowhere_or_twice() {
    let reference = |more: &str| kind(&format!("[[kind.reference]]\nrelation = 'in'\n{more}"));
    check(&reference(""), 8, "needs a `path`, an `id` or a `name`");
    check(&reference("path = '/v'\nid = '{}'\nname = '{}'\n"), 8, "not both");
    check(&reference("path = '/v'\nid = '{}'\nkind = 'a.b'\n"), 8, "needs no `kind`");
    check(&reference("id = 'x/{}'\n"), 10, "has no `path`");
    check(&reference("path = '/v'\nkind = 'A'\n"), 11, "write dotted lower-case words");
    check(&reference("path = '/v'\nid = '{V}'\n"), 11, "`{/V}`");
}

#[test]
fn what_is_there_twice() {
    let twice = format!("{}{}", kind(""), kind("").replace("version = 1\n", ""));
    check(&twice, 8, "kind `t.thing` is there already, on line 2; keep one of them");
    let row = "[[terraform]]\ntype = 'a_b'\ncategory = 'other'\n";
    check(&format!("version = 1\n{row}{row}"), 5, "terraform type `a_b` is there already, on line 2");
}

#[test]
fn a_later_file_replaces_a_kind() {
    let mut catalog = Catalog::builtin().unwrap();
    let before = catalog.kinds().count();
    let mine = kind("").replace("t.thing", "aws.ec2.vpc");
    catalog.add("mine.toml", &mine).unwrap();
    assert_eq!(catalog.kinds().count(), before);
    assert_eq!(&*catalog.spec(&"aws.ec2.vpc".parse().unwrap()).unwrap().title, "Thing");
}

#[test]
fn fragments() {
    let mut catalog = Catalog::default();
    let text = "version = 1\n[[fragment]]\nfragment = 'base'\nprovider = 't'\nid = '{/Id}'\naliases = '/Short'\n\
        [[fragment]]\nfragment = 'inner'\nredact = '@/secret'\nreference = [{ path = '@/v', relation = 'in', name = 'x-{@/n}' }]\n\
        [[kind]]\nkind = 't.thing'\nuse = ['base', { fragment = 'inner', at = '/spec' }]\ncategory = 'other'\ntitle = 'Thing'\naliases = '/Own'\n\
        [[kind]]\nkind = 't.every.*'\nuse = 'base'\nid = 'every-{/Id}'\ncategory = 'other'\ntitle = 'Thing'\n";
    catalog.add("mine.toml", text).unwrap();
    let spec = catalog.spec(&"t.thing".parse().unwrap()).unwrap();
    let aliases: Vec<&str> = spec.aliases.iter().map(|t| t.as_str()).collect();
    assert_eq!(aliases, ["/Own", "/Short"]);
    assert_eq!(spec.redact[0].path.as_str(), "/spec/secret");
    assert_eq!(spec.references[0].path.as_ref().unwrap().as_str(), "/spec/v");
    assert_eq!(spec.id.as_str(), "{/Id}");
    let spec = catalog.spec_or_every(&"t.every.deep.thing".parse().unwrap()).unwrap();
    assert_eq!((spec.id.as_str(), spec.every), ("every-{/Id}", true));
    assert!(catalog.spec_or_every(&"t.every".parse().unwrap()).is_none());
    assert!(catalog.spec_or_every(&"t.everything.else".parse().unwrap()).is_none());
}

#[test]
fn mistakes_with_fragments() {
    let open =
        "version = 1\n[[fragment]]\nfragment = 'inner'\nredact = '@/secret'\n[[kind]]\nuse = 'inner'\n";
    check(open, 6, "needs to know its place; write `at`");
    check("version = 1\n[[kind]]\nuse = 'base'\n", 3, "`base` is not a fragment");
    check("version = 1\n[[kind]]\nuse = [{ at = '/x' }]\n", 3, "`use` names fragments");
    check("version = 1\n[[fragment]]\nid = '/x'\n", 2, "needs its name");
    check("version = 1\n[fragment]\nid = '/x'\n", 2, "with two brackets");
    let twice = "version = 1\n[[fragment]]\nfragment = 'a'\n[[fragment]]\nfragment = 'a'\n";
    check(twice, 4, "fragment `a` is there already");
    // What is wrong in a fragment is shown where it is used.
    let wrong = "version = 1\n[[fragment]]\nfragment = 'a'\nnmae = 'x'\n[[kind]]\nkind = 't.t'\nuse = 'a'\ncategory = 'other'\nprovider = 't'\ntitle = 'T'\nid = '/Id'\n";
    check(wrong, 7, "did you mean `name`?");
}

#[test]
fn mistakes_with_selectors() {
    let with = |reference: &str| kind(&format!("[[kind.reference]]\nrelation = 'selects'\n{reference}"));
    check(&with("path = '/s'\nselect = 't.x'\n"), 8, "needs `within`");
    check(&with("select = 't.x'\nwithin = 'a'\n"), 8, "needs a `path`");
    check(&with("path = '/s'\nwithin = 'a'\n"), 8, "belong to `select`");
    check(&with("path = '/s'\nselect = 't.x'\nwithin = 'a'\nempty = 'some'\n"), 8, "`all` or `none`");
    check(
        &with("path = '/s'\nselect = 't.x'\nwithin = 'a'\nid = 'x'\n"),
        8,
        "no `id`, `name` or `kind` besides",
    );
}
