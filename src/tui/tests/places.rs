//! What accounts are called, by which way a source is reached, and what nobody held a row against: shown
//! wherever it matters.

use cloudscope_application::Event as SessionEvent;
use cloudscope_domain::{AssetRow, Revision};
use insta::assert_snapshot;

use super::harness::{Bench, numbered};
use crate::event::Event;

const ACCOUNT: &str = "111122223333";

/// Three things in an account with a name, one in an account without.
fn rows() -> Vec<AssetRow> {
    let mut rows = numbered(4);
    for row in &mut rows {
        row.account = ACCOUNT.into();
        row.account_label = Some("payments-prod".into());
    }
    rows[3].account = "444455556666".into();
    rows[3].account_label = None;
    rows
}

fn bench(size: (u16, u16)) -> Bench {
    let mut bench = Bench::ready(size, rows());
    bench.overview.accounts = [(ACCOUNT.to_owned(), "payments-prod".to_owned())].into();
    bench.overview.unverified = vec!["aws.ec2.instance".parse().unwrap()];
    bench.overview.ways = [(
        "aws-prod".into(),
        vec![
            "endpoint http://127.0.0.1:4566 for every service, instead of AWS's own (AWS_ENDPOINT_URL)"
                .into(),
            "proxy http://proxy.example.com:3128 (HTTPS_PROXY)".into(),
        ],
    )]
    .into();
    bench.send(Event::Session(SessionEvent::Ready(Revision(1))));
    bench
}

#[test]
fn an_account_is_shown_by_name_and_id_and_a_row_that_nobody_tried_says_so() {
    let mut bench = bench((200, 50));
    bench.keys("1 enter");
    assert_snapshot!(bench.screen());
}

#[test]
fn the_tree_names_accounts() {
    let mut bench = bench((120, 32));
    let screen = bench.keys("2 right").screen();
    assert!(screen.contains("payments-prod 111122223333") && screen.contains("444455556666"), "{screen}");
}

#[test]
fn a_source_says_by_which_way_it_is_reached() {
    let source = serde_json::json!([{ "name": "aws-prod", "collector": "aws", "options": { "regions": "eu-west-1" } }]);
    let mut bench = bench((160, 40));
    bench.overview.sources = serde_json::from_value(source).unwrap();
    bench.send(Event::Session(SessionEvent::Ready(Revision(1))));
    bench.keys("4 G enter");
    assert_snapshot!(bench.screen());
}
