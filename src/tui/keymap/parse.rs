//! Reads one keymap file into rows and refuses what cannot work: unknown words, two rows for one key
//! in one place, a sequence that its own first key hides.

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeString, DeTable, DeValue},
};

use super::{
    Keymap, Row,
    action::Action,
    chord::KeyChord,
    context::Mode,
    when::{Places, When},
};
use crate::data_file::{DataError, Source, did_you_mean};

/// The longest sequence that anybody can be asked to type.
const MAX_SEQUENCE: usize = 4;

/// Unbinds what the parent binds.
const NONE: &str = "none";

type Table<'a> = DeTable<'a>;

/// A row as it stands in the file.
struct Written {
    row: Row,
    unbinds: bool,
}

/// The name of the parent, if the file is TOML and has one.
pub(super) fn parent_name(text: &str) -> Option<String> {
    let table = DeTable::parse(text).ok()?;
    Some(table.get_ref().get("parent")?.get_ref().as_str()?.to_owned())
}

pub(super) fn parse(file: &str, text: &str, parent: Option<&Keymap>) -> Result<Keymap, Vec<DataError>> {
    let source = Source { file, text };
    let table = DeTable::parse(text).map_err(|error| vec![source.toml_error(&error)])?;
    let table = table.into_inner();
    let mut errors = Vec::new();

    let name = text_of(&source, &table, "name", &mut errors);
    let about = text_of(&source, &table, "about", &mut errors).unwrap_or_default();
    let parent_name = text_of(&source, &table, "parent", &mut errors);
    unknown_keys(&source, &table, &["name", "about", "parent", "key"], &mut errors);
    if let (Some(name), Some(value)) = (&name, table.get("name")) {
        errors.extend(source.misnamed(name, source.line(value.span().start)));
    }
    if name.is_none() && errors.is_empty() {
        errors.push(source.whole("the keymap has no name", Some("add `name = \"...\"`".into())));
    }
    if let (Some(wanted), None) = (&parent_name, parent) {
        errors.push(source.whole(format!("the parent `{wanted}` was not found"), None));
    }

    let mut written = Vec::new();
    match table.get("key").map(|value| (value.get_ref().as_array(), value.span())) {
        Some((Some(rows), _)) => {
            for row in rows {
                match row.get_ref().as_table() {
                    Some(table) => written.extend(parse_row(&source, table, &row.span(), &mut errors)),
                    None => errors.push(source.error(
                        &row.span(),
                        "a row must be a table such as `{ on = [\"j\"], run = \"down\" }`",
                    )),
                }
            }
        }
        Some((None, at)) => errors.push(source.error(&at, "`key` must be a list of rows")),
        None => errors.push(source.whole("the keymap has no rows", Some("add `[[key]]` rows".into()))),
    }
    clashes(&source, &written, &mut errors);
    let inherited = parent.filter(|_| parent_name.is_some()).map_or(&[][..], |parent| &parent.rows);
    let rows = merge(&source, written, inherited, &mut errors);
    errors.sort_by_key(|error| error.line);
    if errors.is_empty() { Ok(Keymap { name: name.unwrap_or_default(), about, rows }) } else { Err(errors) }
}

fn text_of(source: &Source<'_>, table: &Table<'_>, key: &str, errors: &mut Vec<DataError>) -> Option<String> {
    let value = table.get(key)?;
    let text = value.get_ref().as_str();
    if text.is_none() {
        errors.push(source.error(&value.span(), format!("`{key}` must be text")));
    }
    text.map(str::to_owned)
}

fn flag_of(source: &Source<'_>, table: &Table<'_>, key: &str, errors: &mut Vec<DataError>) -> bool {
    let Some(value) = table.get(key) else { return false };
    value.get_ref().as_bool().unwrap_or_else(|| {
        errors.push(source.error(&value.span(), format!("`{key}` must be true or false")));
        false
    })
}

fn unknown_keys(source: &Source<'_>, table: &Table<'_>, known: &[&str], errors: &mut Vec<DataError>) {
    for key in table.keys() {
        let word: &Spanned<DeString<'_>> = key;
        if !known.contains(&word.get_ref().as_ref()) {
            let hint = did_you_mean(word.get_ref(), known.iter().copied())
                .or_else(|| Some(format!("one of {}", known.join(", "))));
            errors.push(source.error_with(&word.span(), format!("unknown field `{}`", word.get_ref()), hint));
        }
    }
}

fn parse_row(
    source: &Source<'_>,
    table: &Table<'_>,
    at: &Range<usize>,
    errors: &mut Vec<DataError>,
) -> Option<Written> {
    let before = errors.len();
    unknown_keys(source, table, &["on", "run", "when", "desc", "hint"], errors);
    let on = sequence(source, table, at, errors);
    let run = action(source, table, at, errors);
    let places = places(source, table, errors);
    let desc = text_of(source, table, "desc", errors);
    let hint = flag_of(source, table, "hint", errors);
    if errors.len() > before {
        return None;
    }
    let (on, run) = (on?, run?);
    let places = typed_apart(source, table, at, &on, places, errors)?;
    let action = run.unwrap_or(Action::Back);
    let desc = desc.unwrap_or_else(|| action.about().to_owned());
    let row = Row { on, action, places, desc, hint, line: source.line(at.start) };
    Some(Written { row, unbinds: run.is_none() })
}

fn sequence(
    source: &Source<'_>,
    table: &Table<'_>,
    at: &Range<usize>,
    errors: &mut Vec<DataError>,
) -> Option<Vec<KeyChord>> {
    let Some(value) = table.get("on") else {
        errors.push(source.error(at, "the row has no `on`"));
        return None;
    };
    let keys: Vec<&Spanned<DeValue<'_>>> = match value.get_ref() {
        DeValue::String(_) => vec![value],
        DeValue::Array(keys) => keys.iter().collect(),
        _ => {
            errors.push(source.error(&value.span(), "`on` must be a key or a list of keys pressed in a row"));
            return None;
        }
    };
    if keys.is_empty() || keys.len() > MAX_SEQUENCE {
        errors.push(source.error(&value.span(), format!("`on` takes 1 to {MAX_SEQUENCE} keys")));
        return None;
    }
    keys.into_iter()
        .map(|key| {
            let Some(text) = key.get_ref().as_str() else {
                errors.push(source.error(&key.span(), "a key must be text"));
                return None;
            };
            text.parse::<KeyChord>()
                .map_err(|bad| errors.push(source.error_with(&key.span(), bad.reason, bad.suggestion)))
                .ok()
        })
        .collect()
}

fn action(
    source: &Source<'_>,
    table: &Table<'_>,
    at: &Range<usize>,
    errors: &mut Vec<DataError>,
) -> Option<Option<Action>> {
    let Some(value) = table.get("run") else {
        errors.push(source.error(at, "the row has no `run`"));
        return None;
    };
    let Some(name) = value.get_ref().as_str() else {
        errors.push(source.error(&value.span(), "`run` must be the name of an action"));
        return None;
    };
    if name == NONE {
        return Some(None);
    }
    let found = Action::from_name(name);
    if found.is_none() {
        let hint = did_you_mean(name, Action::ALL.iter().map(|action| action.name()))
            .or_else(|| Some("`cloudscope` lists the actions under `?`".into()));
        errors.push(source.error_with(&value.span(), format!("unknown action `{name}`"), hint));
    }
    found.map(Some)
}

fn places(source: &Source<'_>, table: &Table<'_>, errors: &mut Vec<DataError>) -> Places {
    let Some(value) = table.get("when") else { return When::browse() };
    let Some(text) = value.get_ref().as_str() else {
        errors.push(source.error(&value.span(), "`when` must be text such as `assets && !running`"));
        return Places::default();
    };
    match When::parse(text) {
        Ok(when) => {
            let places = when.places();
            if places.is_empty() {
                errors.push(source.error(&value.span(), format!("`{text}` is never true")));
            }
            places
        }
        Err(bad) => {
            errors.push(source.error_with(&value.span(), bad.reason, bad.suggestion));
            Places::default()
        }
    }
}

/// Takes the modes in which text is typed away from rows that begin with a character.
fn typed_apart(
    source: &Source<'_>,
    table: &Table<'_>,
    at: &Range<usize>,
    on: &[KeyChord],
    places: Places,
    errors: &mut Vec<DataError>,
) -> Option<Places> {
    if on.first().is_none_or(|first| first.typed().is_none()) {
        return Some(places);
    }
    let left = places.without(&Places::of(|context| context.mode.is_text()));
    if left.is_empty() {
        let at = table.get("when").map_or_else(|| at.clone(), Spanned::span);
        errors.push(source.error_with(
            &at,
            format!("`{}` is text in the places where this row would act", show(on)),
            Some("take a key with ctrl or alt".into()),
        ));
        return None;
    }
    Some(left)
}

/// `g g`.
pub(super) fn show(on: &[KeyChord]) -> String {
    on.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// Rows of one file that fight over a key.
fn clashes(source: &Source<'_>, written: &[Written], errors: &mut Vec<DataError>) {
    for (i, later) in written.iter().enumerate() {
        for earlier in &written[..i] {
            let (a, b) = (&earlier.row, &later.row);
            if !a.on.starts_with(&b.on) && !b.on.starts_with(&a.on) {
                continue;
            }
            let Some(place) = a.places.and(&b.places).first() else { continue };
            let place = match place.mode {
                Mode::Normal => place.screen.name().to_owned(),
                mode => format!("{} ({})", place.screen.name(), mode.name()),
            };
            let error = |line, reason, suggestion: &str| DataError {
                file: source.file.to_owned(),
                line,
                reason,
                suggestion: Some(suggestion.to_owned()),
            };
            if a.on == b.on {
                errors.push(error(
                    b.line,
                    format!("`{}` is bound already on line {}, for example in {place}", show(&b.on), a.line),
                    "remove one, or part them with `when`",
                ));
            } else if let Some((short, long)) = prefix_pair(a, b) {
                errors.push(error(
                    long.line,
                    format!(
                        "`{}` can never be typed in {place}: `{}` on line {} acts first",
                        show(&long.on),
                        show(&short.on),
                        short.line
                    ),
                    "lengthen the shorter one, or part them with `when`",
                ));
            }
        }
    }
}

fn prefix_pair<'a>(a: &'a Row, b: &'a Row) -> Option<(&'a Row, &'a Row)> {
    let (short, long) = if a.on.len() < b.on.len() { (a, b) } else { (b, a) };
    (short.on.len() < long.on.len() && long.on.starts_with(&short.on)).then_some((short, long))
}

/// The file's rows first, then what is left of the parent's: a row of the file takes its key, and every
/// sequence that its key hides or is hidden by, away from the parent's in the same places.
fn merge(
    source: &Source<'_>,
    written: Vec<Written>,
    parent: &[Row],
    errors: &mut Vec<DataError>,
) -> Vec<Row> {
    let mut inherited: Vec<Row> = parent.to_vec();
    for Written { row: own, unbinds } in &written {
        let mut touched = false;
        for row in &mut inherited {
            if row.on.starts_with(&own.on) || own.on.starts_with(&row.on) {
                touched |= row.on == own.on && !row.places.and(&own.places).is_empty();
                row.places = row.places.without(&own.places);
            }
        }
        if *unbinds && !touched {
            errors.push(DataError {
                file: source.file.to_owned(),
                line: own.line,
                reason: format!("there is no `{}` to unbind", show(&own.on)),
                suggestion: Some("remove the row".into()),
            });
        }
    }
    let own = written.into_iter().filter(|written| !written.unbinds).map(|written| written.row);
    own.chain(inherited.into_iter().filter(|row| !row.places.is_empty())).collect()
}
