//! What was saved comes back as it was and goes on as it would have, or not at all.

use cloudscope_domain::Revision;
use proptest::prelude::*;

use super::{
    agree, ask,
    estate::{self, Step, query, record, step},
    go,
    model::Model,
    now,
};
use crate::{IndexWriter, Snapshot, Unfit, frames::sum};

fn bytes(snapshot: &Snapshot) -> Vec<u8> {
    let mut out = Vec::new();
    snapshot.save(&mut out).unwrap();
    out
}

fn restore(mut bytes: &[u8]) -> Result<IndexWriter, Unfit> {
    IndexWriter::restore(&mut bytes)
}

/// Each frame of a saved index: where its head is, and its bytes.
fn frames(bytes: &[u8]) -> Vec<(usize, std::ops::Range<usize>)> {
    let (mut at, mut out) = (12, Vec::new());
    while at < bytes.len() {
        let length = u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) as usize;
        out.push((at, at + 24..at + 24 + length));
        at += 24 + length;
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_restored_answers_the_same_and_goes_on_the_same(
        before in prop::collection::vec(prop::collection::vec(step(), 1..150), 1..4),
        after in prop::collection::vec(prop::collection::vec(step(), 1..100), 1..3),
        ordered in any::<bool>(),
        queries in prop::collection::vec(query(), 8),
    ) {
        let mut writer = estate::writer();
        let mut model = Model::default();
        for batch in &before {
            for step in batch {
                go(&mut writer, step);
                model.go(step);
            }
            writer.publish(Revision(7), now());
        }
        let snapshot = writer.publish(Revision(8), now());
        if ordered {
            ask(&snapshot, "", &[]);
        }
        let saved = bytes(&snapshot);
        let mut again = restore(&saved).unwrap();
        prop_assert_eq!((again.revision(), again.paths()), (Revision(8), writer.paths()));
        let restored = again.publish(Revision(8), now());
        let second = bytes(&restored);
        let parts = |saved: &[u8]| frames(saved).into_iter().map(|(_, b)| saved[b].to_vec()).collect::<Vec<_>>();
        for (n, (a, b)) in parts(&saved).iter().zip(parts(&second)).enumerate() {
            prop_assert!(*a == b, "part {} is saved otherwise the second time", n);
        }
        prop_assert_eq!(second.len(), saved.len());
        agree(&restored, &model, &queries)?;
        for batch in &after {
            for step in batch {
                go(&mut again, step);
                model.go(step);
            }
            agree(&again.publish(Revision(9), now()), &model, &queries)?;
        }
        for key in model.rows.keys().chain(model.gone.keys()) {
            prop_assert_eq!(again.key_of(key.hash128()), Some(key.clone()));
        }
    }

    #[test]
    fn a_flip_or_a_cut_anywhere_is_seen(
        steps in prop::collection::vec(step(), 1..150),
        places in prop::collection::vec((any::<prop::sample::Index>(), 0..8_u32), 60),
    ) {
        let mut writer = estate::writer();
        steps.iter().for_each(|step| go(&mut writer, step));
        let mut saved = bytes(&writer.publish(Revision(1), now()));
        for (place, bit) in places {
            let at = place.index(saved.len());
            prop_assert!(restore(&saved[..at]).is_err(), "cut at {}", at);
            saved[at] ^= 1_u8 << bit;
            prop_assert!(restore(&saved).is_err(), "bit {} of byte {}", bit, at);
            saved[at] ^= 1_u8 << bit;
        }
        prop_assert!(restore(&saved).is_ok());
    }

    /// A checksum that fits does not make sense of nonsense, and nonsense is no reason to fall over.
    #[test]
    fn nonsense_with_a_good_checksum_is_refused_or_read_but_never_a_panic(
        steps in prop::collection::vec(step(), 1..100),
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>()), 40),
    ) {
        let mut writer = estate::writer();
        steps.iter().for_each(|step| go(&mut writer, step));
        let saved = bytes(&writer.publish(Revision(1), now()));
        let frames = frames(&saved);
        for (frame, place, byte) in places {
            let n = frame.index(frames.len());
            let (head, body) = frames[n].clone();
            if body.is_empty() {
                continue;
            }
            let mut wrong = saved.clone();
            wrong[body.start + place.index(body.len())] = byte;
            let sum = sum(n as u64, &wrong[body]);
            wrong[head + 8..head + 24].copy_from_slice(&sum);
            let _ = restore(&wrong);
        }
    }
}

#[test]
fn every_byte_of_a_small_one_counts() {
    let mut writer = IndexWriter::new();
    writer.scope(&estate::seen((*record("a").scope).clone()));
    ["a", "B"].iter().for_each(|name| writer.upsert(&record(name)));
    let snapshot = writer.publish(Revision(1), now());
    ask(&snapshot, "", &[]);
    let mut saved = bytes(&snapshot);
    for at in 0..saved.len() {
        assert!(restore(&saved[..at]).is_err(), "cut at {at}");
        saved[at] ^= 4;
        assert!(restore(&saved).is_err(), "flip at {at}");
        saved[at] ^= 4;
    }
    saved.push(0);
    assert!(matches!(restore(&saved), Err(Unfit::Damaged("there is more than should be"))));
}

#[test]
fn two_parts_that_changed_places_are_seen() {
    let mut writer = IndexWriter::new();
    let names: Vec<String> = (0..200).map(|n| format!("n{n:03}")).collect();
    names.iter().for_each(|name| go(&mut writer, &Step::Upsert(Box::new(record(name)))));
    let saved = bytes(&writer.publish(Revision(1), now()));
    let frames = frames(&saved);
    let twins = frames.windows(2).find(|two| two[0].1.len() == two[1].1.len());
    let (first, second) = twins.map(|two| (two[0].clone(), two[1].clone())).unwrap();
    let swapped = [
        &saved[..first.0],
        &saved[second.0..second.1.end],
        &saved[first.0..first.1.end],
        &saved[second.1.end..],
    ]
    .concat();
    assert!(matches!(restore(&swapped), Err(Unfit::Damaged("a checksum does not fit"))));
}

#[test]
fn what_is_no_saved_index_is_said_to_be_none() {
    assert!(matches!(restore(b"{\"version\":1,\"rows\":[]}"), Err(Unfit::Foreign(_))));
    assert!(matches!(restore(b""), Err(Unfit::Read(_))));
    let mut newer = bytes(&IndexWriter::new().publish(Revision(1), now()));
    newer[8] += 1;
    assert!(matches!(restore(&newer), Err(Unfit::Foreign(_))));
}
