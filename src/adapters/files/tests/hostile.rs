//! Whatever bytes a file holds, reading it ends, without a panic and without a promise it cannot keep.

use cloudscope_ports::{FaultKind, Item};
use proptest::prelude::*;

use super::Bench;
use crate::Limits;

const FORMATS: [&str; 4] = ["terraform", "csv", "json", "ndjson"];

/// Bytes, and bytes that look like something.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let parts = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        "\"",
        ",",
        ":",
        ";",
        "\n",
        "\r\n",
        "\\",
        "\u{feff}",
        "id",
        "name",
        "null",
        "4",
        "-1e999",
        "\"version\":4,",
        "\"serial\":1,",
        "\"resources\":[",
        "{\"type\":\"t\",\"name\":\"n\",\"instances\":[",
        "\"attributes\":{\"password\":\"p\"}",
        "\"sensitive_attributes\":[[{\"type\":\"get_attr\",\"value\":\"a\"}]]",
        "\"index_key\":",
        "\"deposed\":",
        "\"module\":\"module.a[",
        "\"dependencies\":[\"a.b\"]",
        "\u{1b}[2J",
        "{\"id\":\"1\",\"kind\":\"a.b\",\"category\":\"compute\",\"provider\":\"p\"",
        "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"n\"}",
        "\"tags\":",
        "\"created\":",
        "é",
    ]);
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        prop::collection::vec(parts, 0..60).prop_map(|parts| parts.concat().into_bytes()),
    ]
}

/// A fixture with some bytes changed or cut away.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let fixtures = [
        include_bytes!("../fixtures/marks.tfstate").as_slice(),
        include_bytes!("../fixtures/clouds.tfstate").as_slice(),
    ];
    (prop::sample::select(fixtures.to_vec()), any::<prop::sample::Index>(), any::<u8>(), any::<bool>())
        .prop_map(|(text, at, byte, cut)| {
            let mut bytes = text.to_vec();
            let at = at.index(bytes.len());
            if cut {
                bytes.truncate(at);
            } else {
                bytes[at] = byte;
            }
            bytes
        })
}

fn check(bench: &Bench, bytes: &[u8], format: &str) -> Result<(), TestCaseError> {
    let seen = bench.read("x", bytes, &[("format", format)]);
    let items = seen.sink.items();
    match &seen.result {
        Ok(()) => prop_assert_eq!(items.last(), Some(&Item::Done)),
        Err(fault) => {
            prop_assert_ne!(fault.kind, FaultKind::Internal, "{}", fault.message);
            prop_assert!(!items.contains(&Item::Done));
            prop_assert!(
                !fault.message.chars().any(cloudscope_domain::text::is_hostile),
                "{:?}",
                fault.message
            );
        }
    }
    for problem in seen.problems() {
        prop_assert!(!problem.chars().any(cloudscope_domain::text::is_hostile), "{problem:?}");
    }
    for sighting in seen.sightings() {
        let asset = &sighting.asset;
        prop_assert!(!asset.name.is_empty() && !asset.key.id.as_str().is_empty());
        prop_assert!(asset.kind.as_str().parse::<cloudscope_domain::Kind>().is_ok(), "{}", asset.kind);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_bytes_end_without_a_panic(bytes in bytes(), small in any::<bool>()) {
        let limits = if small {
            Limits { line_bytes: 24, buffered_bytes: 0, batch: 1, problems: 2, ..Limits::default() }
        } else {
            Limits::default()
        };
        let bench = Bench::with(limits);
        for format in FORMATS {
            check(&bench, &bytes, format)?;
        }
    }

    #[test]
    fn a_damaged_state_ends_without_a_panic(bytes in damaged()) {
        check(&Bench::new(), &bytes, "terraform")?;
    }

    /// Cutting into records and parsing them gives what the csv crate gives in one go.
    #[test]
    fn records_are_those_of_the_csv_crate(text in "(?:[ab,;\"\n]|\"\"|\r\n){0,80}") {
        let one_go = |text: &str| -> Vec<Vec<String>> {
            csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes())
                .records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect()
        };
        let mut splitter =
            crate::table::Splitter::new(std::io::Cursor::new(text.as_bytes()), b',', 1 << 20);
        let mut found = Vec::new();
        let mut open = false;
        loop {
            match splitter.advance().unwrap() {
                crate::table::Chunk::Records { bytes, .. } => {
                    found.extend(one_go(std::str::from_utf8(bytes).unwrap()));
                }
                crate::table::Chunk::Open { .. } => { open = true; break; }
                crate::table::Chunk::TooLong { .. } => unreachable!("nothing is that long"),
                crate::table::Chunk::End => break,
            }
        }
        let mut expected = one_go(&text);
        if open {
            // The record that never ends is refused here and guessed at there.
            expected.pop();
        }
        prop_assert_eq!(found, expected);
    }
}
