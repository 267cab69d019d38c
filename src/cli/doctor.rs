//! `doctor`: what this terminal and this installation can do, and what to mend.

use std::io::IsTerminal;

use cloudscope_application::{Command, Reply};
use cloudscope_domain::CoverageState;
use cloudscope_tui::{keymap::Keymaps, theme::Themes};
use miette::Result;

use super::output::{self, Exit};
use crate::{attached::unexpected, wiring::Wiring};

/// Prints one line per thing looked at; exit code 1 when something has to be mended.
pub(super) async fn run(wiring: &Wiring) -> Result<Exit> {
    let variable = |key: &str| std::env::var(key).unwrap_or_else(|_| "(not set)".into());
    let mut lines = vec![
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
        ("data directory", wiring.data_dir().display().to_string()),
        ("configuration", wiring.config_file().display().to_string()),
        ("TERM", variable("TERM")),
        ("COLORTERM", variable("COLORTERM")),
        ("NO_COLOR", variable("NO_COLOR")),
        (
            "over SSH",
            if std::env::var_os("SSH_TTY").is_some() { "yes: 15 frames a second" } else { "no" }.to_owned(),
        ),
        ("inside tmux", if std::env::var_os("TMUX").is_some() { "yes" } else { "no" }.to_owned()),
        (
            "standard output",
            if std::io::stdout().is_terminal() { "a terminal" } else { "not a terminal" }.to_owned(),
        ),
        ("user", wiring.identity().to_owned()),
    ];
    let mut exit = Exit::Well;
    for mistake in mistakes(wiring)? {
        exit = Exit::Failed;
        lines.push(("to mend", mistake));
    }
    if std::env::var_os("TMUX").is_some() {
        lines.push((
            "tmux and the clipboard",
            "needs `set -g set-clipboard on` for OSC 52 to reach your terminal".into(),
        ));
    }
    match wiring.attach().await {
        Ok(attached) => {
            let overview = attached.overview().await?;
            lines.push((
                "store",
                if overview.remote { "served by another process" } else { "opened by this one" }.into(),
            ));
            lines.push(("assets", format!("{} ({} of unknown presence)", overview.total, overview.unknown)));
            for trouble in overview.trouble {
                exit = Exit::Failed;
                lines.push(("to mend", trouble));
            }
            let Reply::Health(health) = attached.ask(Command::Health { at: None, attempts: false }).await?
            else {
                return Err(unexpected());
            };
            for scope in health.iter().filter(|h| h.key.source.as_str() == "store") {
                if scope.coverage.state != CoverageState::Ok {
                    exit = Exit::Failed;
                    lines.extend(scope.coverage.problems.iter().map(|p| ("damage", p.clone())));
                }
            }
            attached.close().await;
        }
        Err(error) => {
            exit = Exit::Failed;
            lines.push(("store", format!("{error}")));
        }
    }
    for hook in wiring.hooks() {
        if let Some(why) = hook.held {
            lines.push(("a hook does not run", format!("{}: {why}", hook.spec.name.as_str())));
        }
    }
    for (what, found) in lines {
        output::print(&format!("{what:<24} {}\n", cloudscope_domain::text::visible(&found)))?;
    }
    Ok(exit)
}

/// What is wrong with the user's themes and keymaps, and with the ones that are configured.
fn mistakes(wiring: &Wiring) -> Result<Vec<String>> {
    let (themes, wrong) = Themes::load(&wiring.own_files("themes")?);
    let mut all: Vec<String> = wrong.iter().map(|mistake| format!("theme {mistake}")).collect();
    let (keymaps, wrong) = Keymaps::load(&wiring.own_files("keymaps")?);
    all.extend(wrong.iter().map(|mistake| format!("keymap {mistake}")));
    let config = wiring.config();
    let theme = wiring.global.theme.as_deref().or(config.theme.as_deref());
    all.extend(theme.filter(|name| !matches!(*name, "" | "auto")).and_then(|name| themes.get(name).err()));
    let keymap = wiring.global.keymap.as_deref().or(config.keymap.as_deref());
    all.extend(keymap.and_then(|name| keymaps.get(name).err()));
    Ok(all)
}
