//! What can be worked out of a sighting without changing anything: hashes, and the sighting without its
//! secrets. Pure, so that a batch is shared between threads; it is most of the work of taking one in.

use std::{collections::BTreeMap, sync::LazyLock};

use cloudscope_domain::{RecordKey, ScopeKey, Sighting, redact::Redactor};
use cloudscope_ports::Item;
use serde_json::Value;

use super::{fingerprint, known::Known};
use crate::background::Answers;

/// Fewer sightings are not worth a thread.
const WORTH: usize = 64;
/// More threads than this would only wait for the writer.
const MOST: usize = 8;
/// Asked for once: the answer is read from several files of the system, which takes longer than a small batch.
static THREADS: LazyLock<usize> =
    LazyLock::new(|| std::thread::available_parallelism().map_or(1, Into::into).min(MOST));

/// A sighting, and what was worked out of it.
pub(super) struct Prepared {
    pub(super) sighting: Sighting,
    pub(super) key: RecordKey,
    pub(super) hash: u128,
    /// Of the sighting as it came.
    pub(super) raw: u64,
    /// Its secrets were taken out; not when nothing looked different at all.
    pub(super) clean: bool,
    /// Of what counts, where it has told before that not everything does. Else it is worked out when something is
    /// different: most records never change, and it takes the payload apart.
    pub(super) canonical: Option<u64>,
}

/// An item, ready to be taken in.
pub(super) enum Ready {
    Seen(Box<Prepared>),
    Other(Item),
}

/// Prepares a sighting. It keeps its secrets only when it is what is known already.
pub(super) fn sighting(
    known: &Known,
    redactor: &Redactor,
    scope: &ScopeKey,
    mut sighting: Sighting,
) -> Prepared {
    let key = RecordKey { source: scope.source.clone(), key: sighting.asset.key.clone() };
    let hash = key.hash128();
    let raw = fingerprint::raw(&sighting.asset, &sighting.references);
    let entry = known.get(hash);
    let same = entry.is_some_and(|e| !e.gone && e.raw == raw && known.is_scope(e.scope, scope));
    let told = entry.is_some_and(|e| e.canonical.is_some());
    let canonical = if same { None } else { clean(redactor, &mut sighting, told) };
    Prepared { sighting, key, hash, raw, clean: !same, canonical }
}

/// Takes the secrets out, and returns the hash of what counts, if that is asked for.
pub(super) fn clean(redactor: &Redactor, sighting: &mut Sighting, told: bool) -> Option<u64> {
    let payload = redact(redactor, sighting);
    told.then(|| {
        let payload = payload.unwrap_or_else(|| sighting.asset.properties.value());
        fingerprint::of_sighting(sighting, &payload)
    })
}

/// The hash of what counts of a sighting without secrets.
pub(super) fn canonical(sighting: &Sighting) -> u64 {
    fingerprint::of_sighting(sighting, &sighting.asset.properties.value())
}

/// Prepares a batch, on as many threads as it is worth.
pub(super) fn batch(
    known: &Known,
    redactor: &Redactor,
    scope: &ScopeKey,
    items: Vec<Item>,
    answers: &Answers,
) -> Vec<Ready> {
    let one = |item| match item {
        Item::Upsert(seen) => {
            answers.stand_aside();
            Ready::Seen(Box::new(sighting(known, redactor, scope, *seen)))
        }
        other => Ready::Other(other),
    };
    let share = items.len().div_ceil(THREADS.min(items.len() / WORTH).max(1)).max(1);
    if share >= items.len() {
        return items.into_iter().map(one).collect();
    }
    let mut shares: Vec<Vec<Item>> = Vec::new();
    let mut rest = items;
    while rest.len() > share {
        let tail = rest.split_off(share);
        shares.push(std::mem::replace(&mut rest, tail));
    }
    std::thread::scope(|threads| {
        let others: Vec<_> = shares
            .into_iter()
            .map(|share| threads.spawn(|| share.into_iter().map(one).collect::<Vec<_>>()))
            .collect();
        let last: Vec<Ready> = rest.into_iter().map(one).collect();
        let mut all: Vec<Ready> = Vec::new();
        for other in others {
            match other.join() {
                Ok(ready) => all.extend(ready),
                // A defect; the writer ends with it, as it would have without threads.
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all.extend(last);
        all
    })
}

/// The second net for secrets, over every string of every source. Returns the payload, if it had to be
/// parsed.
fn redact(redactor: &Redactor, sighting: &mut Sighting) -> Option<Value> {
    let asset = &mut sighting.asset;
    // What the redactor itself found clean at the border, text for text, it would find clean again.
    let clean = asset.properties.is_vouched() || redactor.is_clean(asset.properties.as_str());
    let payload = (!clean).then(|| {
        let mut payload = asset.properties.value();
        if redactor.value(&mut payload) > 0 {
            redactor.restore_id(&mut payload, asset.key.id.as_str());
            asset.properties = cloudscope_domain::Payload::from_value(&payload);
        }
        payload
    });
    tags(redactor, &mut asset.tags);
    if let Some(name) = redactor.text(&asset.name) {
        asset.name = name.into();
    }
    for address in &mut asset.addresses {
        if let Some(clean) = redactor.text(address) {
            *address = clean;
        }
    }
    payload
}

/// Tags are fields of one object: their names say what their values are.
fn tags(redactor: &Redactor, tags: &mut BTreeMap<String, String>) {
    if redactor.are_plain(tags.iter().map(|(k, v)| (k.as_str(), v.as_str())))
        || serde_json::to_string(tags).is_ok_and(|text| redactor.is_clean(&text))
    {
        return;
    }
    let mut all = Value::Object(tags.iter().map(|(k, v)| (k.clone(), Value::from(v.as_str()))).collect());
    if redactor.value(&mut all) > 0
        && let Value::Object(map) = all
    {
        *tags = map
            .into_iter()
            .map(|(k, v)| {
                let v = v.as_str().map_or_else(|| v.to_string(), str::to_owned);
                (k, v)
            })
            .collect();
    }
}
