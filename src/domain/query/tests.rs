//! What the filter language means, term by term.

mod any;

use super::{
    complete::{Slot, slot},
    *,
};
use crate::neighbours::Direction;

fn shape(text: &str) -> String {
    let q = Query::parse(text);
    assert_eq!(q.bad, vec![], "{text}");
    q.expr.to_string()
}

fn tree(text: &str) -> Expr {
    let q = Query::parse(text);
    assert_eq!(q.bad, vec![], "{text}");
    q.expr
}

fn term(text: &str) -> Term {
    match tree(text) {
        Expr::Term(t) => t,
        other => panic!("{text} is {other:?}"),
    }
}

fn bad(text: &str) -> BadTerm {
    let mut q = Query::parse(text);
    assert_eq!(q.bad.len(), 1, "{text}: {:?}", q.bad);
    q.bad.remove(0)
}

#[test]
fn terms_and_by_space_or_by_comma() {
    let t = |s: &str| Expr::Term(Term::Text(Pattern::Contains(s.into())));
    assert_eq!(tree("web !test"), Expr::And(vec![t("web"), Expr::Not(Box::new(t("test")))]));
    assert_eq!(tree("web,db prod"), Expr::And(vec![Expr::Or(vec![t("web"), t("db")]), t("prod")]));
    assert_eq!(tree("(a b), c"), Expr::Or(vec![Expr::And(vec![t("a"), t("b")]), t("c")]));
    assert_eq!(tree("!!a"), t("a"));
    assert_eq!(tree(""), Expr::All);
    assert_eq!(tree(" , ,"), Expr::All);
}

#[test]
fn a_comma_continues_the_values_of_a_key_up_to_the_next_key() {
    assert_eq!(
        term("provider:aws,gcp"),
        Term::Field(TextField::Provider, vec![Pattern::Is("aws".into()), Pattern::Is("gcp".into())])
    );
    assert_eq!(shape("provider:aws, region:eu-*"), "provider:aws,region:eu-*");
    assert!(matches!(tree("provider:aws,region:eu-*"), Expr::Or(parts) if parts.len() == 2));
    assert!(matches!(tree("provider:aws,!web"), Expr::Or(parts) if parts.len() == 2));
    assert!(matches!(tree("provider:aws,(gcp)"), Expr::Or(parts) if parts.len() == 2));
    assert!(matches!(tree("status!=running,stopped"), Expr::Not(_)));
}

#[test]
fn pasted_ids_are_plain_text() {
    for id in [
        "arn:aws:ec2:eu-west-1:123456789012:instance/i-0ab1",
        "/subscriptions/0f/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm",
        "sha256:0123abcd",
        "https://example.com/a?b=c",
        "//compute.googleapis.com/projects/p/zones/z/instances/i",
        "projects/p/topics/t",
        "fe80::1",
        "2001:db8:0:0:0:0:0:1",
        "de:ad:be:ef:00:01",
        "10.0.0.1:443",
        "db.example.com:5432",
        "localhost:8080",
        "C:\\Users\\me",
        "/var/log/syslog",
        "system:serviceaccount:kube-system:default",
        "ns::pod",
        "kworker/0:1-events",
        "--flag=value",
        "foo(bar)",
    ] {
        assert_eq!(term(id), Term::Text(Pattern::Contains(fold(id))), "{id}");
    }
}

#[test]
fn an_unknown_key_is_named_with_what_was_meant() {
    let b = bad("regoin:eu-west-1 web");
    assert_eq!((b.span, b.suggestion.as_deref()), (Span { start: 0, end: 16 }, Some("region:eu-west-1")));
    assert_eq!(Query::parse("regoin:eu-west-1 web").expr, tree("web"));
    assert_eq!(bad("foo=bar").suggestion, None);
    assert_eq!(bad("porvider=aws").suggestion.as_deref(), Some("provider=aws"));
    assert_eq!(bad("regoin:8080").suggestion.as_deref(), Some("region:8080"));
    assert_eq!(bad("category:compuet").suggestion.as_deref(), Some("category:compute"));
    assert_eq!(bad("presence:denid").suggestion.as_deref(), Some("presence:denied"));
}

#[test]
fn mistakes_are_told_where_they_stand() {
    let check = |text: &str, start: usize, end: usize, reason: &str| {
        let b = bad(text);
        assert!(b.reason.contains(reason), "{text}: {}", b.reason);
        assert_eq!(b.span, Span { start, end }, "{text}");
        assert_eq!(b.text, text[start..end]);
    };
    check("a (b", 2, 3, "never closed");
    check("a) b", 1, 2, "never opened");
    check("a ()", 2, 4, "nothing between");
    check("!( , )", 1, 6, "nothing between");
    check("kind:rds,()", 9, 11, "nothing between");
    check("a (b ())", 5, 7, "nothing between");
    check("a (!)", 3, 4, "nothing to negate");
    check("a \"b c", 2, 6, "quote");
    check("a ! b", 2, 3, "nothing to negate");
    check("provider:", 0, 9, "needs a value");
    check("age=90d", 0, 7, "compared with");
    check("age>soon", 0, 8, "span");
    check("age>90d,5d", 0, 10, "one value");
    check("name>a", 0, 6, "needs `:`");
    check("/a(/", 0, 4, "regular expression");
    check("ip:10.0.0.0/33", 0, 14, "not an address");
    check("ip:10.0.0.0/8,host", 14, 18, "not an address");
    check("tag.=x", 0, 6, "name of a tag");
    check("tag.size>big", 0, 12, "number");
    check("prop.=x", 0, 7, "a path is");
    check("prop.a..b=x", 0, 11, "a path is");
    check("prop.a[x]=1", 0, 11, "no place in a list");
    check("prop.a[1=1", 0, 10, "never closed");
    check("prop.a[1]b=1", 0, 12, "after a `]`");
    check("prop.size>big", 0, 13, "compares with a number");
    check("prop.size>1,2", 0, 13, "one value");
    check("prop.size:", 0, 10, "needs a value");
    check("cost:100", 0, 8, "`<` or `>`");
    check("cost>much", 0, 9, "a number");
    check("in>prod", 0, 7, "needs `:`");
    check("rel(uot, uses)", 0, 14, "begins with in, out or any");
    check("rel(out 9)", 0, 10, "begins with in, out or any");
    check("a !rel(in uses)", 2, 15, "begins with in, out or any");
    check("rel(out, uses", 0, 13, "never closed");
    check("web !rel(out", 4, 12, "never closed");
    check("rel(", 0, 4, "begins with in, out or any");
    check("web rel(out, uses, colour:red)", 19, 29, "no key");
    check("has:colour", 0, 10, "has:");
}

#[test]
fn every_kind_of_term() {
    let text = |p| Term::Text(p);
    assert_eq!(term("\"Exact, this\""), text(Pattern::Is("exact, this".into())));
    assert_eq!(term("^Pre"), text(Pattern::Starts("pre".into())));
    assert_eq!(term("suf$"), text(Pattern::Ends("suf".into())));
    assert_eq!(term("^all$"), text(Pattern::Is("all".into())));
    assert_eq!(term("~WbPrd"), text(Pattern::Fuzzy("wbprd".into())));
    assert_eq!(term("~/bin"), text(Pattern::Contains("~/bin".into())));
    assert_eq!(term("my\\ name"), text(Pattern::Contains("my name".into())));
    assert!(matches!(term("/w{1,3}(a|b)/"), Term::Text(Pattern::Regex(r)) if r.as_str() == "w{1,3}(a|b)"));
    assert!(
        matches!(term("name:/^web,db$/"), Term::Field(TextField::Name, p) if matches!(&p[..], [Pattern::Regex(_)]))
    );
    assert_eq!(
        term("kind:ec2.instance"),
        Term::Field(TextField::Kind, vec![Pattern::Parts("ec2.instance".into())])
    );
    assert_eq!(
        term("tag.aws:autoscaling:groupName=asg"),
        Term::Tag { key: "aws:autoscaling:groupname".into(), values: vec![Pattern::Is("asg".into())] }
    );
    assert_eq!(
        term("tag.\"my key\"=\"a b\""),
        Term::Tag { key: "my key".into(), values: vec![Pattern::Is("a b".into())] }
    );
    for text in ["has:tag.Owner", "has:tag.\"Owner\"", "HAS=labels.\"owner\"", "has:\"tag.owner\""] {
        assert_eq!(term(text), Term::Has(Has::Tag("owner".into())), "{text}");
    }
    assert_eq!(term("has:tag.\"my key\""), Term::Has(Has::Tag("my key".into())));
    assert!(matches!(tree("!has:tag.\"x y\""), Expr::Not(_)));
    assert_eq!(tree("has!=tag.\"x y\""), tree("!has:tag.\"x y\""));
    assert!(matches!(tree("has:region,tag.\"a:b, c\" web"), Expr::And(parts) if parts.len() == 2));
    let time = |field, cmp, millis| Term::Time { field, cmp, when: When::Ago(millis) };
    assert_eq!(term("age>90d"), time(TimeField::Created, Cmp::Greater, 90 * 86_400_000));
    assert_eq!(term("seen<1h30m"), time(TimeField::Seen, Cmp::Less, 5_400_000));
    assert_eq!(term("changed:2h"), time(TimeField::Changed, Cmp::Less, 7_200_000));
    for (text, small) in [
        ("AGE>90D", "age>90d"),
        ("changed:2H", "changed:2h"),
        ("seen<1H30M", "seen<1h30m"),
        ("Created>2026-01-02t08:00:00z", "created>2026-01-02T08:00:00Z"),
        ("tag.at<30D", "tag.at<30d"),
    ] {
        assert_eq!(term(text), term(small), "{text}");
    }
    assert_eq!(term("age:>=1w"), time(TimeField::Created, Cmp::GreaterOrEqual, 7 * 86_400_000));
    assert!(
        matches!(term("created>2026-01-02"), Term::Time { when: When::At(t), .. } if t.to_string() == "2026-01-02T00:00:00Z")
    );
    assert_eq!(term("category:data*"), Term::Category(vec![Category::Database]));
}

fn prop(path: &[&str], test: ValueTest) -> Term {
    let segment = |s: &&str| s.parse().map_or_else(|_| Segment::Key((*s).to_owned()), Segment::Index);
    Term::Prop { path: PropPath::new(path.iter().map(segment).collect()).unwrap(), test }
}

#[test]
fn a_property_is_named_by_its_path() {
    let is = |t: &str| ValueTest::Any(vec![Pattern::Is(t.into())]);
    assert_eq!(term("prop.Placement.Tenancy=Default"), prop(&["placement", "tenancy"], is("default")));
    assert_eq!(
        term("property.SecurityGroups[*].GroupId=a,b"),
        prop(
            &["securitygroups", "groupid"],
            ValueTest::Any(vec![Pattern::Is("a".into()), Pattern::Is("b".into())])
        )
    );
    assert_eq!(term("prop.a[1].b=x"), prop(&["a", "1", "b"], is("x")));
    assert_eq!(term("prop.\"a.b c\".d=x"), prop(&["a.b c", "d"], is("x")));
    assert_eq!(term("prop.meta.\"k8s.io/x\"=y"), prop(&["meta", "k8s.io/x"], is("y")));
    assert_eq!(term("prop.a:x"), prop(&["a"], ValueTest::Any(vec![Pattern::Contains("x".into())])));
    assert!(matches!(tree("prop.a!=x"), Expr::Not(_)));
    assert!(matches!(
        term("prop.Ip=10.0.0.0/8"),
        Term::Prop { test: ValueTest::Any(p), .. } if matches!(p[..], [Pattern::Net(_)])
    ));
    assert_eq!(term("prop.Ip=\"10.0.0.0/8\""), prop(&["ip"], is("10.0.0.0/8")));
    let compared = |text: &str| match term(text) {
        Term::Prop { test: ValueTest::Compare(_, operand), .. } | Term::TagCompare { operand, .. } => operand,
        other => panic!("{text}: {other:?}"),
    };
    assert!(matches!(compared("prop.Size>100"), Operand::Number(..)));
    assert!(matches!(compared("prop.Size>=10GiB"), Operand::Size(..)));
    assert!(matches!(compared("prop.EngineVersion>=14.2"), Operand::Version(_)));
    assert!(matches!(compared("prop.Engine>=v14.2"), Operand::Version(_)));
    assert!(matches!(compared("tag.version<1.30"), Operand::Version(_)));
    assert!(matches!(compared("tag.disk>500MB"), Operand::Size(..)));
    assert!(matches!(compared("prop.LaunchTime<30d"), Operand::Time(When::Ago(_))));
    assert!(matches!(compared("prop.LaunchTime<2026-01-31"), Operand::Time(When::At(_))));
    for (text, steps) in [
        ("has:prop.KmsKeyId", &["kmskeyid"][..]),
        ("has:prop.a.\"b.c\"", &["a", "b.c"]),
        ("has:\"prop.a b\"", &["a b"]),
    ] {
        let Term::Prop { path, .. } = prop(steps, ValueTest::There) else { panic!() };
        assert_eq!(term(text), Term::Has(Has::Prop(path)), "{text}");
    }
}

#[test]
fn relationships_have_a_direction_and_perhaps_more() {
    let rel = |text: &str| match term(text) {
        Term::Rel(rel) => *rel,
        other => panic!("{text}: {other:?}"),
    };
    let uses = vec![Pattern::Is("uses".into())];
    for (text, direction, hops, relations, filter) in [
        ("rel(in)", Direction::In, 1, vec![], ""),
        ("rel(out, uses)", Direction::Out, 1, uses.clone(), ""),
        ("REL( Out , Uses , kind:sg )", Direction::Out, 1, uses.clone(), "kind:sg"),
        ("rel(any, *, tag.env=prod)", Direction::Both, 1, vec![], "tag.env=prod"),
        ("rel(both,uses,kind:a,kind:b)", Direction::Both, 1, uses.clone(), "kind:a,kind:b"),
        ("rel(out, kind:sg web)", Direction::Out, 1, vec![], "kind:sg web"),
        ("rel(out 3, uses, !web)", Direction::Out, 3, uses.clone(), "!web"),
        ("rel(out, uses, (a, b) \"c)\")", Direction::Out, 1, uses.clone(), "(a,b) \"c)\""),
        ("rel(out, uses, )", Direction::Out, 1, uses, ""),
    ] {
        let found = rel(text);
        assert_eq!((found.direction, found.hops, found.relations), (direction, hops, relations), "{text}");
        assert_eq!(found.filter, tree(filter), "{text}");
    }
    assert!(matches!(&rel("rel(out, uses|child-*)").relations[..], [Pattern::Is(_), Pattern::Glob(_)]));
    assert!(matches!(rel("rel(out, uses, rel(in, *, web))").filter, Expr::Term(Term::Rel(_))));
    assert!(matches!(tree("kind:vm,rel(in)"), Expr::Or(p) if p.len() == 2));
    assert!(matches!(tree("!rel(in, uses)"), Expr::Not(_)));
    assert_eq!(bad("rel(uot, uses)").suggestion.as_deref(), Some("rel(out, uses)"));
    // A mistake inside leaves the whole term out, and nothing else.
    assert_eq!(Query::parse("web rel(out, uses, colour:red)").expr, tree("web"));
    let deep = "rel(in, *, ".repeat(5) + "a" + &")".repeat(5);
    assert!(bad(&deep).reason.contains("inside one another"), "{deep}");
    assert_eq!(Query::parse(&"rel(in) ".repeat(17)).bad.len(), 1);
}

#[test]
fn scopes_and_costs() {
    assert_eq!(term("in:prod"), Term::In(vec![Pattern::Contains("prod".into())]));
    assert_eq!(term("in=a,b"), Term::In(vec![Pattern::Is("a".into()), Pattern::Is("b".into())]));
    assert!(matches!(term("cost>=1.5e3"), Term::Cost { cmp: Cmp::GreaterOrEqual, .. }));
}

#[test]
fn the_canonical_text_of_the_newer_terms() {
    for (text, expected) in [
        ("prop.Placement[*].Tenancy!=A", Some("prop.placement.tenancy!=a")),
        ("prop.a[0].\"b.c\":x", Some("prop.a[0].\"b.c\":x")),
        ("prop.[0]=x", Some("prop.[0]=x")),
        ("prop.*.x=y", Some("prop.*.x=y")),
        ("prop.\"*\"=y", Some("prop.\"*\"=y")),
        ("prop.\"\"=y", Some("prop.\"\"=y")),
        ("prop.net=10.1.0.0/8", Some("prop.net=10.0.0.0/8")),
        ("tag.net=10.0.0.5/32", Some("tag.net=10.0.0.5/32")),
        ("tag.net=\"10.0.0.0/8\"", Some("tag.net=\"10.0.0.0/8\"")),
        ("prop.LaunchTime<48h", Some("prop.launchtime<2d")),
        ("prop.os>\"16.04 LTS\"", None),
        ("prop.osversion>\"16.04 LTS\"", Some("prop.osversion>\"16.04 lts\"")),
        ("prop.size>10gib", Some("prop.size>10gib")),
        ("rel(OUT 2,uses|x*,kind:sg,web)", Some("rel(out 2, uses|x*, kind:sg,web)")),
        ("rel(in)", Some("rel(in)")),
        ("rel(in, *, a)", Some("rel(in, *, a)")),
        ("!rel(any, uses)", Some("!rel(any, uses)")),
        ("in:Prod in=a in!=b", Some("in:prod in=a in!=b")),
        ("cost>100", Some("cost>100")),
        ("!has:prop.a.b", Some("!has:prop.a.b")),
    ] {
        match expected {
            Some(expected) => assert_eq!(shape(text), expected, "{text}"),
            None => assert!(!Query::parse(text).bad.is_empty(), "{text}"),
        }
    }
}

#[test]
fn what_is_gone_is_found_only_by_asking_for_it() {
    for text in [
        "presence:gone",
        "presence:not-found web",
        "web,presence:snapshot-listing",
        "presence:gone,unknown",
        "gone:2h",
        "gone<1d !web",
        "!(web !presence:gone)",
        "presence:gone is:pinned",
    ] {
        assert!(Query::parse(text).asks_for_gone(), "{text}");
        assert!(Query::parse(text).bad.is_empty(), "{text}");
    }
    for text in ["", "web", "!presence:gone", "presence!=gone", "presence:unknown", "!gone:2h", "is:pinned"] {
        assert!(!Query::parse(text).asks_for_gone(), "{text}");
        assert!(Query::parse(text).bad.is_empty(), "{text}");
    }
    assert_eq!(
        term("presence:gone,not-found"),
        Term::Presence(vec![PresenceTest::Gone, PresenceTest::Proof(crate::Proof::NotFound)])
    );
    assert_eq!(term("is:pinned,joined"), Term::Is(vec![Mark::Pinned, Mark::Joined]));
    assert_eq!(bad("is:pined").suggestion.as_deref(), Some("is:pinned"));
    assert_eq!(
        shape("presence:gone,second-listing gone:2h is:pinned"),
        "presence:gone,second-listing gone<2h is:pinned"
    );
}

#[test]
fn chips_are_short_and_canonical() {
    let q = Query::parse("  Web  provider:AWS,gcp  !(a  b)  regoin:x  status!=running age:>90d");
    let chips: Vec<_> = q.chips.iter().map(|(_, t)| t.as_str()).collect();
    assert_eq!(chips, ["web", "provider:aws,gcp", "!(a b)", "status!=running", "age>90d"]);
    assert_eq!(q.chips[1].0, Span { start: 7, end: 23 });
    assert_eq!(shape("arn:aws:s3:::b"), "arn:aws:s3:::b");
}

#[test]
fn both_small_sigmas_are_one() {
    for text in ["ΟΔΟΣ", "οδος", "οδοσ"] {
        assert_eq!(fold(text), "οδοσ");
        for filter in
            [text.to_owned(), format!("name={text}"), format!("name:?δο*{}", &text[6..]), format!("/{text}/")]
        {
            let patterns = match term(&filter) {
                Term::Text(pattern) => vec![pattern],
                Term::Field(_, patterns) => patterns,
                other => panic!("{other:?}"),
            };
            assert!(patterns[0].matches("οδοσ"), "{filter}");
        }
    }
}

#[test]
fn patterns_compare_whole_parts_and_wildcards() {
    let glob = |p: &str| match term(&format!("name={p}")) {
        Term::Field(_, mut p) => p.remove(0),
        other => panic!("{other:?}"),
    };
    for (p, text, expected) in [
        ("eu-*", "eu-west-1", true),
        ("eu-*", "us-eu-1", false),
        ("*a*b*", "xxaxxbxx", true),
        ("*a*b*", "ba", false),
        ("a?c", "abc", true),
        ("a?c", "ac", false),
        ("a?c*", "aüc", true),
        ("*", "", true),
        ("a\\*b?", "a*bc", true),
        ("a\\*b?", "axbc", false),
    ] {
        assert_eq!(glob(p).matches(text), expected, "{p} on {text}");
    }
    let kind = Pattern::Parts("ec2".into());
    assert!(kind.matches("aws.ec2.instance") && kind.matches("ec2") && !kind.matches("aws.ec2x.instance"));
    assert!(Pattern::Parts("aws.ec2".into()).matches("aws.ec2.instance"));
    assert!(Pattern::Parts("a".into()).matches("aa.a"));
}

#[test]
fn networks_hold_their_addresses() {
    let holds = |net: &str, addr: &str| Net::parse(net).unwrap().contains(address(addr).unwrap());
    assert!(holds("10.0.0.0/8", "10.1.2.3") && !holds("10.0.0.0/8", "11.0.0.1"));
    assert!(holds("0.0.0.0/0", "8.8.8.8") && !holds("0.0.0.0/0", "fe80::1"));
    assert!(holds("fe80::/10", "fe80::1%eth0") && !holds("::/0", "1.2.3.4"));
    assert!(holds("10.0.0.5", "10.0.0.5/24") && holds("10.0.0.5", "::ffff:10.0.0.5"));
    assert_eq!(address("db.example.com"), None);
    assert_eq!(Net::parse("10.1.2.3/8").unwrap().to_string(), "10.0.0.0/8");
}

#[test]
fn a_status_that_is_not_known_decides_nothing() {
    let is = |t: &str| vec![Pattern::Is(t.into())];
    assert_eq!(
        status_matches(StatusPart::Either, &is("running"), Some("Running"), StatusClass::Ok),
        Some(true)
    );
    assert_eq!(status_matches(StatusPart::Either, &is("ok"), Some("running"), StatusClass::Ok), Some(true));
    assert_eq!(
        status_matches(StatusPart::Either, &is("error"), Some("running"), StatusClass::Ok),
        Some(false)
    );
    assert_eq!(status_matches(StatusPart::Either, &is("error"), Some("weird"), StatusClass::Unknown), None);
    assert_eq!(
        status_matches(StatusPart::Either, &is("running"), Some("weird"), StatusClass::Unknown),
        Some(false)
    );
    assert_eq!(status_matches(StatusPart::Either, &is("running"), None, StatusClass::Unknown), None);
    assert_eq!(status_matches(StatusPart::Either, &is("unknown"), None, StatusClass::Unknown), Some(true));
    let (word, class) = (StatusPart::Word, StatusPart::Class);
    assert_eq!(status_matches(word, &is("stopped"), Some("off"), StatusClass::Stopped), Some(false));
    assert_eq!(status_matches(class, &is("stopped"), Some("off"), StatusClass::Stopped), Some(true));
    assert_eq!(status_matches(class, &is("off"), Some("off"), StatusClass::Stopped), Some(false));
    assert_eq!(status_matches(word, &is("ok"), Some("weird"), StatusClass::Unknown), Some(false));
    assert_eq!(status_matches(class, &is("ok"), Some("weird"), StatusClass::Unknown), None);
    assert_eq!(status_matches(word, &is("unknown"), None, StatusClass::Unknown), None);
}

#[test]
fn completion_knows_what_is_being_typed() {
    let check = |text: &str, expected: Slot, start: usize| {
        let (slot, span) = slot(text, text.len());
        assert_eq!((slot, span.start), (expected, start), "{text}");
    };
    let key = |name: &str| keys::find(name).unwrap();
    check("", Slot::Start(String::new()), 0);
    check("web pro", Slot::Start("pro".into()), 4);
    check("!(regi", Slot::Start("regi".into()), 2);
    check("provider:a", Slot::Value(key("provider"), false, "a".into()), 9);
    check("tag.env=prod,re", Slot::TagValue("env".into(), "re".into()), 13);
    check("prop.a=x, y", Slot::PropValue("a".into(), "y".into()), 10);
    check("kind!=rds,ec", Slot::Value(key("kind"), true, "ec".into()), 10);
    check("provider:aws,g", Slot::Value(key("provider"), false, "g".into()), 13);
    check("provider:aws,", Slot::Value(key("provider"), false, String::new()), 13);
    check("provider:aws g", Slot::Start("g".into()), 13);
    check("tag.en", Slot::TagName("en".into()), 4);
    check("has:tag.o", Slot::TagName("o".into()), 8);
    check("tag.env=pr", Slot::TagValue("env".into(), "pr".into()), 8);
    check("prop.Inst", Slot::PropPath("Inst".into()), 5);
    check("has:prop.Inst", Slot::PropPath("Inst".into()), 9);
    check("prop.a.b=x", Slot::PropValue("a.b".into(), "x".into()), 9);
    check("rel(", Slot::Direction(String::new()), 4);
    check("web !rel(ou", Slot::Direction("ou".into()), 9);
    check("rel(in) kin", Slot::Start("kin".into()), 8);
    check("rel(out, ", Slot::Relation(String::new()), 9);
    check("rel(out 2, us", Slot::Relation("us".into()), 11);
    check("rel(out, uses|att", Slot::Relation("att".into()), 14);
    check("rel(out, uses|", Slot::Relation(String::new()), 14);
    check("rel(out, tag.en", Slot::TagName("en".into()), 13);
    check("rel(out, kind:sg", Slot::Value(key("kind"), false, "sg".into()), 14);
    check("rel(out, uses, kin", Slot::Start("kin".into()), 15);
    check("rel(out, uses, provider:a", Slot::Value(key("provider"), false, "a".into()), 24);
    assert_eq!(slot("provider:aws web", 11).1, Span { start: 9, end: 12 });
    assert_eq!(slot("rel(out, uses|child-of|declares)", 17).1, Span { start: 14, end: 22 });
}
