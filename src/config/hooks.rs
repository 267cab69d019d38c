//! Who may define a hook: a file that is the user's own and that nobody else can read or write. And which
//! hooks the user has confirmed, kept beside that file.

use std::{
    fs::{File, Metadata, OpenOptions},
    io::{Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

use cloudscope_domain::text::visible;
use cloudscope_hooks::{Confirmed, HookSpec};
use miette::{Result, miette};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, Error as _},
};

/// The file in the configuration directory that `hooks confirm` writes.
pub(crate) const FILE: &str = "hooks-confirmed.json";
/// More than any number of hooks takes.
const LARGEST: u64 = 1 << 20;

/// Why what this open file says may not run programs or send anything away; `None` when it may.
pub(crate) fn not_ones_own(meta: &Metadata, path: &Path) -> Option<String> {
    let shown = visible(&path.display().to_string()).into_owned();
    let me = rustix::process::geteuid().as_raw();
    if !meta.is_file() {
        return Some(format!("{shown} is not a file"));
    }
    if meta.uid() != me {
        return Some(format!(
            "{shown} belongs to user {}, and this program runs as user {me}; run `chown {me} {shown}`",
            meta.uid()
        ));
    }
    let mode = meta.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Some(format!("{shown} is open to others (mode {mode:03o}); run `chmod 600 {shown}`"));
    }
    None
}

/// Reads a list of hooks with names of their own.
pub(super) fn list<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<HookSpec>, D::Error> {
    let hooks = Vec::<HookSpec>::deserialize(d)?;
    for (i, hook) in hooks.iter().enumerate() {
        if hooks[..i].iter().any(|h| h.name == hook.name) {
            return Err(D::Error::custom(format!("there are two hooks named `{}`", hook.name.as_str())));
        }
    }
    Ok(hooks)
}

/// The confirmations; a file that others could have written confirms nothing.
pub(crate) fn confirmed(config_dir: &Path) -> Result<Confirmed> {
    own_json(&config_dir.join(FILE), "remove it and confirm the hooks again")
}

/// Replaces the confirmations, at once and as a whole.
pub(crate) fn confirm(config_dir: &Path, confirmed: &Confirmed) -> Result<()> {
    replace_json(config_dir, FILE, confirmed)
}

/// What a file of confirmations says; nothing when there is none, an error when others could have written it.
pub(super) fn own_json<T: DeserializeOwned + Default>(path: &Path, mend: &str) -> Result<T> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(T::default()),
        Err(e) => return Err(miette!("cannot read {}: {e}", path.display())),
    };
    let read = |e: std::io::Error| miette!("cannot read {}: {e}", path.display());
    if let Some(why) = not_ones_own(&file.metadata().map_err(read)?, path) {
        return Err(miette!("{why}"));
    }
    let mut text = String::new();
    file.take(LARGEST).read_to_string(&mut text).map_err(read)?;
    serde_json::from_str(&text).map_err(|e| miette!(help = mend, "in {}: {e}", path.display()))
}

/// Replaces a file of confirmations, at once and as a whole.
pub(super) fn replace_json<T: Serialize>(config_dir: &Path, name: &str, content: &T) -> Result<()> {
    let path = config_dir.join(name);
    let write = || -> std::io::Result<()> {
        std::fs::create_dir_all(config_dir)?;
        let fresh = config_dir.join(format!(".{name}.{}", std::process::id()));
        // One that a killed process left may have another mode.
        let _ = std::fs::remove_file(&fresh);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
        file.write_all(&serde_json::to_vec_pretty(content)?)?;
        file.sync_all()?;
        std::fs::rename(&fresh, &path)
    };
    write().map_err(|e| miette!("cannot write {}: {e}", path.display()))
}

#[cfg(test)]
mod tests;
