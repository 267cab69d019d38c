//! What a fuzzer calls: everything that decodes what is on disk, from bytes. Not for use by anything else.
//!
//! ```text
//! 0  rest: the side file
//! 1  u8 length of the name, name, rest: a value as it is on disk
//! 2  u8 length of the name, name, rest: the content of a value whose wrapping is right
//! 3  rest: the contents of a whole store, as frames of u8 length of the name, u16 le length, name, content
//! 4  rest: one of the shapes of format 1
//! 5  rest: the name of a value
//! ```

use crate::{
    envelope::{self, Opened, Sealer},
    former, head,
    layout::Key,
    overlay,
    packing::{decode as unpack, encode},
    segment,
    step::Step,
    tally::Tally,
};

/// Decodes some bytes. Panics when something that must always hold does not.
pub fn decode(data: &[u8]) {
    let Some((kind, rest)) = data.split_first() else { return };
    match kind {
        0 => head::look_at(rest),
        1 => {
            if let Some((key, value)) = named(rest) {
                if let Ok(opened) = envelope::open(key, value) {
                    content(key, &opened);
                }
                Tally::default().add(key, value);
            }
        }
        2 => {
            if let Some((key, body)) = named(rest) {
                let mut tally = Tally::default();
                sealed(key, body, &mut tally);
                tally.judge(None);
            }
        }
        3 => whole(rest),
        4 => {
            let opened = Opened { sum: 0, format: 1, revision: 3, body: rest.to_vec() };
            let _ = former::meta(&opened);
            let _ = former::state(rest);
            let _ = former::run(rest, 3);
        }
        _ => {
            if let Some(key) = Key::decode(rest) {
                assert_eq!(key.encode(), rest, "a name is read in one way only");
            }
        }
    }
}

fn named(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first()?;
    rest.split_at_checked(usize::from(*length))
}

/// Wraps a content and reads the value.
fn sealed(key: &[u8], body: &[u8], tally: &mut Tally) {
    let Some((value, sum)) = Sealer::new().and_then(|mut sealer| sealer.seal(key, 7, body)).ok() else {
        return;
    };
    match envelope::open(key, &value) {
        Ok(opened) => {
            assert!(opened.sum == sum && opened.body == body, "what was wrapped is unwrapped");
            content(key, &opened);
        }
        Err(flaw) => panic!("what was wrapped cannot be unwrapped: {flaw}"),
    }
    if let Ok(step) = overlay::step(key, &value) {
        assert!(step.consistent());
    }
    tally.add(key, &value);
}

/// What reads a content by what it is called.
fn content(key: &[u8], opened: &Opened) {
    match Key::decode(key) {
        Some(Key::Segment(_) | Key::Records { .. }) => {
            let Ok(entries) = segment::unpack(&opened.body) else { return };
            let packed = segment::pack(&entries);
            assert_eq!(
                segment::unpack(&packed).as_ref(),
                Ok(&entries),
                "a segment is read as it was written"
            );
            for entry in &entries {
                if let Ok(record) = segment::record(&entry.bytes) {
                    let again = segment::Entry::new(&record).and_then(|entry| segment::record(&entry.bytes));
                    assert_eq!(again.as_ref(), Ok(&record), "a record is read as it was written");
                    let name = entry.name();
                    assert_eq!(
                        name,
                        Some(segment::Name::from(&record.asset.key)),
                        "its name is at its front"
                    );
                }
            }
        }
        Some(Key::Step(_)) => {
            if let Ok(step) = unpack::<Step>(&opened.body)
                && let Ok(bytes) = encode(&step)
            {
                assert_eq!(unpack::<Step>(&bytes).as_ref(), Ok(&step), "a step is read as it was written");
            }
        }
        _ => {}
    }
}

/// A store of many values, judged as a whole.
fn whole(mut bytes: &[u8]) {
    let mut tally = Tally::default();
    while let [key, low, high, rest @ ..] = bytes {
        let length = usize::from(u16::from_le_bytes([*low, *high]));
        let Some((key, rest)) = rest.split_at_checked(usize::from(*key)) else { break };
        let Some((body, rest)) = rest.split_at_checked(length) else { break };
        sealed(key, body, &mut tally);
        bytes = rest;
    }
    tally.judge(None);
}
