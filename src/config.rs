//! The user's configuration: one versioned YAML file, environment overrides, and where things are.
//!
//! `docs/config.example.yaml` documents every key; a test holds the two together.

mod history;
pub(crate) mod hooks;
pub(crate) mod places;
pub(crate) mod programs;
mod schedule;
pub(crate) mod sources;
mod store;
pub(crate) mod views;

use std::{collections::BTreeMap, fs::File, io::Read, path::Path, time::Duration};

use cloudscope_application::{GateLimits, Limits};
use cloudscope_hooks::HookSpec;
use cloudscope_ports::SourceSpec;
use miette::{Result, miette};
use serde::Deserialize;

/// The newest version of the file that is understood.
const VERSION: u32 = 1;

/// Everything that can be configured.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) version: u32,
    pub(crate) theme: Option<String>,
    pub(crate) keymap: Option<String>,
    pub(crate) mouse: bool,
    pub(crate) ascii: bool,
    pub(crate) first_page: bool,
    pub(crate) discover: bool,
    pub(crate) collect: Collect,
    pub(crate) sources: Vec<Source>,
    pub(crate) catalog: Vec<String>,
    pub(crate) history: history::History,
    pub(crate) store: store::Store,
    pub(crate) memory: store::Memory,
    pub(crate) schedule: schedule::Schedule,
    #[serde(deserialize_with = "hooks::list")]
    pub(crate) hooks: Vec<HookSpec>,
    pub(crate) log: Log,
    /// Why the file that was read may not define hooks. Found on the file, never in it.
    #[serde(skip)]
    pub(crate) hooks_refused: Option<String>,
}

/// How collections behave.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Collect {
    pub(crate) on_start: bool,
    pub(crate) follow: bool,
    pub(crate) followed_scopes: usize,
    pub(crate) concurrent_scopes: usize,
    pub(crate) concurrent_calls: usize,
    pub(crate) attempts: u32,
    pub(crate) stall_seconds: u64,
    pub(crate) call_seconds: u64,
    pub(crate) call_tries: u32,
    /// The only programs that may run for credentials; `None` for any that is confirmed.
    pub(crate) programs: Option<Vec<String>>,
}

/// One source to collect.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) collector: String,
    #[serde(default)]
    pub(crate) options: BTreeMap<String, String>,
}

/// What is logged, and for how long it is kept.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Log {
    pub(crate) level: String,
    pub(crate) keep_days: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            version: VERSION,
            theme: None,
            keymap: None,
            mouse: false,
            ascii: false,
            first_page: true,
            discover: true,
            collect: Collect::default(),
            sources: Vec::new(),
            catalog: Vec::new(),
            history: history::History::default(),
            store: store::Store::default(),
            memory: store::Memory::default(),
            schedule: schedule::Schedule::default(),
            hooks: Vec::new(),
            log: Log::default(),
            hooks_refused: None,
        }
    }
}

impl Default for Collect {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            on_start: true,
            follow: true,
            followed_scopes: limits.follows,
            concurrent_scopes: limits.scopes,
            concurrent_calls: limits.calls,
            attempts: limits.attempts,
            stall_seconds: limits.stall.as_secs(),
            call_seconds: limits.gate.call.as_secs(),
            call_tries: limits.gate.tries,
            programs: None,
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { level: "info".into(), keep_days: 7 }
    }
}

impl Config {
    /// Reads the file (a missing one that nobody named is the default), then the environment.
    pub(crate) fn load(path: &Path, named: bool, environment: &BTreeMap<String, String>) -> Result<Self> {
        // Owner and mode are those of the file that is read, not of what has its name a moment later.
        let read = || -> std::io::Result<_> {
            let mut file = File::open(path)?;
            let refused = hooks::not_ones_own(&file.metadata()?, path);
            let mut text = String::new();
            file.read_to_string(&mut text)?;
            Ok((text, refused))
        };
        let mut config = match read() {
            Ok((text, refused)) => {
                let config = Self::parse(&text).map_err(|e| e.wrap_err(format!("in {}", path.display())))?;
                let refused = refused.filter(|_| !config.hooks.is_empty());
                Self { hooks_refused: refused, ..config }
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && !named => Self::default(),
            Err(e) => {
                return Err(miette!(
                    help = "check the path, or leave out --config and CLOUDSCOPE_CONFIG to run without one",
                    "cannot read the configuration {}: {e}",
                    path.display()
                ));
            }
        };
        config.overrule(environment)?;
        if let Some((limit, least)) = config.memory.too_small() {
            return Err(miette!(
                help = format!(
                    "give at least {least}, or leave memory.limit out for three quarters of what there is"
                ),
                "memory.limit is {limit}, in which no inventory fits; the least is {least}"
            ));
        }
        Ok(config)
    }

    /// Parses the text of a file.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        #[derive(Deserialize)]
        struct Probe {
            version: Option<u32>,
        }
        if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
            return Ok(Self::default());
        }
        let wrong = |e: serde_saphyr::Error| {
            miette!(help = "docs/config.example.yaml shows every key with its default", "{e}")
        };
        match serde_saphyr::from_str::<Probe>(text).map_err(wrong)?.version {
            None => {
                return Err(miette!(
                    help = format!("add the line `version: {VERSION}`"),
                    "the configuration does not say its version"
                ));
            }
            Some(v) if v > VERSION || v == 0 => {
                return Err(miette!(
                    help = format!("use a newer cloudscope, or write the file for version {VERSION}"),
                    "the configuration has version {v}, this program reads version {VERSION}"
                ));
            }
            Some(_) => {}
        }
        serde_saphyr::from_str(text).map_err(wrong)
    }

    fn overrule(&mut self, environment: &BTreeMap<String, String>) -> Result<()> {
        let text = |key: &str| environment.get(key).filter(|v| !v.is_empty());
        let flag = |key: &str, place: &mut bool| -> Result<()> {
            match text(key).map(String::as_str) {
                None => {}
                Some("1" | "true" | "yes" | "on") => *place = true,
                Some("0" | "false" | "no" | "off") => *place = false,
                Some(other) => return Err(miette!("{key} is `{other}`; use 1 or 0")),
            }
            Ok(())
        };
        flag("CLOUDSCOPE_MOUSE", &mut self.mouse)?;
        flag("CLOUDSCOPE_ASCII", &mut self.ascii)?;
        flag("CLOUDSCOPE_FIRST_PAGE", &mut self.first_page)?;
        flag("CLOUDSCOPE_DISCOVER", &mut self.discover)?;
        flag("CLOUDSCOPE_COLLECT_ON_START", &mut self.collect.on_start)?;
        flag("CLOUDSCOPE_FOLLOW", &mut self.collect.follow)?;
        if let Some(theme) = text("CLOUDSCOPE_THEME") {
            self.theme = Some(theme.clone());
        }
        if let Some(keymap) = text("CLOUDSCOPE_KEYMAP") {
            self.keymap = Some(keymap.clone());
        }
        if let Some(level) = text("CLOUDSCOPE_LOG_LEVEL") {
            self.log.level.clone_from(level);
        }
        Ok(())
    }

    /// The bounds of a collection, and of what is kept; `machine` is how much memory there is.
    pub(crate) fn limits(&self, machine: Option<u64>) -> Limits {
        Limits {
            scopes: self.collect.concurrent_scopes.clamp(1, 1024),
            calls: self.collect.concurrent_calls.clamp(1, 4096),
            follows: self.collect.followed_scopes.min(100_000),
            silence: Limits::default().silence,
            attempts: self.collect.attempts.clamp(1, 10),
            stall: Duration::from_secs(self.collect.stall_seconds.clamp(1, 86_400)),
            memory: self.memory.limit(machine),
            cache: self.memory.cache(machine),
            compact: self.store.compact == store::Compact::Auto,
            gate: GateLimits {
                call: Duration::from_secs(self.collect.call_seconds.clamp(1, 3_600)),
                tries: self.collect.call_tries.clamp(1, 20),
                ..GateLimits::default()
            },
        }
    }
}

impl From<&Source> for SourceSpec {
    fn from(source: &Source) -> Self {
        Self {
            name: source.name.as_str().into(),
            collector: source.collector.clone(),
            options: source.options.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
