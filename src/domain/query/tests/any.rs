//! The laws that hold for any text: it is read in bounds, and written back as the same.

use proptest::prelude::*;

use super::{tree, *};

#[test]
fn deep_and_giant_texts_are_bounded() {
    let deep = "(".repeat(30_000) + "a" + &")".repeat(30_000);
    assert!(Query::parse(&deep).bad[0].reason.contains("nested"));
    assert_eq!(Query::parse(&("!".repeat(60_001) + "a")).expr, tree("!a"));
    assert!(Query::parse(&"a ".repeat(40_000)).bad[0].reason.contains("longer"));
    assert!(!Query::parse(&"(".repeat(60_000)).bad.is_empty());
    assert!(!Query::parse(&"/a/ ".repeat(100)).bad.is_empty());
    assert!(Query::parse("/(a{1000}){1000}/").bad[0].reason.contains("too big"));
    assert!(!Query::parse(&"rel(in, *, ".repeat(5_000)).bad.is_empty());
    assert!(!Query::parse(&"rel(".repeat(10_000)).bad.is_empty());
    assert!(!Query::parse(&"=/".repeat(30_000)).text.is_empty());
    assert!(!Query::parse(&("prop.".to_owned() + &"\".".repeat(20_000) + "=x")).bad.is_empty());
}

#[test]
fn the_seeds_of_the_fuzz_target_are_read_and_written_back() {
    let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fuzz/seeds/parser");
    let mut read = 0;
    for seed in std::fs::read_dir(seeds).unwrap() {
        let text = String::from_utf8_lossy(&std::fs::read(seed.unwrap().path()).unwrap()).into_owned();
        let query = Query::parse(&text);
        let again = Query::parse(&query.expr.to_string());
        assert_eq!((again.bad, again.expr), (vec![], query.expr), "{text}");
        read += 1;
    }
    assert!(read >= 8, "{seeds} has {read} seeds");
}

/// Pieces that make up filters near the edges of the language.
fn filter() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just(" ".to_owned()),
        Just(",".to_owned()),
        Just("!".to_owned()),
        Just("(".to_owned()),
        Just(")".to_owned()),
        Just("\"".to_owned()),
        Just("\\".to_owned()),
        Just("/".to_owned()),
        Just("*".to_owned()),
        Just("rel(".to_owned()),
        Just("rel(out, ".to_owned()),
        Just("rel(in 2,uses|a*,".to_owned()),
        prop::sample::select(
            [
                "provider:",
                "name=",
                "name:",
                "kind:",
                "kind=",
                "tag.env=",
                "tag.",
                "has:",
                "has:tag.x",
                "age>",
                "90d",
                "status!=",
                "status:",
                "status_word=",
                "status_class!=",
                "ip:",
                "10.0.0.0/8",
                "presence:",
                "gone",
                "gone:2h",
                "is:pinned",
                "unknown",
                "created<2026-01-01",
                "regoin:",
                "~",
                "^",
                "$",
                "?",
                "tag.n>",
                "1.5",
                "category:",
                "compute",
                "id!=",
                "account:",
                "prop.",
                "prop.A.b=",
                "prop.a[1]:",
                "prop.version>=",
                "has:prop.a",
                "[*]",
                "10GiB",
                "v1.2.3-rc1",
                "in:",
                "in=",
                "cost<",
                "tag.net=",
            ]
            .map(str::to_owned)
            .to_vec()
        ),
        "[a-c:=<>.]{1,4}",
        "\\PC{1,3}",
    ];
    prop::collection::vec(piece, 0..14).prop_map(|p| p.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_parses_and_every_position_is_on_a_character(text in prop_oneof![filter(), any::<String>()], at in 0_usize..60) {
        let q = Query::parse(&text);
        for span in q.chips.iter().map(|c| c.0).chain(q.bad.iter().map(|b| b.span)) {
            prop_assert!(text.get(span.start..span.end).is_some());
        }
        let (_, span) = slot(&text, at);
        prop_assert!(text.get(span.start..span.end).is_some());
    }

    #[test]
    fn the_canonical_text_reads_back_as_the_same_tree(text in filter()) {
        let expr = Query::parse(&text).expr;
        let canonical = expr.to_string();
        let again = Query::parse(&canonical);
        prop_assert_eq!(&again.bad, &vec![], "{} -> {}", text, canonical);
        prop_assert_eq!(again.expr, expr, "{} -> {}", text, canonical);
    }

    #[test]
    fn plain_words_find_themselves(word in "[a-zA-Z0-9äöüΣ_-]{1,12}", around in "[a-zΣ-]{0,5}") {
        let q = Query::parse(&word);
        let Expr::Term(Term::Text(p)) = q.expr else { panic!("{word}") };
        let text = fold(&format!("{around}{word}{around}"));
        prop_assert!(p.matches(&text));
    }

    #[test]
    fn a_glob_matches_as_the_regex_of_it_does(pattern in "[ab*?]{0,8}", text in "[ab]{0,10}") {
        let glob = Glob::new(pattern.chars().map(|c| (c, true)), false);
        let rx = regex::Regex::new(&format!("^{}$", pattern.replace('*', ".*").replace('?', "."))).unwrap();
        prop_assert_eq!(glob.matches(&text), rx.is_match(&text));
    }
}
