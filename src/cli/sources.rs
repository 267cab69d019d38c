//! `sources`: what is collected, and what was found that could be.

use clap::{Args, Subcommand};
use cloudscope_ports::SourceSpec;
use miette::{Result, miette};
use serde::Serialize;

use super::{
    ListFormat,
    output::{self, Exit},
    table::Table,
};
use crate::{config::sources as kept, wiring::Wiring};

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
    /// Forget a remembered source; its records stay, as unknown from the next collection on
    Remove {
        /// Its name
        name: String,
    },
    /// See whether a source can be read, and as whom; collects nothing
    Test {
        /// The source
        source: String,
    },
}

#[derive(Serialize)]
struct Row {
    title: String,
    origin: String,
    source: Option<SourceSpec>,
    collected: bool,
}

impl Sources {
    pub(super) async fn run(self, wiring: &Wiring) -> Result<Exit> {
        match self.action.unwrap_or(Action::List { format: ListFormat::Table }) {
            Action::List { format } => list(wiring, format),
            Action::Add { source, name } => add(wiring, &source, name),
            Action::Remove { name } => remove(wiring, &name),
            Action::Test { source } => test(wiring, &source).await,
        }
    }
}

fn list(wiring: &Wiring, format: ListFormat) -> Result<Exit> {
    let collected = wiring.sources()?;
    let mut rows: Vec<Row> = Vec::new();
    for found in wiring.discovered() {
        let is_collected = found.source.as_ref().is_some_and(|s| collected.iter().any(|c| c.name == s.name));
        rows.push(Row {
            title: found.title,
            origin: found.origin,
            source: found.source,
            collected: is_collected,
        });
    }
    for source in collected {
        if !rows.iter().any(|r| r.source.as_ref().is_some_and(|s| s.name == source.name)) {
            let title = source.name.to_string();
            rows.push(Row { title, origin: "configuration".into(), source: Some(source), collected: true });
        }
    }
    output::list(&rows, format, || {
        let mut table = Table::new(&["SOURCE", "COLLECTED", "WHAT", "FOUND IN"]);
        for row in &rows {
            let collected = match (&row.source, row.collected) {
                (_, true) => "yes",
                (Some(_), false) => "no",
                (None, false) => "not in this version",
            };
            let name = row.source.as_ref().map_or_else(String::new, |s| s.name.to_string());
            table.row([name, collected.to_owned(), row.title.clone(), row.origin.clone()]);
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

fn remove(wiring: &Wiring, name: &str) -> Result<Exit> {
    let mut all = kept::load(wiring.config_dir())?;
    let before = all.len();
    let path = std::path::absolute(name).map(|p| format!("file:{}", p.display())).unwrap_or_default();
    all.retain(|s| s.name.as_str() != name && s.name.as_str() != path);
    if all.len() == before {
        return Err(miette!(
            help = "`cloudscope sources list` shows the names; what the configuration file names is removed there",
            "no remembered source is called `{}`",
            cloudscope_domain::text::visible(name)
        ));
    }
    kept::save(wiring.config_dir(), &all)?;
    output::note(&format!("{name} is no longer collected; its records stay in the store"));
    Ok(Exit::Well)
}

async fn test(wiring: &Wiring, text: &str) -> Result<Exit> {
    let source = kept::parse(text, &wiring.known_sources()?)?;
    match wiring.check(&source).await? {
        Ok(report) => {
            output::print(&format!("as {}\n", cloudscope_domain::text::visible(&report.identity)))?;
            for limit in &report.limits {
                output::print(&format!("limited: {}\n", cloudscope_domain::text::visible(limit)))?;
            }
            Ok(if report.limits.is_empty() { Exit::Well } else { Exit::Gaps })
        }
        Err(fault) => Err(miette!("{}", cloudscope_domain::text::visible(&fault.to_string()))),
    }
}
