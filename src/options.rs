//! The options that every command takes. The command line reads them and the wiring follows them;
//! knows neither.

use std::path::PathBuf;

use clap::Args;

/// What every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// Where the store, the call ledger and the logs are kept [default: ~/.local/share/cloudscope]
    #[arg(long, global = true, env = "CLOUDSCOPE_DATA_DIR", value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// The configuration file [default: ~/.config/cloudscope/config.yaml]
    #[arg(long, global = true, env = "CLOUDSCOPE_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Use the made-up estate of several clouds, in a store of its own
    #[arg(long, global = true)]
    pub(crate) demo: bool,
    /// error, warn, info, debug or trace
    #[arg(long, global = true, value_name = "LEVEL")]
    pub(crate) log_level: Option<String>,
    /// Draw without colour (NO_COLOR does the same)
    #[arg(long, global = true)]
    pub(crate) no_color: bool,
    /// A theme by name, built in or your own
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) theme: Option<String>,
    /// A keymap by name: default, k9s, vim, emacs, arrows, or your own
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) keymap: Option<String>,
}
