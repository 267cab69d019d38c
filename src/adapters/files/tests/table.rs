//! CSV as people keep it.

use cloudscope_domain::StatusClass;

use super::Bench;
use crate::Limits;

#[test]
fn a_sheet_becomes_assets() {
    let text = "Hostname;Type;Location;Subscription ID;State;Created On;tag:env;Labels;IP Address;Notes;\n\
                web-1;Server;eu-west-1;123;Running;2026-01-02;prod;\"team=ops;tier=1\";10.0.0.1, web.example.com;\"two\nlines\";x\n\
                web-2;Server;eu-west-1;123;weird;;;;;;\n";
    let seen = Bench::new().read("sheet.csv", text, &[]).whole();
    assert_eq!(seen.ids(), ["web-1", "web-2"]);
    let web = seen.one("web-1").asset;
    assert_eq!(
        (web.kind.as_str(), web.provider.as_str(), &*web.name, &*web.account, &*web.region),
        ("csv.server", "csv", "web-1", "123", "eu-west-1")
    );
    let status = web.status.unwrap();
    assert_eq!((&*status.word, status.class), ("Running", StatusClass::Ok));
    assert_eq!(web.created_at.unwrap().to_string(), "2026-01-02T00:00:00Z");
    let tags: Vec<_> = web.tags.iter().map(|(k, v)| format!("{k}={v}")).collect();
    assert_eq!(tags, ["env=prod", "team=ops", "tier=1"]);
    assert_eq!(web.addresses, ["web-1", "10.0.0.1", "web.example.com"]);
    let properties = web.properties.value();
    assert_eq!(properties["Notes"], "two\nlines");
    assert_eq!(properties["column_11"], "x");
    assert_eq!(seen.one("web-2").asset.status.unwrap().class, StatusClass::Unknown);
}

#[test]
fn a_cloud_id_is_canonical_and_declared() {
    let text = "id,name,kind\n\
                /subscriptions/A/resourceGroups/R/providers/Microsoft.Web/sites/S,s,azure.web.site\n\
                arn:aws:s3:::bucket,b,aws.s3.bucket\n";
    let seen = Bench::new().read("x.csv", text, &[]).whole();
    let site = seen.one("/sites/s").asset;
    assert_eq!(site.declares.as_ref(), Some(&site.key.id));
    assert_eq!((site.provider.as_str(), site.kind.as_str(), &*site.account), ("csv", "azure.web.site", "a"));
    assert_eq!(seen.one(":bucket").asset.declares.unwrap().as_str(), "arn:aws:s3:::bucket");
}

#[test]
fn a_row_declares_the_cloud_asset_that_a_column_names() {
    let text = "id,owner,instance_id,ARN,declares\n\
                1,ann,i-0123456789abcdef0,,\n\
                2,bob,,arn:aws:s3:::data,\n\
                3,cat,none yet,,\n\
                4,dan,i-0123456789abcdef0,arn:aws:s3:::data,web-1\n\
                i-01234567,eve,,,\n\
                6,fay,12345678,,\n";
    let seen = Bench::new().read("x.csv", text, &[]).whole();
    for (id, declares) in [
        ("1", Some("i-0123456789abcdef0")),
        ("2", Some("arn:aws:s3:::data")),
        ("3", None),
        ("4", Some("web-1")),
        ("i-01234567", Some("i-01234567")),
        ("6", None),
    ] {
        assert_eq!(seen.one(id).asset.declares.as_ref().map(|d| d.as_str()), declares, "row {id}");
    }
    let mapped = Bench::new().read("x.csv", "id,box\n1,web-1\n", &[("map.declares", "box")]).whole();
    assert_eq!(mapped.one("1").asset.declares.unwrap().as_str(), "web-1");
}

#[test]
fn a_bad_row_costs_that_row() {
    let mut text = b"id,name\n1,a\n2\n3,c,d\n4,\"d\n\nd\"\n5,\xff\n1,again\n6,f\n".to_vec();
    let bench = Bench::new();
    let seen = bench.read("x.csv", &text, &[]).whole();
    assert_eq!(seen.ids(), ["1", "4", "6"]);
    let problems = seen.problems();
    assert_eq!(problems.len(), 4, "{problems:?}");
    for (problem, words) in problems.iter().zip([
        "x.csv:3: the row has 1 columns, the header 2",
        "x.csv:4: the row has 3 columns",
        "x.csv:8: column `name` is not UTF-8",
        "x.csv:9: the id `1` was already on line 2",
    ]) {
        assert!(problem.contains(words), "{problem}");
    }
    for n in 0..100 {
        text.extend_from_slice(format!("{n}\n").as_bytes());
    }
    let problems = bench.read("x.csv", &text, &[]).whole().problems();
    assert_eq!(problems.len(), 51);
    assert_eq!(problems[50], "54 more rows: a wrong number of columns");
}

#[test]
fn a_torn_table_is_never_whole() {
    let bench = Bench::new();
    bench.read("x.csv", "id,name\n1,a\n2", &[]).failed("x.csv:3: the last row has 1 of 2 columns");
    let open = bench.read("x.csv", "id,name\n1,a\n2,\"half\n", &[]);
    open.failed("the record of line 3 is never closed");
    assert_eq!(open.ids(), ["1"]);
    bench.read("x.csv", "", &[]).failed("is empty");
    // No line end at the end is usual; a quoted one too.
    assert_eq!(bench.read("x.csv", "id,name\r\n1,a\r\n2,\"b\"", &[]).whole().ids(), ["1", "2"]);
    assert!(bench.read("x.csv", "id,name\n", &[]).whole().ids().is_empty());
}

#[test]
fn a_quote_that_is_never_closed_costs_one_record() {
    let limits = Limits { line_bytes: 200, ..Limits::default() };
    for buffered_bytes in [0, 1 << 20] {
        let bench = Bench::with(Limits { buffered_bytes, ..limits });
        let mut text = "id,name\n1,a\n2,\"b\n".to_owned();
        for n in 3..60 {
            text.push_str(&format!("{n},c\n"));
        }
        let seen = bench.read("x.csv", &text, &[]).whole();
        assert_eq!(seen.ids().len(), 58);
        let problems = seen.problems();
        assert!(problems[0].contains("x.csv:3: the record does not end"), "{problems:?}");
        assert_eq!(problems.len(), 1);
        // Line numbers go on where they should.
        text.push_str("60\n");
        let problems = bench.read("x.csv", &text, &[]).whole().problems();
        assert!(problems[1].contains("x.csv:61: "), "{problems:?}");
        // So does one line that is too long as a whole.
        let text = format!("id,name\n1,{}\n2,b\n", "x".repeat(1000));
        let seen = bench.read("x.csv", &text, &[]).whole();
        assert_eq!(seen.ids(), ["2"]);
    }
}

#[test]
fn rows_without_an_id_are_told_apart_by_content() {
    let seen = Bench::new().read("x.csv", "size,color\n1,red\n2,blue\n1,red\n", &[]).whole();
    let ids = seen.ids();
    assert_eq!(ids.len(), 3);
    assert!(ids[0].starts_with("row:") && ids[2] == format!("{}:2", ids[0]), "{ids:?}");
    let again = Bench::new().read("y.csv", "size,color\n2,blue\n1,red\n1,red\n", &[]).whole();
    assert_eq!(again.ids()[1..], [ids[0].clone(), ids[2].clone()]);
}

#[test]
fn the_user_says_what_a_column_means() {
    let options = [
        ("map.id", "Inv"),
        ("map.name", "Who"),
        ("map.status", ""),
        ("kind", "dc.rack.unit"),
        ("provider", "DC"),
        ("delimiter", "|"),
        ("account", "dc-1"),
        ("region", "cellar"),
    ];
    let seen = Bench::new().read("x.csv", "id|Inv|Who|status\n9|a1|Bob|ok\n", &options).whole();
    let asset = seen.one("a1").asset;
    assert_eq!(
        (&*asset.name, asset.kind.as_str(), asset.provider.as_str(), &*asset.account, &*asset.region),
        ("Bob", "dc.rack.unit", "dc", "dc-1", "cellar")
    );
    assert_eq!(asset.status, None);
    let hashed = Bench::new().read("x.csv", "id,n\n1,a\n1,b\n", &[("map.id", "")]).whole();
    assert_eq!(hashed.ids().len(), 2);
}

#[test]
fn columns_of_one_name_are_kept_apart() {
    let seen = Bench::new().read("x.csv", "id,n,,n,n_2\n1,a,b,c,d\n", &[]).whole();
    let properties = seen.one("1").asset.properties.value();
    assert_eq!(
        properties,
        serde_json::json!({"id": "1", "n": "a", "column_3": "b", "n_2": "c", "n_2_2": "d"})
    );
}

#[test]
fn kinds_of_a_free_text_column_are_bounded() {
    let bench = Bench::with(Limits { kinds: 2, ..Limits::default() });
    let seen = bench.read("x.csv", "id,type\n1,a\n2,b\n3,c\n4,a\n", &[]).whole();
    let kinds: Vec<String> = seen.sightings().iter().map(|s| s.asset.kind.to_string()).collect();
    assert_eq!(kinds, ["csv.a", "csv.b", "csv.row", "csv.a"]);
}
