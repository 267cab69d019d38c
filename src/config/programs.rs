//! Which programs the user allowed to run for credentials (`credential_process`), each pinned by the hash of
//! the configuration that names it, in a file that nobody else can write.

use std::{collections::BTreeMap, path::Path};

use cloudscope_aws::{Program, Programs};
use miette::Result;
use serde::{Deserialize, Serialize};

use super::hooks::{own_json, replace_json};

/// The file in the configuration directory that `sources confirm` writes.
pub(crate) const FILE: &str = "programs-confirmed.json";

/// Confirmed programs, by hash; what each was is told beside it, for the reader of the file.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Confirmed {
    programs: BTreeMap<String, String>,
}

impl Confirmed {
    /// Reads them.
    pub(crate) fn load(config_dir: &Path) -> Result<Self> {
        own_json(&config_dir.join(FILE), "remove it and confirm the programs again")
    }

    /// Adds one.
    pub(crate) fn add(&mut self, program: &Program) {
        self.programs.insert(program.hash(), format!("{}: {}", program.profile, program.command));
    }

    /// Writes them.
    pub(crate) fn save(&self, config_dir: &Path) -> Result<()> {
        replace_json(config_dir, FILE, self)
    }
}

impl Programs for Confirmed {
    fn confirmed(&self, program: &Program) -> bool {
        self.programs.contains_key(&program.hash())
    }
}
