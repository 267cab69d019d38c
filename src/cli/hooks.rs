//! `hooks`: what is attached to events, how it fares, and the word that lets it run.

use std::io::{self, BufRead, IsTerminal, Write};

use clap::{Args, Subcommand};
use cloudscope_application::{Command, Reply};
use cloudscope_domain::text::visible;
use cloudscope_hooks::{Action, HookSpec, Key};
use cloudscope_ports::Secrets;
use miette::{Result, miette};

use super::{
    ListFormat,
    output::{self, Exit},
    table::Table,
};
use crate::{
    attached::unexpected,
    config::hooks as own,
    wiring::{Wiring, key_name},
};

/// What the configuration attaches to events, and how it fares in the process that holds the store.
///
/// A hook does nothing before it was confirmed as it stands: whatever is changed in it in the
/// configuration has to be confirmed again.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Hooks {
    #[command(subcommand)]
    what: Option<What>,
    /// How to print them
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    format: ListFormat,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show exactly what a hook does, and let it run from the next start on
    Confirm {
        /// Its name in the configuration
        name: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Take a confirmation back
    Revoke {
        /// Its name in the configuration
        name: String,
    },
    /// Print the key of a webhook for its receiver; a new one is made when there is none
    Key {
        /// The name of the key, `secret` in the configuration
        name: String,
    },
}

impl Hooks {
    pub(super) async fn run(self, wiring: &Wiring) -> Result<Exit> {
        match self.what {
            None => list(wiring, self.format).await,
            Some(What::Confirm { name, yes }) => confirm(wiring, &name, yes),
            Some(What::Revoke { name }) => revoke(wiring, &name),
            Some(What::Key { name }) => key(wiring, &name),
        }
    }
}

async fn list(wiring: &Wiring, format: ListFormat) -> Result<Exit> {
    let attached = wiring.attach().await?;
    let reply = attached.ask(Command::Hooks).await;
    attached.close().await;
    let Reply::Hooks(hooks) = reply? else { return Err(unexpected()) };
    output::list(&hooks, format, || {
        let mut table =
            Table::new(&["HOOK", "RUNS", "WHAT", "EVENTS", "DELIVERED", "FAILED", "DROPPED", "LAST ERROR"]);
        for h in &hooks {
            table.row([
                h.name.clone(),
                if h.held.is_some() { "no" } else { "yes" }.to_owned(),
                h.what.clone(),
                h.events.join(","),
                h.delivered.to_string(),
                h.failed.to_string(),
                h.dropped.to_string(),
                h.last_error.as_ref().map_or_else(String::new, |(at, text)| format!("{at}: {text}")),
            ]);
        }
        table
    })?;
    if hooks.is_empty() {
        output::note("no hook is configured; docs/config.example.yaml shows how");
    }
    for hook in &hooks {
        if let Some(why) = &hook.held {
            output::note(&format!("the hook `{}` does not run: {why}", hook.name));
        }
    }
    Ok(Exit::Well)
}

/// Says which hooks do not run, once, before a command that would make events.
pub(super) fn tell_held(wiring: &Wiring) {
    for hook in wiring.hooks() {
        if let Some(why) = hook.held {
            output::note(&format!("the hook `{}` does not run: {why}", hook.spec.name.as_str()));
        }
    }
}

fn confirm(wiring: &Wiring, name: &str, yes: bool) -> Result<Exit> {
    let config = wiring.config();
    let Some(hook) = config.hooks.iter().find(|h| h.name.as_str() == name) else {
        let file = wiring.config_file().display().to_string();
        return Err(miette!(
            help = "`cloudscope hooks` lists those that there are",
            "no hook is named `{}` in {}",
            visible(name),
            visible(&file)
        ));
    };
    if let Some(why) = &config.hooks_refused {
        return Err(miette!("{why}"));
    }
    for line in shown(hook) {
        output::print(&(line + "\n"))?;
    }
    if !yes && !agreed()? {
        output::note("not confirmed");
        return Ok(Exit::Failed);
    }
    // What cannot be trusted any more is not built upon.
    let mut given = own::confirmed(wiring.config_dir())?;
    given.confirm(hook);
    own::confirm(wiring.config_dir(), &given)?;
    output::note("confirmed as it stands; it runs from the next start of the program on");
    Ok(Exit::Well)
}

/// Everything that the confirmation is for, in lines.
fn shown(hook: &HookSpec) -> Vec<String> {
    let quoted = |text: &str| visible(&format!("{text:?}")).into_owned();
    let mut lines = vec![
        format!("hook      {}", hook.name.as_str()),
        format!("events    {}", hook.event_names().join(", ")),
    ];
    let list = |words: Vec<String>| visible(&words.join(", ")).into_owned();
    for (what, words) in [
        ("sources", hook.only.sources.iter().map(ToString::to_string).collect::<Vec<_>>()),
        ("kinds", hook.only.kinds.iter().map(|k| k.as_str().to_owned()).collect()),
        ("providers", hook.only.providers.iter().map(ToString::to_string).collect()),
    ] {
        if !words.is_empty() {
            lines.push(format!("only      {what}: {}", list(words)));
        }
    }
    match &hook.action {
        Action::Command(c) => {
            lines.push(format!("runs      {}", c.program.shown()));
            lines.extend(c.args.iter().map(|a| format!("argument  {}", quoted(a))));
            lines.push(format!(
                "limits    {} s a run, {} at a time",
                c.timeout.get().as_secs_f64(),
                c.concurrency
            ));
        }
        Action::Webhook(w) => {
            lines.push(format!("sends to  {}", visible(&w.url.whole())));
            lines.push(format!("signed    with the key `{}`", w.secret.as_str()));
            let private = if w.allow_private { "private and loopback ones as well" } else { "public ones" };
            lines.push(format!("addresses {private}"));
            if !w.allow.is_empty() {
                lines.push(format!("also      {}", list(w.allow.iter().map(|a| (*a).into()).collect())));
            }
            if let Some(file) = &w.ca_file {
                lines.push(format!("trusts    only the certificates in {}", file.shown()));
            }
        }
    }
    lines.push(format!("pin       sha256:{}", hook.pin()));
    lines
}

fn agreed() -> Result<bool> {
    if !io::stdin().is_terminal() {
        return Err(miette!(
            help = "look at what is printed above, then say --yes",
            "there is nobody to ask whether this hook may run"
        ));
    }
    let _ = write!(io::stderr().lock(), "let it run? [y/N] ");
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(|e| miette!("cannot read the answer: {e}"))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn revoke(wiring: &Wiring, name: &str) -> Result<Exit> {
    let mut given = own::confirmed(wiring.config_dir())?;
    if !given.revoke(name) {
        return Err(miette!("the hook `{}` is not confirmed", visible(name)));
    }
    own::confirm(wiring.config_dir(), &given)?;
    output::note("taken back; it does not run from the next start of the program on");
    Ok(Exit::Well)
}

fn key(wiring: &Wiring, name: &str) -> Result<Exit> {
    let name = cloudscope_hooks::SecretName::try_from(name.to_owned()).map_err(|e| miette!("{e}"))?;
    let (secrets, place) = (wiring.secrets(), key_name(name.as_str()));
    let fresh = cloudscope_local::random_key().map_err(|e| miette!("{e}"))?;
    let fresh = Key::parse(&fresh).map_err(|e| miette!("{e}"))?.written();
    let made = secrets.put_new(&place, fresh.as_bytes()).map_err(|e| miette!("{e}"))?;
    // What counts is what is kept.
    let kept = secrets.get(&place).map_err(|e| miette!("{e}"))?;
    let kept = Key::parse(&kept).map_err(|e| miette!("the key `{}`: {e}", name.as_str()))?;
    output::note(if made {
        "made a new key; give it to the receiver"
    } else {
        "this is the key that is kept"
    });
    output::print(&(kept.written() + "\n"))?;
    Ok(Exit::Well)
}
