//! The program: arguments, configuration, wiring, run. Knows no rule of its own.

mod attached;
mod cli;
mod config;
mod escape;
mod front;
mod logging;
mod options;
mod process;
mod wiring;

use std::process::ExitCode;

use clap::Parser;
use cli::{Cli, Command, Exit};

fn main() -> ExitCode {
    process::with_a_small_heap();
    process::harden();
    cli::plain_reports();
    let cli = Cli::parse();
    if let Some(Command::ProbeStore { rest }) = cli.command {
        return ExitCode::from(u8::try_from(cloudscope_store::probe_main(rest)).unwrap_or(u8::MAX));
    }
    match run(cli) {
        Ok(exit) => exit.into(),
        Err(report) => {
            cli::report(&report);
            Exit::Failed.into()
        }
    }
}

fn run(cli: Cli) -> miette::Result<Exit> {
    if let Some(Command::Completions(completions)) = cli.command {
        return completions.run();
    }
    if let Some(Command::Complete(complete)) = cli.command {
        return Ok(complete.run(cli.global));
    }
    if cli.snapshot.is_some() && !matches!(cli.command, None | Some(Command::Demo)) {
        cli::report(&miette::miette!(
            help = "`cloudscope --snapshot assets` takes no command; `--demo` is the made-up estate",
            "a screen is printed without a command"
        ));
        return Ok(Exit::Usage);
    }
    let demo = cli.global.demo || matches!(cli.command, Some(Command::Demo));
    let mut wiring = wiring::Wiring::new(cli.global, demo)?;
    let config = wiring.config();
    let level = wiring.global.log_level.as_deref().unwrap_or(&config.log.level);
    if !["error", "warn", "info", "debug", "trace"].contains(&level) {
        cli::report(&miette::miette!(
            help = "use error, warn, info, debug or trace",
            "`{}` is not a log level",
            cloudscope_domain::text::visible(level)
        ));
        return Ok(Exit::Usage);
    }
    let log =
        logging::start(wiring.data_dir(), level, config.log.keep_days, wiring.redactor(), wiring.log_tail());
    if let Err(report) = &log {
        // What stands in the way of the log stands in the way of the store, which says so better.
        cli::report(report);
    }
    let cannot = |e| miette::miette!("cannot start: {e}");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(cannot)?;
    // Mapping a page of a thousand items takes tens of milliseconds, in which a thread can do nothing else. Where
    // nobody types, collection is what was asked for, and has no reason to come second.
    let background = matches!(cli.command, None | Some(Command::Demo))
        .then(|| {
            tokio::runtime::Builder::new_multi_thread()
                .thread_name("collect")
                .on_thread_start(cloudscope_application::stand_back)
                .enable_all()
                .build()
        })
        .transpose()
        .map_err(cannot)?;
    if let Some(background) = &background {
        wiring.collect_on(background.handle().clone());
    }
    let exit = runtime.block_on(async {
        match cli.command {
            None | Some(Command::Demo) => match cli.snapshot {
                Some(screen) => front::snapshot(&wiring, screen, cli.size).await,
                None => front::run(&wiring).await,
            },
            Some(command) => {
                let exit = cli::run(command, &wiring).await;
                for text in &wiring.warnings() {
                    cli::note(&format!("warning: {text}"));
                }
                // Whoever opens a damaged store first must not be the only one to know.
                let damage = wiring.damage();
                for text in &damage {
                    cli::note(&format!("damage: {text}"));
                }
                exit.map(|exit| if exit == Exit::Well && !damage.is_empty() { Exit::Gaps } else { exit })
            }
        }
    });
    // A blocked thread (a dead network mount, say) must not hold the terminal.
    let patience = std::time::Duration::from_millis(500);
    if let Some(background) = background {
        background.shutdown_timeout(patience);
    }
    runtime.shutdown_timeout(patience);
    exit
}
