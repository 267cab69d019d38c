//! What a filter names that no asset bears.

use std::sync::Arc;

use cloudscope_domain::{Gone, Proof, Query, Revision, RunId, Status, StatusClass, Timestamp};

use super::estate::record;
use crate::{IndexWriter, Snapshot};

fn snapshot() -> Arc<Snapshot> {
    let mut writer = IndexWriter::new();
    let mut a = record("a");
    a.asset.kind = "aws.ec2.security-group".parse().unwrap();
    a.asset.provider = "aws".into();
    a.asset.region = "eu-west-1".into();
    a.asset.tags = [("Env".to_owned(), "prod".to_owned())].into();
    a.asset.status = Some(Status { word: "Running".into(), class: StatusClass::Ok });
    writer.upsert(&a);
    let mut gone = record("gone");
    gone.asset.region = "us-east-1".into();
    gone.asset.tags = [("owner".to_owned(), "ann".to_owned())].into();
    gone.gone = Some(Gone {
        at: Timestamp::from_millis(0),
        proof: Proof::NotFound,
        run: RunId(1),
        revision: Revision(1),
    });
    writer.upsert(&gone);
    writer.publish(Revision(1), Timestamp::from_millis(0))
}

#[test]
fn what_nothing_bears_is_named_with_what_is_near() {
    let snapshot = snapshot();
    let told = |text: &str| -> Vec<String> {
        let query = Query::parse(text);
        assert_eq!(query.bad, vec![], "{text}");
        snapshot.strays(&query.expr, ["uses", "part-of"]).iter().map(ToString::to_string).collect()
    };
    for (text, expected) in [
        ("tag.evn=prod", "no asset bears the tag `evn`; did you mean `Env`?"),
        ("tag.evn>5", "no asset bears the tag `evn`; did you mean `Env`?"),
        ("has:tag.colour", "no asset bears the tag `colour`"),
        ("rel(out, usez)", "no edge is a `usez`; did you mean `uses`?"),
        ("rel(out, uses|prat-of)", "no edge is a `prat-of`; did you mean `part-of`?"),
        ("rel(in, *, tag.evn=x)", "no asset bears the tag `evn`; did you mean `Env`?"),
        (
            "web (kind:securty-group,sg)",
            "no asset has the kind `securty-group`; did you mean `security-group`?",
        ),
        (
            "kind=aws.ec2.security-grup",
            "no asset has the kind `aws.ec2.security-grup`; did you mean `aws.ec2.security-group`?",
        ),
        (
            "kind:ec2.security-gruop,sg",
            "no asset has the kind `ec2.security-gruop`; did you mean `ec2.security-group`?",
        ),
        ("kind:vm", "no asset has the kind `vm`"),
        ("provider:aws,asw", "no asset has the provider `asw`; did you mean `aws`?"),
        ("region:eu-west1", "no asset has the region `eu-west1`; did you mean `eu-west-1`?"),
        ("region:us-east-1", "no asset has the region `us-east-1`"),
        ("tag.owner=ann", "no asset bears the tag `owner`"),
        ("source:hots", "no asset has the source `hots`; did you mean `host`?"),
        ("status:runing", "no asset has the status `runing`; did you mean `Running`?"),
    ] {
        assert_eq!(told(text), [expected], "{text}");
    }
    for text in [
        "",
        "tag.ENV=dev",
        "!tag.evn=prod",
        "tag.evn!=prod",
        "kind:sg",
        "kind:db-*",
        "rel(out, part-*, kind:ec2)",
        "region=\"\"",
        "region:/x/",
        "status:error,RUNNING",
        "source:hos",
        "presence:gone tag.owner=ann region:us-east-1",
    ] {
        assert_eq!(told(text), [""; 0], "{text}");
    }
    assert_eq!(told("tag.x=1 tag.x=2 tag.y=1").len(), 2, "each once");
    let empty = IndexWriter::new().publish(Revision(1), Timestamp::from_millis(0));
    assert_eq!(empty.strays(&Query::parse("tag.x=1").expr, []), []);
}
