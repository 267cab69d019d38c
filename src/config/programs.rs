//! Which programs the user allowed to run for credentials (`credential_process` of AWS, `exec` of a kubeconfig),
//! each pinned by the hash of the configuration that names it, in a file that nobody else can write. The
//! configuration may narrow them down by name besides.

use std::{collections::BTreeMap, path::Path};

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
    /// The only programs that may run, by name or path; `None` for any that is confirmed.
    #[serde(skip)]
    only: Option<Vec<String>>,
}

impl Confirmed {
    /// Reads them.
    pub(crate) fn load(config_dir: &Path) -> Result<Self> {
        own_json(&config_dir.join(FILE), "remove it and confirm the programs again")
    }

    /// The same, narrowed down to some programs.
    pub(crate) fn narrowed(self, only: Option<Vec<String>>) -> Self {
        Self { only, ..self }
    }

    /// Whether the configuration lets a program of that name run at all.
    pub(crate) fn permits(&self, program: &str) -> bool {
        let name = program.rsplit('/').next().unwrap_or(program);
        self.only.as_ref().is_none_or(|only| only.iter().any(|o| o == program || o == name))
    }

    /// Whether a configuration with this hash is confirmed.
    pub(crate) fn holds(&self, hash: &str) -> bool {
        self.programs.contains_key(hash)
    }

    /// Adds one, with what it is for whoever reads the file.
    pub(crate) fn add(&mut self, hash: String, what: String) {
        self.programs.insert(hash, what);
    }

    /// Writes them.
    pub(crate) fn save(&self, config_dir: &Path) -> Result<()> {
        replace_json(config_dir, FILE, self)
    }
}

impl cloudscope_aws::Programs for Confirmed {
    fn confirmed(&self, program: &cloudscope_aws::Program) -> bool {
        let first = program.command.split_whitespace().next().unwrap_or_default();
        self.permits(first) && self.holds(&program.hash())
    }
}

impl cloudscope_kubernetes::Programs for Confirmed {
    fn confirmed(&self, program: &cloudscope_kubernetes::Program) -> bool {
        self.permits(&program.command) && self.holds(program.hash())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_can_be_narrowed_down_by_name_or_path() {
        let permits = |only: Option<&[&str]>, program: &str| {
            let only = only.map(|o| o.iter().map(|w| (*w).to_owned()).collect());
            Confirmed::default().narrowed(only).permits(program)
        };
        assert!(permits(None, "anything"));
        assert!(!permits(Some(&[]), "aws"));
        assert!(permits(Some(&["aws"]), "/usr/bin/aws") && permits(Some(&["aws"]), "aws"));
        assert!(permits(Some(&["/usr/bin/aws"]), "/usr/bin/aws"));
        assert!(!permits(Some(&["/usr/bin/aws"]), "aws") && !permits(Some(&["aws"]), "/tmp/aws2"));
    }

    #[test]
    fn what_is_confirmed_comes_back_without_the_narrowing() {
        let dir = tempfile::tempdir().unwrap();
        let mut confirmed = Confirmed::default().narrowed(Some(vec!["aws".into()]));
        confirmed.add("hash".into(), "ctx: aws".into());
        confirmed.save(dir.path()).unwrap();
        let back = Confirmed::load(dir.path()).unwrap();
        assert!(back.holds("hash") && !back.holds("other") && back.permits("sh"));
    }
}
