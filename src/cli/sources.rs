//! `sources`: what is collected, and what was found that could be.

mod programs;

use std::{
    io::{BufRead, IsTerminal},
    time::Duration,
};

use clap::{Args, Subcommand, ValueEnum};
use cloudscope_application::{Command, Reply, SessionError, message::Records};
use cloudscope_domain::SourceName;
use cloudscope_ports::SourceSpec;
use miette::{Result, miette};
use serde::Serialize;

use super::{
    ListFormat,
    output::{self, Exit},
    table::Table,
};
use crate::{
    attached::{Attached, unexpected},
    config::sources as kept,
    wiring::Wiring,
};

/// What is collected, and what was found that could be.
#[derive(Debug, Args)]
pub(crate) struct Sources {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Everything that is collected or was found
    List {
        /// How to print it
        #[arg(long, value_enum, default_value_t = ListFormat::Table)]
        format: ListFormat,
    },
    /// Remember a source, such as file:inventory.csv,map.id=serial
    Add {
        /// The source
        source: String,
        /// Call it so instead
        #[arg(long)]
        name: Option<String>,
    },
    /// Collect a source no more; asks what becomes of its records
    Remove {
        /// Its name
        name: String,
        /// What becomes of its records: keep them as unknown, or forget them (history still has them)
        #[arg(long, value_enum)]
        records: Option<Kept>,
    },
    /// Look at the programs that a source would run for its credentials, and let them run
    Confirm {
        /// The source
        source: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Print the smallest policy that lets a source be collected (AWS, Kubernetes)
    Policy {
        /// The source, such as aws:services=ec2+s3 or k8s:context=prod
        source: String,
        /// Only this part of it, from 1 on: AWS takes 6,144 characters in one managed policy
        #[arg(long, value_name = "N")]
        part: Option<usize>,
    },
    /// See whether a source can be read, and as whom; collects nothing
    Test {
        /// The source
        source: String,
    },
}

/// What becomes of the records of a source that is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kept {
    /// They stay, as unknown
    Keep,
    /// They leave the inventory; history still has them
    Forget,
}

#[derive(Serialize)]
struct Row {
    title: String,
    origin: String,
    source: Option<SourceSpec>,
    /// How it is named to be collected, where that is not done unasked.
    #[serde(skip_serializing_if = "Option::is_none")]
    add: Option<String>,
    collected: bool,
    /// Where its calls go and by which way, where that is not the usual one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ways: Vec<String>,
}

impl Sources {
    pub(super) async fn run(self, wiring: &Wiring) -> Result<Exit> {
        match self.action.unwrap_or(Action::List { format: ListFormat::Table }) {
            Action::List { format } => list(wiring, format).await,
            Action::Add { source, name } => add(wiring, &source, name),
            Action::Remove { name, records } => remove(wiring, &name, records).await,
            Action::Confirm { source, yes } => programs::confirm(wiring, &source, yes).await,
            Action::Policy { source, part } => programs::policy(wiring, &source, part).await,
            Action::Test { source } => test(wiring, &source).await,
        }
    }
}

async fn list(wiring: &Wiring, format: ListFormat) -> Result<Exit> {
    let collected = wiring.sources()?;
    let mut rows: Vec<Row> = Vec::new();
    for found in wiring.discovered() {
        let is_collected = found.source.as_ref().is_some_and(|s| collected.iter().any(|c| c.name == s.name));
        rows.push(Row {
            title: found.title,
            origin: found.origin,
            source: found.source,
            add: found.add,
            collected: is_collected,
            ways: Vec::new(),
        });
    }
    for source in collected {
        if !rows.iter().any(|r| r.source.as_ref().is_some_and(|s| s.name == source.name)) {
            let title = source.name.to_string();
            rows.push(Row {
                title,
                origin: "configuration".into(),
                source: Some(source),
                add: None,
                collected: true,
                ways: Vec::new(),
            });
        }
    }
    for row in &mut rows {
        if let Some(source) = &row.source {
            row.ways = wiring.ways(source).await;
        }
    }
    let odd = rows.iter().any(|row| !row.ways.is_empty());
    output::list(&rows, format, || {
        let titles = ["SOURCE", "COLLECTED", "WHAT", "FOUND IN", "GOES BY"];
        let mut table = Table::new(&titles[..titles.len() - usize::from(!odd)]);
        for row in &rows {
            let collected = match (&row.source, &row.add, row.collected) {
                (_, _, true) => "yes".to_owned(),
                (Some(_), _, false) => "no".to_owned(),
                (None, Some(add), false) => format!("no; sources add {add}"),
                (None, None, false) => "not in this version".to_owned(),
            };
            let name = row.source.as_ref().map_or_else(String::new, |s| s.name.to_string());
            let mut cells = vec![name, collected, row.title.clone(), row.origin.clone()];
            cells.extend(odd.then(|| row.ways.join("; ")));
            table.row(cells);
        }
        table
    })?;
    Ok(Exit::Well)
}

fn add(wiring: &Wiring, text: &str, name: Option<String>) -> Result<Exit> {
    let mut source = match kept::parse(text, &[]) {
        Ok(source) => source,
        Err(report) => {
            super::report(&report);
            return Ok(Exit::Usage);
        }
    };
    if let Some(name) = name {
        source.name = name.into();
    }
    let mut all = kept::load(wiring.config_dir())?;
    all.retain(|s| s.name != source.name);
    if source.options.get("path").is_some_and(|path| !std::path::Path::new(path).exists()) {
        output::note("there is no such file yet; until there is, its scope is unreachable");
    }
    output::note(&format!("{} is collected from now on, into whichever data directory is used", source.name));
    all.push(source);
    kept::save(wiring.config_dir(), &all)?;
    Ok(Exit::Well)
}

async fn remove(wiring: &Wiring, name: &str, records: Option<Kept>) -> Result<Exit> {
    let shown = cloudscope_domain::text::visible(name);
    let mut all = kept::load(wiring.config_dir())?;
    let before = all.len();
    let file = name.strip_prefix("file:").unwrap_or(name);
    let path = std::path::absolute(file).map(|p| format!("file:{}", p.display())).unwrap_or_default();
    let is_it = |source: &str| source == name || source == path;
    all.retain(|s| !is_it(s.name.as_str()));
    let remembered = all.len() < before;
    let attached = wiring.attach().await?;
    let removed = remove_records(&attached, &is_it, remembered, records, &shown).await;
    attached.close().await;
    let told = match removed? {
        Removal::Unclear => {
            super::report(&miette!(
                help = "add --records keep (they stay, as unknown) or --records forget (they leave the inventory)",
                "`{shown}` has records; what is to become of them?"
            ));
            return Ok(Exit::Usage);
        }
        Removal::Done(told) => told,
    };
    if remembered {
        kept::save(wiring.config_dir(), &all)?;
    } else if wiring.config().sources.iter().any(|s| is_it(&s.name)) {
        output::note("it is named in the configuration file; take it out there, or it is collected again");
    } else if wiring.discovered().iter().filter_map(|d| d.source.as_ref()).any(|s| is_it(s.name.as_str())) {
        output::note(
            "it is found by itself; set `discover: false` in the configuration, or it is collected again",
        );
    }
    output::note(&format!("{shown} is no longer collected; {told}"));
    Ok(Exit::Well)
}

enum Removal {
    /// Nobody said what is to become of its records.
    Unclear,
    /// What became of them.
    Done(String),
}

async fn remove_records(
    attached: &Attached,
    is_it: &dyn Fn(&str) -> bool,
    remembered: bool,
    records: Option<Kept>,
    shown: &str,
) -> Result<Removal> {
    let Reply::Health(health) = attached.ask(Command::Health { at: None, attempts: false }).await? else {
        return Err(unexpected());
    };
    let mine: Vec<_> = health.iter().filter(|h| is_it(h.key.source.as_str())).collect();
    let overview = attached.overview().await?;
    let planned = overview.sources.iter().find(|s| is_it(s.name.as_str()));
    let Some(source) = mine.first().map(|h| h.key.source.clone()).or_else(|| planned.map(|s| s.name.clone()))
    else {
        if remembered {
            return Ok(Removal::Done("it has no records".into()));
        }
        return Err(miette!(
            help = "`cloudscope sources list` shows the names",
            "no source is called `{shown}`"
        ));
    };
    let count: u64 = mine.iter().map(|h| h.coverage.assets).sum();
    let records = match records {
        Some(records) => records,
        None if count == 0 => Kept::Keep,
        None => match question(count)? {
            Some(records) => records,
            None => return Ok(Removal::Unclear),
        },
    };
    let what = match records {
        Kept::Keep => Records::Keep,
        Kept::Forget => Records::Forget,
    };
    let n = remove_when_free(attached, source, what).await?;
    Ok(Removal::Done(match (records, n) {
        (_, 0) => "it has no records".to_owned(),
        (Kept::Keep, 1) => "its one record stays, as unknown".to_owned(),
        (Kept::Keep, n) => format!("its {n} records stay, as unknown"),
        (Kept::Forget, 1) => "one record left the inventory; `--at` still shows it".to_owned(),
        (Kept::Forget, n) => format!("{n} records left the inventory; `--at` still shows them"),
    }))
}

/// A source is not removed under a run, which would bring its records back: waits for its end.
async fn remove_when_free(attached: &Attached, source: SourceName, records: Records) -> Result<u64> {
    let mut told = false;
    loop {
        let command = Command::RemoveSource { source: source.clone(), records };
        match attached.session.ask(command).await {
            Ok(Reply::Removed(n)) => return Ok(n),
            Ok(_) => return Err(unexpected()),
            Err(SessionError::Busy) => {
                if !told {
                    output::note("a collection is running; waiting for its end");
                    told = true;
                }
                tokio::select! {
                    () = tokio::time::sleep(Duration::from_millis(200)) => {}
                    () = crate::process::interrupted() => return Err(miette!("interrupted; nothing was removed")),
                }
            }
            Err(error) => return Err(miette!("{}", cloudscope_domain::text::visible(&error.to_string()))),
        }
    }
}

/// Asks the person at the terminal; `None` when there is none.
fn question(count: u64) -> Result<Option<Kept>> {
    if !std::io::stdin().is_terminal() {
        return Ok(None);
    }
    loop {
        output::note(&format!("it has {count} records: (k)eep them as unknown, (f)orget them, or (q)uit?"));
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        match line.trim() {
            "k" | "keep" => return Ok(Some(Kept::Keep)),
            "f" | "forget" => return Ok(Some(Kept::Forget)),
            "q" | "quit" => return Err(miette!("nothing was removed")),
            _ if matches!(read, Ok(0) | Err(_)) => return Ok(None),
            _ => {}
        }
    }
}

async fn test(wiring: &Wiring, text: &str) -> Result<Exit> {
    let source = kept::parse(text, &wiring.known_sources()?)?;
    match wiring.check(&source).await? {
        Ok(report) => {
            output::print(&format!("as {}\n", cloudscope_domain::text::visible(&report.identity)))?;
            for way in wiring.ways(&source).await {
                output::print(&format!("goes by: {}\n", cloudscope_domain::text::visible(&way)))?;
            }
            for limit in &report.limits {
                output::print(&format!("limited: {}\n", cloudscope_domain::text::visible(limit)))?;
            }
            Ok(if report.limits.is_empty() { Exit::Well } else { Exit::Gaps })
        }
        Err(fault) => Err(miette!("{}", cloudscope_domain::text::visible(&fault.to_string()))),
    }
}
