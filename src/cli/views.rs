//! `views`: the saved views, which the front end and `query --view` share. Needs no store.

use clap::{Args, Subcommand};
use cloudscope_application::{SavedView, ViewShelf as _};
use miette::{Result, miette};

use super::{
    ListFormat,
    output::{self, Exit},
    table::Table,
};
use crate::wiring::Wiring;

/// The saved views: a filter with its columns, order and grouping, under a name.
///
/// They are saved in the front end (`:save NAME`) and kept in views.yaml in the configuration directory.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Views {
    #[command(subcommand)]
    what: Option<What>,
    /// How to print them
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    format: ListFormat,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List them
    List {
        /// How to print them
        #[arg(long, value_enum, default_value_t = ListFormat::Table)]
        format: ListFormat,
    },
    /// Print one as JSON
    Show {
        /// Its name
        name: String,
    },
    /// Take one away
    Remove {
        /// Its name
        name: String,
    },
}

impl Views {
    pub(super) fn run(self, wiring: &Wiring) -> Result<Exit> {
        match self.what.unwrap_or(What::List { format: self.format }) {
            What::List { format } => list(wiring, format),
            What::Show { name } => match find(wiring, &name)? {
                Ok(view) => {
                    output::print(&(output::json(&view, true)? + "\n"))?;
                    Ok(Exit::Well)
                }
                Err(exit) => Ok(exit),
            },
            What::Remove { name } => {
                if let Err(exit) = find(wiring, &name)? {
                    return Ok(exit);
                }
                let change = wiring.views().change(&mut |views| {
                    views.remove(&name);
                    Ok(())
                });
                change.map_err(|e| miette!("{e}"))?;
                output::note(&format!("the view `{name}` was removed"));
                Ok(Exit::Well)
            }
        }
    }
}

/// The view of a name; without it the mistake is told and the exit code handed back.
pub(super) fn find(wiring: &Wiring, name: &str) -> Result<std::result::Result<SavedView, Exit>> {
    let views = wiring.views().load().map_err(|e| miette!("{e}"))?;
    if let Some(view) = views.named(name) {
        return Ok(Ok(view.clone()));
    }
    let near = cloudscope_domain::query::nearest(name, views.iter().map(|v| v.name.as_str()));
    let help =
        near.map_or_else(|| "`cloudscope views` lists them".to_owned(), |n| format!("did you mean `{n}`?"));
    super::report(&miette!(help = help, "there is no saved view `{name}`"));
    Ok(Err(Exit::Usage))
}

fn list(wiring: &Wiring, format: ListFormat) -> Result<Exit> {
    let views = wiring.views().load().map_err(|e| miette!("{e}"))?;
    let all: Vec<&SavedView> = views.iter().collect();
    output::list(&all, format, || {
        let mut table = Table::new(&["VIEW", "KEY", "FILTER", "SORT", "GROUP BY", "COLUMNS"]);
        for v in &all {
            table.row([
                v.name.clone(),
                v.mark.map(String::from).unwrap_or_default(),
                v.query.clone(),
                v.sort.join(","),
                v.group_by.join(","),
                v.columns.join(","),
            ]);
        }
        table
    })?;
    if all.is_empty() {
        output::note("no view is saved; `:save NAME` in the front end saves one");
    }
    Ok(Exit::Well)
}
