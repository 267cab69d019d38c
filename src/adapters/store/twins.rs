//! Two versions of a record where there must be one.

use std::collections::{BTreeMap, HashMap};

use cloudscope_domain::Revision;
use cloudscope_ports::StoreError;

use crate::{
    engine,
    envelope::{self, Sealer},
    layout::{Key, Place, SEGMENTS},
    segment,
};

/// Pages of different ages can hold two versions of a record that moved; the newer one stays.
pub(crate) fn drop_older_twins(db: &sled::Db, revision: u64, sealer: &mut Sealer) -> Result<(), StoreError> {
    let mut newest: HashMap<u128, (Revision, Place)> = HashMap::new();
    let mut losers: BTreeMap<Place, Vec<u128>> = BTreeMap::new();
    for pair in engine::scan(db, SEGMENTS) {
        let (key, value) = pair?;
        let (Some(Key::Segment(place)), Ok(opened)) = (Key::decode(&key), envelope::open(&key, &value))
        else {
            continue;
        };
        for (_, bytes) in segment::parts(&opened.body).unwrap_or_default() {
            let Ok(record) = segment::record(bytes) else { continue };
            let hash = record.record_key().hash128();
            match newest.get(&hash).copied() {
                Some((other, _)) if other >= record.revision => losers.entry(place).or_default().push(hash),
                Some((_, loser)) => {
                    losers.entry(loser).or_default().push(hash);
                    newest.insert(hash, (record.revision, place));
                }
                None => {
                    newest.insert(hash, (record.revision, place));
                }
            }
        }
    }
    for (place, hashes) in losers {
        let key = Key::Segment(place).encode();
        let Some(value) = engine::get(db, &key)? else { continue };
        let Ok(opened) = envelope::open(&key, &value) else { continue };
        let mut entries = segment::unpack(&opened.body).unwrap_or_default();
        entries.retain(|entry| {
            segment::record(&entry.bytes).is_ok_and(|r| !hashes.contains(&r.record_key().hash128()))
        });
        let value = if entries.is_empty() {
            None
        } else {
            Some(sealer.seal(&key, revision, &segment::pack(&entries))?.0)
        };
        engine::write(db, std::iter::once((&*key, value.as_deref())))?;
    }
    Ok(())
}
