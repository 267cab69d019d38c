//! Two accounts of assets, held against each other.

use cloudscope_domain::{AssetId, Difference, Payload, Record};
use cloudscope_ports::AssetStore;

use super::touched::Touched;
use crate::{SessionError, engine::details, hub::View, ingest::diff, message::Differences};

pub(super) fn compare(
    store: &dyn AssetStore,
    (left, left_id): (&View, &AssetId),
    (right, right_id): (&View, &AssetId),
    cancel: &dyn Fn() -> bool,
) -> Result<Differences, SessionError> {
    let (_, lefts) = details::records(left, store, left_id)?;
    let (_, rights) = details::records(right, store, right_id)?;
    let (a, b) = pair(&lefts, &rights);
    let row = |view, record: Option<&Record>| record.map(|r| details::row(view, r));
    let mut found = Differences { left: row(left, a), right: row(right, b), differences: Vec::new() };
    if let (Some(a), Some(b)) = (a, b) {
        found.differences = diff::records(a, b);
        if a.record_key() == b.record_key() {
            let id = &a.asset.key.id;
            let ordered = left.snapshot.revision() <= right.snapshot.revision();
            let views = if ordered { (left, right) } else { (right, left) };
            let touched = Touched::between(store, views, Some(id), cancel)?;
            let fields = touched.0.get(id);
            found.differences = fields.map(|f| f.keep(found.differences)).unwrap_or_default();
        }
    }
    if let (Some(a), Some(b)) = (&found.left, &found.right)
        && a.presence.word() != b.presence.word()
    {
        let word = |text: &str| Some(Payload::from_value(&text.into()));
        found.differences.insert(
            0,
            Difference {
                path: "presence".into(),
                before: word(a.presence.word()),
                after: word(b.presence.word()),
            },
        );
    }
    Ok(found)
}

/// The records that are compared: the same one on both sides where there is one, else one of the same
/// source, else the first of each side, which is the one that lives and was written last.
fn pair<'a>(lefts: &'a [Record], rights: &'a [Record]) -> (Option<&'a Record>, Option<&'a Record>) {
    let alike = |same: &dyn Fn(&Record, &Record) -> bool| {
        lefts.iter().find_map(|a| Some((Some(a), Some(rights.iter().find(|b| same(a, b))?))))
    };
    let live = |a: &Record, b: &Record| a.gone.is_none() && b.gone.is_none();
    alike(&|a, b| a.record_key() == b.record_key() && live(a, b))
        .or_else(|| alike(&|a, b| a.record_key() == b.record_key()))
        .or_else(|| alike(&|a, b| a.source() == b.source() && live(a, b)))
        .unwrap_or((lefts.first(), rights.first()))
}
