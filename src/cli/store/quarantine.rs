//! `store quarantine`: what was put aside as damaged. Does not open the store.

use clap::Args;
use cloudscope_domain::text::visible;
use cloudscope_store::{PutBack, put_back, quarantined, remove_quarantined};
use miette::Result;

use crate::{
    cli::{
        ListFormat,
        output::{self, Exit},
        table::Table,
    },
    wiring::{Wiring, store_error},
};

/// What was put aside as damaged, each as it was, with when, how large it is, and why.
///
/// Nothing in it is removed by itself.
#[derive(Debug, Args)]
pub(super) struct Quarantine {
    /// Make that one the store again, if every value of it is there and as it was acknowledged then; what is the
    /// store now goes to quarantine itself. Nobody may have the store open
    #[arg(long, value_name = "NAME", conflicts_with = "remove")]
    restore: Option<String>,
    /// Remove that one for good; asks for --yes
    #[arg(long, value_name = "NAME")]
    remove: Option<String>,
    /// Do remove it
    #[arg(long, requires = "remove")]
    yes: bool,
    /// How to print the list
    #[arg(long, value_enum, default_value_t = ListFormat::Table, conflicts_with_all = ["restore", "remove"])]
    format: ListFormat,
}

impl Quarantine {
    pub(super) fn run(&self, wiring: &Wiring) -> Result<Exit> {
        let dir = wiring.data_dir();
        let all = quarantined(dir).map_err(|e| store_error(&e))?;
        let asked = self.restore.as_ref().or(self.remove.as_ref());
        if let Some(name) = asked.filter(|name| !all.iter().any(|aside| aside.name == **name)) {
            output::note(&format!(
                "there is no `{}` in quarantine; see `cloudscope store quarantine`",
                visible(name)
            ));
            return Ok(Exit::Failed);
        }
        if let Some(name) = &self.restore {
            let PutBack { revision, aside } =
                put_back(dir, &wiring.store_options(), name).map_err(|e| store_error(&e))?;
            let what = revision.map_or_else(
                || "it had no side file of its own, so that whether its last commits are missing cannot be told".into(),
                |revision| format!("it ends at revision {revision}, as was acknowledged then"),
            );
            let aside = aside.map(|aside| format!("; what was there until now is {aside} in quarantine"));
            output::note(&format!("{name} is the store again; {what}{}", aside.unwrap_or_default()));
            return Ok(Exit::Well);
        }
        if let Some(name) = &self.remove {
            if !self.yes {
                output::note(&format!("{name} would be removed for good; say --yes if that is meant"));
                return Ok(Exit::Usage);
            }
            remove_quarantined(dir, name).map_err(|e| store_error(&e))?;
            output::note(&format!("{name} was removed"));
            return Ok(Exit::Well);
        }
        if all.is_empty() && matches!(self.format, ListFormat::Table) {
            output::note("nothing is in quarantine");
            return Ok(Exit::Well);
        }
        output::list(&all, self.format, || {
            let mut table = Table::new(&["NAME", "PUT ASIDE", "BYTES", "REVISION", "WHY"]);
            for aside in &all {
                table.row([
                    aside.name.clone(),
                    aside.at.map_or_else(|| "?".into(), |at| at.to_string()),
                    aside.bytes.to_string(),
                    aside.revision.map_or_else(|| "?".into(), |revision| revision.to_string()),
                    aside.why.clone().unwrap_or_else(|| "?".into()),
                ]);
            }
            table
        })?;
        Ok(Exit::Well)
    }
}
