//! The pane beside the table: asks for the selected asset whole, while the pane shows.

use cloudscope_application::{Command, Reply, SessionError, message::RowKey};
use cloudscope_domain::AssetDetail;

use crate::{
    effect::{Effect, Tag},
    keymap::Screen,
    model::{Model, assets::Detail, past::Then},
};

/// Asks for the selected asset, if its detail shows and is not here.
pub(super) fn want(model: &mut Model) -> Vec<Effect> {
    let Some(key) = model.assets.selected.clone() else { return Vec::new() };
    let as_of = model.assets.shown.as_ref().map(|s| s.as_of);
    let here = model.assets.detail.as_ref().is_some_and(|d| d.key == key && d.as_of == as_of);
    if model.layout().detail.is_none() || here {
        return Vec::new();
    }
    // Of the moment of the row beside it, which may not yet be the one that is wanted.
    let at = model.past.shown(Screen::Assets).map(Then::moment);
    vec![model.ask(Tag::Detail, Command::Get { id: key.id, at })]
}

/// The selected asset arrived.
pub(super) fn answer(model: &mut Model, result: Result<Reply, SessionError>) -> Vec<Effect> {
    let Some(key) = model.assets.selected.clone() else { return Vec::new() };
    let records = match result {
        // The cursor may have gone on, to an asset whose detail is here already.
        Ok(Reply::Details(records)) if records.first().is_some_and(|r| r.row.id != key.id) => {
            return Vec::new();
        }
        Ok(Reply::Details(records)) => Ok(own_first(records, &key)),
        Ok(_) => Err("the engine answered another question; this is a defect".to_owned()),
        Err(e) => Err(e.to_string()),
    };
    let as_of = model.assets.shown.as_ref().map(|s| s.as_of);
    model.assets.detail = Some(Detail { key, records, as_of });
    model.dirty = true;
    Vec::new()
}

/// The records, the one that the row is of first.
pub(super) fn own_first(mut records: Vec<AssetDetail>, key: &RowKey) -> Vec<AssetDetail> {
    if let Some(own) = records.iter().position(|r| RowKey::from(&r.row) == *key) {
        records[..=own].rotate_right(1);
    }
    records
}

/// Scrolls the pane.
pub(super) fn scroll(model: &mut Model, by: isize) {
    model.assets.detail_top = model.assets.detail_top.saturating_add_signed(by);
}
