//! Puts text on the clipboard. What is copied never carries a control character or a line break that
//! came from a provider, unless the user says so.

use cloudscope_domain::{AssetRow, text};

use crate::{
    effect::Effect,
    model::{
        Model,
        columns::{self, Column},
        message::Message,
        overlay::{Confirm, Overlay},
    },
};

/// Terminals take no more than about 100,000 bytes by OSC 52, which grow by a third on the way.
const MOST: usize = 74_000;

/// The effect that copies, unless the text is longer than terminals take; then the user is told.
pub(super) fn effect(model: &mut Model, text: String, said: String) -> Vec<Effect> {
    if text.len() > MOST {
        let why = format!("{} bytes are more than terminals take ({MOST}); export instead", text.len());
        model.say(Message::warning(why, model.clock));
        return Vec::new();
    }
    model.say(Message::info(said, model.clock));
    vec![Effect::Copy(text)]
}

/// Copies the id under the cursor.
pub(super) fn id(model: &mut Model) -> Vec<Effect> {
    match model.assets.current().map(|row| row.id.to_string()) {
        Some(id) => plain(model, &id, "the id"),
        None => nothing(model),
    }
}

/// Copies a foreign text. One with hostile characters is copied as it is only after a yes; a no
/// leaves the clipboard alone.
pub(super) fn plain(model: &mut Model, value: &str, what: &str) -> Vec<Effect> {
    let safe = text::visible(value);
    if safe == value {
        return effect(model, value.to_owned(), format!("copied {what}: {value}"));
    }
    model.overlays.push(Overlay::Confirm(Confirm {
        question: format!("{what} holds control characters: {safe} - copy them as they are?"),
        yes: vec![Effect::Copy(value.to_owned())],
        done: Some(format!("copied {what} with its control characters")),
    }));
    model.say(Message::warning(
        format!("copied {what} with its control characters made visible"),
        model.clock,
    ));
    vec![Effect::Copy(safe.into_owned())]
}

/// Copies the marked rows that are here, or the row under the cursor, as tab-separated values with
/// the columns that show.
pub(super) fn rows(model: &mut Model) -> Vec<Effect> {
    let assets = &model.assets;
    let marked: Vec<&AssetRow> = assets
        .rows
        .iter()
        .filter(|row| assets.marks.contains_key(&cloudscope_application::message::RowKey::from(*row)))
        .collect();
    let wanted = assets.marks.len();
    let rows: Vec<&AssetRow> = if wanted == 0 { assets.current().into_iter().collect() } else { marked };
    if rows.is_empty() {
        return nothing(model);
    }
    let mut columns = assets.columns.clone();
    if !columns.contains(&Column::Id) {
        columns.push(Column::Id);
    }
    let mut out = columns.iter().map(|c| c.name()).collect::<Vec<_>>().join("\t");
    for row in &rows {
        out.push('\n');
        let cells: Vec<String> = columns.iter().map(|c| tsv(&raw(c, row))).collect();
        out.push_str(&cells.join("\t"));
    }
    let n = rows.len();
    let text = if wanted > n {
        format!("copied {n} of {wanted} marked rows: the others are not near; E exports all of them")
    } else {
        format!("copied {n} row{} as a table", if n == 1 { "" } else { "s" })
    };
    effect(model, out, text)
}

/// A cell for another program: the plain value, times in full, no signs.
fn raw(column: &Column, row: &AssetRow) -> String {
    let time = |at: Option<cloudscope_domain::Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    match column {
        Column::Name => row.name.to_string(),
        Column::Kind => row.kind.to_string(),
        Column::Status => row.status.as_deref().unwrap_or_default().to_owned(),
        Column::Region => row.region.to_string(),
        Column::Account => row.account.to_string(),
        Column::Age => time(row.created_at),
        Column::Presence => row.presence.word().to_owned(),
        Column::Source => row.source.to_string(),
        Column::Provider => row.provider.to_string(),
        Column::Category => row.category.to_string(),
        Column::Zone => row.zone.to_string(),
        Column::Addresses => row.addresses.join(" "),
        Column::LastSeen => time(row.last_seen),
        Column::ChangedAt => time(Some(row.changed_at)),
        Column::Id => row.id.to_string(),
        Column::Tag(name) => columns::tag(row, name),
        Column::Prop(path) => columns::props::value(row, path),
    }
}

/// A cell that a spreadsheet takes as text: no tab, no line break, nothing that begins a formula.
fn tsv(value: &str) -> String {
    let safe = text::visible(value);
    if safe.starts_with(['=', '+', '-', '@']) { format!("'{safe}") } else { safe.into_owned() }
}

fn nothing(model: &mut Model) -> Vec<Effect> {
    super::nothing::under_cursor(model, " to copy")
}
