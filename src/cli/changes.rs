//! `changes`: what became different, filtered, grouped, between two moments.

use clap::{Args, ValueEnum};
use cloudscope_application::{
    Command, Reply,
    message::{ChangeGroup, ChangesAsk, ChangesPage},
};
use cloudscope_domain::{Change, Payload};
use miette::Result;

use super::{
    ListFormat, at,
    output::{self, Exit},
    query::bad_filter,
    table::Table,
};
use crate::{attached::unexpected, wiring::Wiring};

/// What changed, field by field, oldest first.
#[derive(Debug, Args)]
pub(crate) struct Changes {
    /// Only of assets that match, and only such changes: `kind:ec2 change:created,gone path:tags.*`
    #[arg(value_name = "FILTER", default_value = "")]
    filter: String,
    /// Only after then: a span back (-2h), a time, or a revision (r123)
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    since: Option<String>,
    /// Only up to then
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    until: Option<String>,
    /// Only of this asset and what is near it
    #[arg(long, value_name = "ID")]
    around: Option<String>,
    /// How many steps are near
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(0..=8), requires = "around")]
    depth: u8,
    /// Count them by this instead of listing them
    #[arg(long, value_enum)]
    group: Option<Group>,
    /// Newest first
    #[arg(long)]
    newest: bool,
    /// Leave out so many first
    #[arg(long, default_value_t = 0)]
    start: u64,
    /// At most so many
    #[arg(long, default_value_t = 1000)]
    limit: u64,
    /// How to print them
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    format: ListFormat,
}

/// What changes are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Group {
    /// The run that saw them
    Run,
    /// The asset
    Asset,
    /// The asset's kind
    Kind,
    /// The path of the field
    Path,
    /// Created, changed, gone, returned, forgotten
    Change,
    /// The hour
    Hour,
    /// The day
    Day,
}

impl From<Group> for ChangeGroup {
    fn from(group: Group) -> Self {
        match group {
            Group::Run => Self::Run,
            Group::Asset => Self::Asset,
            Group::Kind => Self::Kind,
            Group::Path => Self::Path,
            Group::Change => Self::Change,
            Group::Hour => Self::Hour,
            Group::Day => Self::Day,
        }
    }
}

impl Changes {
    pub(super) async fn run(self, wiring: &Wiring) -> Result<Exit> {
        let ask = match self.ask(wiring) {
            Ok(ask) => ask,
            Err(report) => {
                super::report(&report);
                return Ok(Exit::Usage);
            }
        };
        let attached = wiring.attach().await?;
        let reply = attached.ask(Command::Changes(ask)).await;
        attached.close().await;
        let Reply::Changes(page) = reply? else { return Err(unexpected()) };
        if !page.bad.is_empty() {
            super::report(&bad_filter(&self.filter, &page.bad, "listed"));
            return Ok(Exit::Usage);
        }
        if self.group.is_some() {
            output::list(&page.groups, self.format, || groups(&page))?;
        } else {
            output::list(&page.changes, self.format, || table(&page.changes, &page.names))?;
        }
        self.say(&page);
        Ok(Exit::Well)
    }

    fn ask(&self, wiring: &Wiring) -> Result<ChangesAsk> {
        let now = wiring.now();
        let moment = |text: &Option<String>| text.as_deref().map(|t| at::moment(t, now)).transpose();
        Ok(ChangesAsk {
            filter: self.filter.clone(),
            since: moment(&self.since)?,
            until: moment(&self.until)?,
            around: self.around.as_deref().map(|id| (id.into(), self.depth)),
            newest_first: self.newest,
            start: self.start,
            limit: if self.group.is_some() { 0 } else { self.limit },
            group: self.group.map(ChangeGroup::from),
        })
    }

    /// What the list does not show.
    fn say(&self, page: &ChangesPage) {
        let shown = self.start + page.changes.len() as u64;
        if self.group.is_none() && page.total.is_none_or(|total| total > shown) && !page.changes.is_empty() {
            match page.total {
                Some(total) => {
                    output::note(&format!("{} more; use --start {shown} or --limit", total - shown));
                }
                None => output::note(&format!("there may be more; use --start {shown} or --limit")),
            }
        }
        if let Some((revision, at)) = page.known_since
            && revision.0 > 0
        {
            output::note(&format!("what was before revision {revision} of {at} is no longer kept"));
        }
    }
}

fn groups(page: &ChangesPage) -> Table {
    let mut table = Table::new(&["GROUP", "CHANGES", "ASSETS", "NEWEST (UTC)"]);
    for g in &page.groups {
        // What has no path is no field: the asset was made, went or came back.
        let name = if g.name.is_empty() { "(as a whole)".to_owned() } else { g.name.clone() };
        table.row([name, g.changes.to_string(), g.assets.to_string(), g.newest.to_string()]);
    }
    table
}

fn table(changes: &[Change], names: &[String]) -> Table {
    let mut table = Table::new(&[
        "REVISION", "AT (UTC)", "RUN", "CHANGE", "KIND", "NAME", "ID", "PATH", "BEFORE", "AFTER",
    ]);
    let text = |p: &Option<Payload>| p.as_ref().map_or_else(String::new, |p| short(p.as_str()));
    for (at, c) in changes.iter().enumerate() {
        table.row([
            c.revision.to_string(),
            c.at.to_string(),
            c.run.to_string(),
            c.change.as_str().to_owned(),
            c.kind.to_string(),
            names.get(at).cloned().unwrap_or_default(),
            c.id.to_string(),
            c.path.clone(),
            text(&c.before),
            text(&c.after),
        ]);
    }
    table
}

/// A value that fits into a cell.
pub(super) fn short(text: &str) -> String {
    const MOST: usize = 60;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    let mut out: String = text.chars().take(MOST - 3).collect();
    out.push_str("...");
    out
}
