//! An asset in words: the lines of the detail pane and of the documents about it.
//!
//! Knows rows and details; knows no style beyond the meaning of a line, and no width.

use std::fmt::Write as _;

use cloudscope_domain::{
    AssetDetail, AssetRow, CoverageState, Payload, Presence, Proof, Timestamp, UnknownWhy, text::labelled,
    time::short_span,
};

use super::{
    changes::diff,
    columns::{presence, status},
    document::{DocLine, Form},
};
use crate::{glyphs::Glyphs, theme::Slot};

/// Records beyond which a document says how many more there are.
const MOST_RECORDS: usize = 50;

/// What is known of an asset's existence, as a sentence.
pub(crate) fn presence_in_words(presence: &Presence, now: Timestamp) -> String {
    match presence {
        Presence::Present => "present: seen by the last listing of its scope".into(),
        Presence::Unknown { since, why } => {
            let since = since.map_or_else(
                || "unknown".to_owned(),
                |s| format!("unknown since {}", short_span(now.since(s))),
            );
            format!("{since}: {why}; {}", why_in_words(*why))
        }
        Presence::Gone { at, why } => {
            format!("gone {} ago, at {at}: {}", short_span(now.since(*at)), proof_in_words(*why))
        }
    }
}

fn why_in_words(why: UnknownWhy) -> &'static str {
    match why {
        UnknownWhy::Partial => "its scope was read only in part, and it was not in that part",
        UnknownWhy::Denied => "the credentials may not list its scope",
        UnknownWhy::Throttled => "the provider refused for lack of quota",
        UnknownWhy::Timeout => "the listing took too long",
        UnknownWhy::Unreachable => "the provider or file could not be reached",
        UnknownWhy::Disabled => "its scope left the plan",
        UnknownWhy::Cancelled => "the listing was stopped before it ended",
        UnknownWhy::MissedOnce => "one listing lacked it; a second one has to agree",
        UnknownWhy::Never => "its scope was never listed since it was recorded",
    }
}

fn proof_in_words(proof: Proof) -> &'static str {
    match proof {
        Proof::NotFound => "the provider answered \"not found\"",
        Proof::DeleteEvent => "the provider said that it was deleted",
        Proof::SnapshotListing => "a later complete listing of its scope lacked it",
        Proof::SecondListing => "two complete listings in a row lacked it",
    }
}

/// The meaning of a coverage state.
pub(crate) fn coverage_slot(state: CoverageState) -> Slot {
    match state {
        CoverageState::Ok => Slot::Ok,
        CoverageState::Partial | CoverageState::Throttled | CoverageState::Timeout => Slot::Warning,
        CoverageState::Denied | CoverageState::Unreachable => Slot::Error,
        CoverageState::Disabled => Slot::Stopped,
        CoverageState::Never => Slot::Unknown,
    }
}

/// What a list knows of an asset.
pub(crate) fn of_row(row: &AssetRow, now: Timestamp, glyphs: &Glyphs) -> Vec<DocLine> {
    let mut out = vec![DocLine::title(&*row.name)];
    let mut fact = |label: &str, text: &str, slot: Slot| {
        if !text.is_empty() {
            out.push(DocLine::fact(label, text, slot));
        }
    };
    fact("kind", row.kind.as_str(), Slot::Text);
    let (word, slot) = status(row, glyphs);
    if row.status.is_some() {
        let class = row.status_class.as_str();
        let word = if word.ends_with(class) { word } else { format!("{word} ({class})") };
        fact("status", &word, slot);
    }
    let sign = glyphs.presence(&row.presence);
    let (_, slot) = presence(&row.presence, now, glyphs);
    fact("presence", &format!("{sign} {}", presence_in_words(&row.presence, now)), slot);
    if row.pinned {
        fact("pinned", &format!("{} pinned: kept whatever becomes of it", glyphs.pin), Slot::Marked);
    }
    fact("id", row.id.as_str(), Slot::Text);
    fact("incarnation", row.incarnation.as_str(), Slot::Text);
    fact("category", row.category.as_str(), Slot::Text);
    fact("provider", row.provider.as_str(), Slot::Text);
    fact("account", &labelled(&row.account, row.account_label.as_deref()), Slot::Text);
    fact("region", &row.region, Slot::Text);
    fact("zone", &row.zone, Slot::Text);
    fact("source", row.source.as_str(), Slot::Text);
    if row.sources.len() > 1 {
        let names: Vec<&str> = row.sources.iter().map(|source| source.as_str()).collect();
        let text = format!("{} speak of it: {}", names.len(), names.join(", "));
        fact("sources", &text, Slot::Text);
    }
    if let Some(declares) = &row.declares {
        fact("declares", declares.as_str(), Slot::Text);
    }
    for (i, address) in row.addresses.iter().enumerate() {
        // A blank label keeps the next ones in the column of the first; none would give them the whole line.
        fact(if i == 0 { "addresses" } else { " " }, address, Slot::Text);
    }
    // Whole seconds: what is finer has no use here, and breaks the line of a narrow pane.
    let second = |at: Timestamp| Timestamp::from_seconds(at.millis().div_euclid(1_000));
    let ago = |at: Timestamp| format!("{} ago, {}", short_span(now.since(at)), second(at));
    if let Some(at) = row.created_at {
        fact("created", &ago(at), Slot::Text);
    }
    fact("first seen", &ago(row.first_seen), Slot::Text);
    match row.last_seen {
        Some(at) => fact("last seen", &ago(at), Slot::Text),
        None => fact("last seen", "never", Slot::Unknown),
    }
    fact("changed", &ago(row.changed_at), Slot::Text);
    if !row.tags.is_empty() {
        out.push(DocLine::plain(""));
        out.push(DocLine::title("tags"));
        out.extend(row.tags.iter().map(|(key, value)| DocLine::fact(key, value, Slot::Text)));
    }
    out
}

/// What only the store knows of an asset: scope, edges, payload.
pub(crate) fn of_detail(detail: &AssetDetail) -> Vec<DocLine> {
    let mut out = vec![DocLine::plain(""), DocLine::title("record")];
    out.push(DocLine::fact("scope", detail.scope.to_string(), Slot::Text));
    out.push(DocLine::fact("revision", format!("{} of run {}", detail.revision, detail.run), Slot::Text));
    out.extend(differences(detail));
    if !detail.relationships.is_empty() {
        out.push(DocLine::plain(""));
        out.push(DocLine::title("relationships"));
        for edge in &detail.relationships {
            let (way, other) =
                if edge.from == detail.row.id { ("", &edge.to) } else { ("from ", &edge.from) };
            let mut text = format!("{way}{other}");
            if edge.dangling {
                text.push_str(" (not in the inventory)");
            }
            if edge.confidence < 1.0 {
                let _ = write!(text, " {:.0}%", edge.confidence * 100.0);
            }
            let slot = if edge.dangling { Slot::Unknown } else { Slot::Text };
            out.push(DocLine::fact(edge.relation.as_str(), text, slot));
        }
    }
    if let Some(payload) = &detail.row.properties {
        out.push(DocLine::plain(""));
        out.push(DocLine::title("properties"));
        let text =
            serde_json::to_string_pretty(&payload.value()).unwrap_or_else(|_| payload.as_str().to_owned());
        out.extend(text.lines().map(DocLine::plain));
    }
    out
}

/// Where a joined record says something else than the one that knows best.
pub(crate) fn differences(detail: &AssetDetail) -> Vec<DocLine> {
    let side = |value: &Option<Payload>| {
        value.as_ref().map_or_else(|| "(none)".to_owned(), |value| diff::short(&value.value()))
    };
    let mut out = Vec::new();
    for one in &detail.differences {
        let text = format!("{}: {}, here {}", one.path, side(&one.before), side(&one.after));
        out.push(DocLine::fact(if out.is_empty() { "differs" } else { " " }, text, Slot::Warning));
    }
    out
}

/// The records about an asset as a document.
pub(crate) fn document(form: Form, records: &[AssetDetail], now: Timestamp, glyphs: &Glyphs) -> Vec<DocLine> {
    let text = match form {
        Form::Describe => return describe(records, now, glyphs),
        Form::Json => json(records),
        Form::Yaml => yaml(records),
    };
    match text {
        Ok(text) => text.lines().map(DocLine::plain).collect(),
        Err(e) => vec![DocLine::fact(
            "",
            format!("this record cannot be written as {}: {e}", form.word()),
            Slot::Error,
        )],
    }
}

fn describe(records: &[AssetDetail], now: Timestamp, glyphs: &Glyphs) -> Vec<DocLine> {
    let mut out = Vec::new();
    for (i, record) in records.iter().take(MOST_RECORDS).enumerate() {
        if i > 0 {
            out.push(DocLine::plain(""));
        }
        if records.len() > 1 {
            out.push(DocLine::fact("", format!("record {} of {}", i + 1, records.len()), Slot::Accent));
        }
        out.extend(of_row(&record.row, now, glyphs));
        out.extend(of_detail(record));
    }
    if records.len() > MOST_RECORDS {
        out.push(DocLine::fact("", format!("{} more records", records.len() - MOST_RECORDS), Slot::Dim));
    }
    out
}

/// One record as the command line writes it: the fields of the row, then what only the store knows.
fn value(record: &AssetDetail) -> Result<serde_json::Value, String> {
    let value = |v: Result<serde_json::Value, serde_json::Error>| v.map_err(|e| e.to_string());
    let mut all = value(serde_json::to_value(&record.row))?;
    if let serde_json::Value::Object(fields) = &mut all {
        fields.insert("scope".into(), value(serde_json::to_value(&record.scope))?);
        fields.insert("revision".into(), value(serde_json::to_value(record.revision))?);
        fields.insert("run".into(), value(serde_json::to_value(record.run))?);
        fields.insert("relationships".into(), value(serde_json::to_value(&record.relationships))?);
    }
    Ok(all)
}

fn json(records: &[AssetDetail]) -> Result<String, String> {
    let values = records.iter().map(value).collect::<Result<Vec<_>, _>>()?;
    let text = match values.as_slice() {
        [one] => serde_json::to_string_pretty(one),
        many => serde_json::to_string_pretty(many),
    };
    text.map_err(|e| e.to_string())
}

/// YAML by way of a JSON value, so that the payload (JSON text inside) becomes YAML too.
fn yaml(records: &[AssetDetail]) -> Result<String, String> {
    let mut out = String::new();
    for record in records {
        let value = value(record)?;
        if records.len() > 1 {
            out.push_str("---\n");
        }
        out.push_str(&serde_saphyr::to_string(&value).map_err(|e| e.to_string())?);
    }
    Ok(out)
}
