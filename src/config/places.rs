//! Where things are: the XDG base directories, or what the user says.

use std::{collections::BTreeMap, path::PathBuf};

use miette::{Result, miette};

/// The places of this user.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    /// Store, ledger, socket, logs.
    pub(crate) data: PathBuf,
    /// `config.yaml`, `sources.yaml`, `views.yaml`, themes/, keymaps/, catalog/, secrets/.
    pub(crate) config: PathBuf,
}

impl Places {
    /// From the environment and `--data-dir`. The made-up estate has a store of its own.
    pub(crate) fn find(
        data_dir: Option<PathBuf>,
        demo: bool,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self> {
        let absolute = |key: &str| environment.get(key).map(PathBuf::from).filter(|p| p.is_absolute());
        let home = absolute("HOME");
        let place = |xdg: &str, below: &str| {
            absolute(xdg)
                .or_else(|| home.as_ref().map(|h| h.join(below)))
                .map(|p| p.join("cloudscope"))
                .ok_or_else(|| {
                    miette!(
                        help = "set HOME, or name a directory with --data-dir",
                        "there is no home directory"
                    )
                })
        };
        let data = match data_dir {
            Some(dir) => {
                std::path::absolute(&dir).map_err(|e| miette!("cannot use {}: {e}", dir.display()))?
            }
            None => place("XDG_DATA_HOME", ".local/share")?,
        };
        let data = if demo { data.join("demo") } else { data };
        let config = match absolute("CLOUDSCOPE_CONFIG_DIR") {
            Some(dir) => dir,
            None => place("XDG_CONFIG_HOME", ".config")?,
        };
        Ok(Self { data, config })
    }

    /// The user's own files of one sort (`themes`, `keymaps`, `catalog`), as name and text. Files that
    /// cannot be read are named in the error.
    pub(crate) fn own_files(&self, folder: &str) -> Result<Vec<(String, String)>> {
        let dir = self.config.join(folder);
        let entries = match std::fs::read_dir(&dir) {
            Ok(entries) => entries,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(miette!("cannot read {}: {e}", dir.display())),
        };
        let mut files = Vec::new();
        for entry in entries.flatten() {
            let path = entry.path();
            if path.extension().is_none_or(|e| e != "toml") {
                continue;
            }
            let text =
                std::fs::read_to_string(&path).map_err(|e| miette!("cannot read {}: {e}", path.display()))?;
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            files.push((name, text));
        }
        files.sort();
        Ok(files)
    }
}
