//! Answers of `query` that are no rows: groups with their counts, and how a filter is answered.

use cloudscope_application::{
    Command, Reply,
    message::{Explanation, Grouped},
};
use cloudscope_domain::Moment;
use miette::Result;
use serde_json::{Map, Value, json};

use super::{
    super::{
        output::{self, Exit},
        table::Table,
    },
    Format,
};
use crate::attached::Attached;

/// Prints counts per value.
pub(super) fn groups(grouped: &Grouped, format: Format, raw: bool) -> Result<Exit> {
    let object = |group: &cloudscope_application::message::Group| {
        let mut object = Map::new();
        for (column, value) in grouped.by.iter().zip(&group.values) {
            object.insert(column.clone(), value.as_deref().map_or(Value::Null, Value::from));
        }
        for (column, label) in grouped.by.iter().zip(&group.labels) {
            if let Some(label) = label {
                object.insert(format!("{column}_label"), Value::from(&**label));
            }
        }
        object.insert("count".into(), group.count.into());
        object.insert("unknown".into(), group.unknown.into());
        Value::Object(object)
    };
    match format {
        Format::Json => {
            let all: Vec<Value> = grouped.groups.iter().map(object).collect();
            output::print(&(output::json(&all, true)? + "\n"))?;
        }
        Format::Ndjson => {
            for group in &grouped.groups {
                if !output::print(&(output::json(&object(group), false)? + "\n"))? {
                    break;
                }
            }
        }
        Format::Csv => {
            let mut header: Vec<String> = grouped.by.clone();
            header.extend(["count".to_owned(), "unknown".to_owned()]);
            let mut text = csv_line(&header, raw);
            for group in &grouped.groups {
                let mut cells: Vec<String> =
                    group.values.iter().map(|v| v.as_deref().unwrap_or_default().to_owned()).collect();
                cells.extend([group.count.to_string(), group.unknown.to_string()]);
                text.push_str(&csv_line(&cells, raw));
            }
            output::print(&text)?;
        }
        Format::Table => {
            let mut header = vec!["COUNT".to_owned(), "UNKNOWN".to_owned()];
            header.extend(grouped.by.iter().map(|c| c.to_uppercase()));
            let mut table = Table::titled(header);
            for group in &grouped.groups {
                let mut cells = vec![group.count.to_string(), group.unknown.to_string()];
                cells.extend(
                    (0..group.values.len()).map(|n| group.shown(n).unwrap_or_else(|| "-".to_owned())),
                );
                table.row(cells);
            }
            output::print(&table.render())?;
        }
    }
    if grouped.more > 0 {
        output::note(&format!("{} more groups; --limit says how many are listed", grouped.more));
    }
    let undecided = undecided(grouped.undecided);
    output::note(&format!("{} assets match{undecided}", grouped.total));
    Ok(Exit::Well)
}

pub(super) fn undecided(n: u64) -> String {
    if n > 0 { format!(", of {n} it is not known whether they do") } else { String::new() }
}

/// What a filter that found nothing names and nothing bears, in words.
pub(super) async fn strays(attached: &Attached, query: String, at: Option<Moment>) -> Vec<String> {
    // It is only a hint: an answer is one without it.
    match attached.ask(Command::Strays { query, at }).await {
        Ok(Reply::Strays(strays)) => strays.into_iter().map(|stray| stray.text).collect(),
        _ => Vec::new(),
    }
}

/// A line of CSV. Cells that a spreadsheet would run are held back by an apostrophe, unless they are to be `raw`.
fn csv_line(cells: &[String], raw: bool) -> String {
    let cell = |cell: &String| {
        let runs = !raw && cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let cell = if runs { format!("'{cell}") } else { cell.clone() };
        if cell.contains(['"', ',', '\n', '\r']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell
        }
    };
    cells.iter().map(cell).collect::<Vec<_>>().join(",") + "\n"
}

/// Prints how a filter is answered.
pub(super) fn explanation(how: &Explanation, format: Format, raw: bool) -> Result<Exit> {
    match format {
        Format::Json => {
            output::print(&(output::json(how, true)? + "\n"))?;
        }
        Format::Ndjson => {
            for step in &how.steps {
                if !output::print(&(output::json(&json!(step), false)? + "\n"))? {
                    break;
                }
            }
        }
        Format::Csv => {
            let header = ["term", "depth", "how", "rows_in", "rows_out", "undecided", "micros"];
            let mut text = csv_line(&header.map(str::to_owned), raw);
            for step in &how.steps {
                let numbers = [step.rows_in, step.rows_out, step.undecided, step.micros];
                let mut cells = vec![step.term.clone(), step.depth.to_string(), step.how.clone()];
                cells.extend(numbers.map(|n| n.to_string()));
                text.push_str(&csv_line(&cells, raw));
            }
            output::print(&text)?;
        }
        Format::Table => {
            let mut table = Table::new(&["TERM", "ROWS IN", "TRUE", "UNDECIDED", "TIME", "HOW"]);
            for step in &how.steps {
                let indent = "  ".repeat(usize::try_from(step.depth).unwrap_or(0));
                let term = if step.term.is_empty() { "everything" } else { &step.term };
                table.row([
                    format!("{indent}{term}"),
                    step.rows_in.to_string(),
                    step.rows_out.to_string(),
                    step.undecided.to_string(),
                    time(step.micros),
                    step.how.clone(),
                ]);
            }
            output::print(&table.render())?;
        }
    }
    let undecided = undecided(how.undecided);
    output::note(&format!("{} assets match{undecided}; {}", how.total, time(how.micros)));
    Ok(Exit::Well)
}

fn time(micros: u64) -> String {
    match micros {
        0..=9_999 => format!("{micros} us"),
        10_000..=9_999_999 => format!("{} ms", micros / 1000),
        _ => format!("{} s", micros / 1_000_000),
    }
}
