//! The command line: what can be asked without the front end. Data goes to standard output, all else
//! to standard error; exit codes are a contract (see `Exit`).

mod at;
mod calls;
mod changes;
mod collect;
mod complete;
mod completions;
mod diff;
mod doctor;
mod estate;
mod get;
mod health;
mod hooks;
mod log;
mod output;
mod pin;
mod policy;
mod query;
mod relations;
mod sources;
mod store;
mod table;
mod views;

use clap::{Parser, Subcommand, ValueEnum};
use cloudscope_tui::{SCREENS, keymap::Screen};
use miette::Result;

pub(crate) use output::{Exit, note, print};

use crate::{options::Global, wiring::Wiring};

/// A terminal explorer for everything an operations team owns.
///
/// Without a command it opens the front end on this machine's inventory and collects this host at once.
#[derive(Debug, Parser)]
#[command(
    name = "cloudscope",
    version,
    max_term_width = 100,
    after_help = "Exit codes: 0 all well, 1 failed, 2 the command line or a filter is wrong, \
                  3 something could not be read (cloudscope health says what)."
)]
pub(crate) struct Cli {
    /// Print a screen of the front end as text, and end: assets, tree, relationships, collectors, changes,
    /// export or views
    #[arg(long, value_name = "SCREEN", value_parser = screen)]
    pub(crate) snapshot: Option<Screen>,
    /// How many columns and rows that screen has
    #[arg(long, value_name = "COLUMNSxROWS", value_parser = size, default_value = "120x32", requires = "snapshot")]
    pub(crate) size: (u16, u16),
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

fn screen(name: &str) -> Result<Screen, String> {
    let names = || SCREENS.map(Screen::name).join(", ");
    SCREENS.into_iter().find(|screen| screen.name() == name).ok_or_else(|| format!("one of {}", names()))
}

fn size(text: &str) -> Result<(u16, u16), String> {
    let (columns, rows) = text.split_once('x').ok_or("such as 120x32")?;
    let of = |number: &str| number.parse().ok().filter(|n| (1..=1_000).contains(n));
    of(columns).zip(of(rows)).ok_or_else(|| "two numbers from 1 to 1000, such as 120x32".to_owned())
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Open the front end on a made-up estate of several clouds, in a store of its own
    Demo,
    /// Collect now, with progress on standard error
    Collect(collect::Collect),
    /// List the assets that match a filter
    Query(query::Query),
    /// Everything that is known of one asset
    Get(get::Get),
    /// The relationships around an asset
    Relations(relations::Relations),
    /// What changed, field by field
    Changes(changes::Changes),
    /// What is different between two moments, of one asset or of everything, or between two assets
    Diff(diff::Diff),
    /// What could be read and what could not: one row per scope
    Health(health::Health),
    /// Write the assets that match a filter to a file, with a manifest beside it
    Export(query::Export),
    /// What is collected, and what was found that could be
    Sources(sources::Sources),
    /// Facts about the store, and its verification
    Store(store::Store),
    /// The call ledger: every call that was made, newest first
    Calls(calls::Calls),
    /// The smallest grants that would fix the denials that were seen
    Policy(policy::Policy),
    /// The commands that renew expired credentials; printed, never run
    Login(policy::Login),
    /// Keep an asset in sight although it may be gone
    Pin(pin::Pin),
    /// Take a pin off
    Unpin(pin::Pin),
    /// What is attached to events, and how it fares
    Hooks(hooks::Hooks),
    /// The saved views of the front end, for `query --view`
    Views(views::Views),
    /// The newest lines of the log
    Log(log::Log),
    /// What this terminal and this installation can do, and what to mend
    Doctor,
    /// A completion script for a shell; it also completes filters, columns and views, with counts
    Completions(completions::Completions),
    /// What can follow on a command line; the completion scripts ask
    #[command(hide = true)]
    Complete(complete::Complete),
    /// A made-up estate of any size as rows, for measurements
    #[command(hide = true)]
    Estate(estate::Estate),
    /// Opens a store in a process of its own, to see whether it can be opened
    #[command(hide = true, name = "probe-store")]
    ProbeStore {
        /// What the store's adapter hands through.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<std::ffi::OsString>,
    },
}

/// How lists are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// Aligned columns for people; foreign text is made visible
    Table,
    /// One JSON array
    Json,
    /// One JSON object a line
    Ndjson,
}

/// Runs a command that needs no front end.
pub(crate) async fn run(command: Command, wiring: &Wiring) -> Result<Exit> {
    match command {
        Command::Collect(c) => c.run(wiring).await,
        Command::Query(c) => c.run(wiring).await,
        Command::Get(c) => c.run(wiring).await,
        Command::Relations(c) => c.run(wiring).await,
        Command::Changes(c) => c.run(wiring).await,
        Command::Diff(c) => c.run(wiring).await,
        Command::Policy(c) => c.run(wiring).await,
        Command::Login(c) => c.run(wiring).await,
        Command::Pin(c) => c.run(wiring, true).await,
        Command::Unpin(c) => c.run(wiring, false).await,
        Command::Hooks(c) => c.run(wiring).await,
        Command::Views(c) => c.run(wiring),
        Command::Log(c) => c.run(wiring).await,
        Command::Health(c) => c.run(wiring).await,
        Command::Export(c) => c.run(wiring).await,
        Command::Sources(c) => c.run(wiring).await,
        Command::Store(c) => c.run(wiring).await,
        Command::Calls(c) => c.run(wiring).await,
        Command::Doctor => doctor::run(wiring).await,
        Command::Completions(c) => c.run(),
        Command::Estate(c) => c.run(),
        Command::Demo | Command::Complete(_) | Command::ProbeStore { .. } => Ok(Exit::Well),
    }
}

/// Prints a failure to standard error, free of control characters.
pub(crate) fn report(report: &miette::Report) {
    for line in format!("{report:?}").lines() {
        output::note(line);
    }
}

/// Failures are printed without colour: every escape character in one is foreign and is made visible.
pub(crate) fn plain_reports() {
    let plain = |_: &dyn miette::Diagnostic| -> Box<dyn miette::ReportHandler> {
        Box::new(miette::MietteHandlerOpts::new().color(false).terminal_links(false).build())
    };
    // Fails only when set twice.
    let _ = miette::set_hook(Box::new(move |e| plain(e)));
}
