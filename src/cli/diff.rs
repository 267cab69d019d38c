//! `diff`: what is different between two accounts of an asset, two assets, or two moments of the whole.

use clap::Args;
use cloudscope_application::{
    Command, Reply,
    message::{Comparison, Differences},
};
use cloudscope_domain::{AssetRow, Difference, Moment, Payload, Revision, Timestamp};
use miette::{Result, miette};
use serde::Serialize;

use super::{
    ListFormat, at,
    changes::short,
    output::{self, Exit},
    query::bad_filter,
    table::Table,
};
use crate::{attached::unexpected, wiring::Wiring};

/// What is different: of one asset between two moments, between two assets, or of everything.
///
/// `diff ID --from -1d` compares an asset with itself, `diff ID OTHER` two assets,
/// `diff --from -1d [--to -1h] [--filter F]` everything between two moments.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// An asset; everything when left out
    id: Option<String>,
    /// Another asset to compare it with
    other: Option<String>,
    /// The earlier moment: a span back (-2h), a time, or a revision (r123)
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    from: Option<String>,
    /// The later moment [default: now]
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    to: Option<String>,
    /// Of everything, only assets that match at either moment
    #[arg(long, default_value = "", conflicts_with = "id")]
    filter: String,
    /// At most so many of each sort
    #[arg(long, default_value_t = 1000)]
    limit: u64,
    /// How to print it
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    format: ListFormat,
}

impl Diff {
    pub(super) async fn run(self, wiring: &Wiring) -> Result<Exit> {
        let command = match self.command(wiring) {
            Ok(command) => command,
            Err(report) => {
                super::report(&report);
                return Ok(Exit::Usage);
            }
        };
        let attached = wiring.attach().await?;
        let reply = attached.ask(command).await;
        attached.close().await;
        match reply? {
            Reply::Differences(found) => self.assets(&found),
            Reply::Comparison(found) if !found.bad.is_empty() => {
                super::report(&bad_filter(&self.filter, &found.bad, "compared"));
                Ok(Exit::Usage)
            }
            Reply::Comparison(found) => self.moments(&found),
            _ => Err(unexpected()),
        }
    }

    fn command(&self, wiring: &Wiring) -> Result<Command> {
        let now = wiring.now();
        let moment = |text: &Option<String>| text.as_deref().map(|t| at::moment(t, now)).transpose();
        let (from, to): (Option<Moment>, Option<Moment>) = (moment(&self.from)?, moment(&self.to)?);
        match (&self.id, &self.other) {
            (Some(id), other) => {
                if other.is_none() && from.is_none() {
                    return Err(miette!(
                        help = "add --from WHEN, or a second id",
                        "there is nothing to compare `{}` with",
                        cloudscope_domain::text::visible(id)
                    ));
                }
                let right = other.as_ref().unwrap_or(id);
                Ok(Command::CompareAssets {
                    left: (id.as_str().into(), from),
                    right: (right.as_str().into(), to),
                })
            }
            (None, _) => {
                let from =
                    from.ok_or_else(|| miette!(help = "add --from WHEN, such as --from -1d", "since when?"))?;
                Ok(Command::CompareMoments { from, to, filter: self.filter.clone(), limit: self.limit })
            }
        }
    }

    fn assets(&self, found: &Differences) -> Result<Exit> {
        let sides =
            [(&found.left, &self.id), (&found.right, self.other.as_ref().map_or(&self.id, |_| &self.other))];
        for (side, id) in sides {
            if side.is_none()
                && let Some(id) = id
            {
                output::note(&format!("{id} was not in the inventory then"));
            }
        }
        if found.left.is_none() && found.right.is_none() {
            return Err(miette!("neither side is in the inventory; `cloudscope query` lists what there is"));
        }
        output::list(&found.differences, self.format, || differences(&found.differences))?;
        if found.differences.is_empty() {
            output::note("nothing is different");
        }
        Ok(Exit::Well)
    }

    fn moments(&self, found: &Comparison) -> Result<Exit> {
        match self.format {
            ListFormat::Table => drop(output::print(&whole(found).render())?),
            ListFormat::Json => drop(output::print(&(output::json(&Whole::from(found), true)? + "\n"))?),
            ListFormat::Ndjson => {
                for line in lines(found) {
                    if !output::print(&(output::json(&line, false)? + "\n"))? {
                        break;
                    }
                }
            }
        }
        let (appeared, vanished, changed) = found.totals;
        output::note(&format!(
            "from revision {} of {} to revision {} of {}: +{appeared} appeared, -{vanished} vanished, ~{changed} changed, \
             ?{} no longer seen, {} seen again",
            found.from.0, found.from.1, found.to.0, found.to.1, found.lost_sight, found.seen_again
        ));
        let shown = (found.appeared.len(), found.vanished.len(), found.changed.len());
        let most = usize::try_from(appeared.max(vanished).max(changed)).unwrap_or(usize::MAX);
        if shown.0.max(shown.1).max(shown.2) < most {
            output::note(&format!("at most {} of each sort are listed; use --limit or --filter", self.limit));
        }
        Ok(Exit::Well)
    }
}

/// A revision and its time.
#[derive(Serialize)]
struct Stand {
    revision: Revision,
    at: Timestamp,
}

/// A comparison as scripts read it.
#[derive(Serialize)]
struct Whole<'a> {
    from: Stand,
    to: Stand,
    appeared: &'a [AssetRow],
    vanished: &'a [AssetRow],
    changed: Vec<Changed<'a>>,
    lost_sight: u64,
    seen_again: u64,
    totals: Totals,
}

#[derive(Serialize)]
struct Changed<'a> {
    asset: &'a AssetRow,
    differences: &'a [Difference],
}

#[derive(Serialize)]
struct Totals {
    appeared: u64,
    vanished: u64,
    changed: u64,
}

impl<'a> From<&'a Comparison> for Whole<'a> {
    fn from(found: &'a Comparison) -> Self {
        let (appeared, vanished, changed) = found.totals;
        Self {
            from: Stand { revision: found.from.0, at: found.from.1 },
            to: Stand { revision: found.to.0, at: found.to.1 },
            appeared: &found.appeared,
            vanished: &found.vanished,
            changed: found
                .changed
                .iter()
                .map(|(asset, differences)| Changed { asset, differences })
                .collect(),
            lost_sight: found.lost_sight,
            seen_again: found.seen_again,
            totals: Totals { appeared, vanished, changed },
        }
    }
}

/// One asset of a comparison, for one line each.
#[derive(Serialize)]
struct Line<'a> {
    became: &'static str,
    #[serde(flatten)]
    changed: Changed<'a>,
}

fn lines(found: &Comparison) -> impl Iterator<Item = Line<'_>> {
    let line = |became, asset, differences| Line { became, changed: Changed { asset, differences } };
    let none: &[Difference] = &[];
    let appeared = found.appeared.iter().map(move |row| line("appeared", row, none));
    let vanished = found.vanished.iter().map(move |row| line("vanished", row, none));
    let changed = found.changed.iter().map(move |(row, d)| line("changed", row, d.as_slice()));
    appeared.chain(vanished).chain(changed)
}

fn value(payload: &Option<Payload>) -> String {
    payload.as_ref().map_or_else(String::new, |p| short(p.as_str()))
}

fn differences(list: &[Difference]) -> Table {
    let mut table = Table::new(&["PATH", "BEFORE", "AFTER"]);
    for d in list {
        table.row([d.path.clone(), value(&d.before), value(&d.after)]);
    }
    table
}

fn whole(found: &Comparison) -> Table {
    let mut table = Table::new(&["", "KIND", "NAME", "ID", "PATH", "BEFORE", "AFTER"]);
    let mut row = |sign: &str, row: &AssetRow, path: String, before: String, after: String| {
        table.row([
            sign.to_owned(),
            row.kind.to_string(),
            row.name.to_string(),
            row.id.to_string(),
            path,
            before,
            after,
        ]);
    };
    for asset in &found.appeared {
        row("+", asset, String::new(), String::new(), String::new());
    }
    for asset in &found.vanished {
        row("-", asset, String::new(), String::new(), asset.presence.word().to_owned());
    }
    for (asset, differences) in &found.changed {
        for d in differences {
            row("~", asset, d.path.clone(), value(&d.before), value(&d.after));
        }
    }
    table
}
