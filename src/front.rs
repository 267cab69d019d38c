//! Opens the front end: on the owner's session if there is one, else on an engine of our own whose
//! store is opened while the first frame is drawn already, and tried again where its disk is in the way.

use std::{convert::Infallible, io::IsTerminal, path::PathBuf, sync::Arc};

use cloudscope_application::{
    Command, Engine, Session, SessionError,
    link::{Relay, Server},
};
use cloudscope_tui::{FrontEnd, Settings, keymap::Screen};
use miette::{Result, miette};

use crate::{
    attached::Attached,
    cli::Exit,
    wiring::{Wiring, store_error},
};

/// Runs until the user quits or the terminal goes away.
pub(crate) async fn run(wiring: &Wiring) -> Result<Exit> {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        return Err(miette!(
            help = "use a command such as `cloudscope query`; `cloudscope --help` lists them",
            "the front end needs a terminal"
        ));
    }
    if let Some(attached) = wiring.visit().await? {
        return visit(wiring, attached.session).await;
    }
    let (engine, ready) = wiring.patient_engine()?;
    let attached = wiring.attached(Arc::clone(&engine) as Arc<dyn Session>, None);
    let opened = async {
        match ready.await {
            Ok(Ok(())) => {
                let server = wiring.serve(&engine);
                engine.keep_house();
                if wiring.config().collect.on_start {
                    let started = engine
                        .ask(Command::Collect { sources: Vec::new(), failed_only: false, scopes: Vec::new() })
                        .await;
                    if let Err(error) = started
                        && error != SessionError::Busy
                    {
                        tracing::error!(%error, "the first collection could not be started");
                    }
                }
                follow(wiring, &*engine).await;
                engine.drive_schedule();
                // Served until the front end ends.
                let _served = server;
                std::future::pending().await
            }
            Ok(Err(error)) => store_error(&error),
            Err(_) => miette!("the store could not be opened; this is a defect, please report it"),
        }
    };
    let result = tokio::select! {
        ended = show(wiring, &attached) => ended,
        // Dropping the front end gives the terminal back before the error is printed.
        error = opened => Err(error),
    };
    engine.shutdown().await;
    result.map(|()| Exit::Well)
}

/// On the session of the process that holds the store; where that goes away, on that of the next one, which may be
/// this process: the screen and the place on it stay.
async fn visit(wiring: &Wiring, session: Arc<dyn Session>) -> Result<Exit> {
    follow(wiring, &*session).await;
    let relay = Relay::new(session);
    let attached = wiring.attached(Arc::clone(&relay) as Arc<dyn Session>, None);
    let mut own = None;
    let result = tokio::select! {
        ended = show(wiring, &attached) => ended,
        never = stay_attached(wiring, &relay, &mut own) => match never {},
    };
    if let Some((engine, server)) = own {
        drop(server);
        engine.shutdown().await;
    }
    result.map(|()| Exit::Well)
}

/// Finds the next process that holds the store whenever one went away; where there is none, becomes it.
async fn stay_attached(
    wiring: &Wiring,
    relay: &Arc<Relay>,
    own: &mut Option<(Arc<Engine>, Option<Server>)>,
) -> Infallible {
    loop {
        relay.parted().await;
        tracing::warn!("the process that holds the data directory went away; looking for the next");
        match wiring.attach_patiently().await {
            Ok(Attached { session, owner, .. }) => {
                relay.change(Arc::clone(&session));
                if let Some((engine, _)) = &owner {
                    engine.keep_house();
                }
                follow(wiring, &*session).await;
                if let Some((engine, _)) = &owner {
                    engine.drive_schedule();
                }
                *own = owner.or(own.take());
            }
            Err(error) => relay.give_up(format!("{error}; quit and start again")),
        }
    }
}

/// What can be followed is, from its next listing on, unless the configuration says otherwise.
async fn follow(wiring: &Wiring, session: &dyn Session) {
    if wiring.config().collect.follow
        && let Err(error) = session.ask(Command::Follow { on: true }).await
    {
        tracing::error!(%error, "following could not be switched on");
    }
}

/// Where the page that shows is kept for the next start. Who does not want that finds none of before.
fn first_page(wiring: &Wiring) -> Option<PathBuf> {
    let path = wiring.data_dir().join("first-page.json");
    if wiring.config().first_page && !wiring.demo() {
        return Some(path);
    }
    if let Err(error) = std::fs::remove_file(&path)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "the page that was kept of before could not be removed");
    }
    None
}

/// Prints a screen of so many columns and rows as text. Collects nothing.
pub(crate) async fn snapshot(wiring: &Wiring, screen: Screen, size: (u16, u16)) -> Result<Exit> {
    let attached = wiring.attach().await?;
    let front = FrontEnd { page: None, ..front_end(wiring, &attached)? };
    let drawn = cloudscope_tui::snapshot(front, screen, size).await;
    attached.close().await;
    crate::cli::print(&drawn.map_err(|why| miette!("{why}"))?)?;
    Ok(Exit::Well)
}

async fn show(wiring: &Wiring, attached: &Attached) -> Result<()> {
    cloudscope_tui::run(front_end(wiring, attached)?)
        .await
        .map_err(|e| miette!("{}", cloudscope_domain::text::visible(&e.to_string())))?;
    Ok(())
}

fn front_end(wiring: &Wiring, attached: &Attached) -> Result<FrontEnd> {
    let config = wiring.config();
    let environment = wiring.environment();
    let settings = Settings {
        theme: wiring.global.theme.clone().or_else(|| config.theme.clone()),
        keymap: wiring.global.keymap.clone().or_else(|| config.keymap.clone()),
        mouse: config.mouse,
        ascii: config.ascii,
        no_color: wiring.global.no_color || environment.get("NO_COLOR").is_some_and(|v| !v.is_empty()),
        ssh: environment.contains_key("SSH_TTY"),
        ..Settings::default()
    };
    Ok(FrontEnd {
        session: Arc::clone(&attached.session),
        exports: Arc::clone(&attached.exports),
        views: Arc::new(wiring.views()),
        page: first_page(wiring),
        theme_files: wiring.own_files("themes")?,
        keymap_files: wiring.own_files("keymaps")?,
        settings,
    })
}
