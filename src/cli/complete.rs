//! `complete`: what can follow on a command line, for the completion scripts. It answers soon or prints
//! nothing; it never fails, never collects, and makes no store.
//!
//! Whoever holds the store is asked. When nobody does, a process of its own opens the store, answers and
//! closes it again: the one that a shell waits for can leave at its time, and a store is never left open.

mod ask;
mod line;

use std::{
    io::{BufRead, BufReader},
    process::{Child, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use clap::{Args, CommandFactory, ValueEnum};
use cloudscope_application::{
    Command, Reply, Session, ViewShelf as _,
    link::{self, LinkError},
};
use cloudscope_domain::{query::fold, text::visible};

use self::{
    ask::{Asked, Offer},
    line::Style,
};
use super::{Cli, output, output::Exit};
use crate::{
    config::{places::Places, views::ViewFile},
    options::Global,
    process,
    wiring::Wiring,
};

/// A store with more bytes is not opened for this: it could not answer in time.
const MOST_BYTES: u64 = 128 << 20;
/// Between two looks at a store that somebody opens or closes.
const SOON: Duration = Duration::from_millis(10);
/// A store that is neither at rest nor served after so long was not closed well.
const SETTLED: Duration = Duration::from_secs(2);
/// Ends the answer of the process that opens the store.
const END: &str = "\t";

/// What can follow on a command line.
#[derive(Debug, Args)]
pub(crate) struct Complete {
    /// For which shell
    #[arg(value_enum)]
    shell: Shell,
    /// Where the shell takes words apart
    #[arg(long, default_value = " \t\n\"'><=;|&(:", allow_hyphen_values = true)]
    breaks: String,
    /// Say nothing rather than later than this, in milliseconds
    #[arg(long, env = "CLOUDSCOPE_COMPLETION_MS", default_value_t = 300, value_name = "MS")]
    within: u64,
    /// Open the store; for the process that does so
    #[arg(long, hide = true)]
    open: bool,
    /// The command line up to the cursor
    #[arg(last = true, allow_hyphen_values = true)]
    line: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
}

impl Complete {
    /// Prints a candidate a line: what to put in, a tab, and a few words on it.
    pub(crate) fn run(self, global: Global) -> Exit {
        let started = Instant::now();
        // A mistake here would be in the middle of somebody's prompt.
        if let Some(lines) = self.lines(global, started) {
            let _ = output::print(&lines);
        }
        Exit::Well
    }

    fn lines(&self, mut global: Global, started: Instant) -> Option<String> {
        let line = self.line.as_deref().unwrap_or_default();
        let words = line::words(line)?;
        let asked = ask::asked(&Cli::command(), &words)?;
        global.data_dir = asked.data_dir.clone().or(global.data_dir);
        global.config = asked.config.clone().or(global.config);
        global.demo |= asked.demo;
        let places = Places::find(global.data_dir.clone(), global.demo, &process::environment()).ok()?;
        let offers = match asked.known() {
            Some(offers) => offers,
            None if asked.is_view() => views(&places, &asked),
            None => {
                let runtime = tokio::runtime::Builder::new_multi_thread();
                let runtime = { runtime }.worker_threads(1).enable_all().build().ok()?;
                let answer = if self.open {
                    runtime.block_on(self.opened(&global, &asked, &words))
                } else {
                    let left = Duration::from_millis(self.within).saturating_sub(started.elapsed());
                    runtime.block_on(self.asked(&places, &asked, &words, started + left))
                };
                runtime.shutdown_background();
                return answer;
            }
        };
        Some(self.written(&offers, &asked, &words))
    }

    /// The owner's answer; or, when nobody holds the store, that of a process that opens it.
    async fn asked(
        &self,
        places: &Places,
        asked: &Asked,
        words: &[line::Word],
        until: Instant,
    ) -> Option<String> {
        let settled = Instant::now() + SETTLED;
        let owner = async {
            loop {
                match link::connect(&places.data).await {
                    Ok(session) => return Some(Some(offers(&*session, asked).await?)),
                    Err(LinkError::Nobody) => {}
                    Err(_) => return None,
                }
                match cloudscope_store::at_rest(&places.data) {
                    Some(bytes) => return (bytes <= MOST_BYTES).then_some(None),
                    None if !places.data.exists() || Instant::now() >= settled => return None,
                    // Somebody opens or closes it just now, or it was not closed well.
                    None => tokio::time::sleep(SOON).await,
                }
            }
        };
        match tokio::time::timeout_at(until.into(), owner).await.ok()?? {
            Some(offers) => Some(self.written(&offers, asked, words)),
            None => self.other(until),
        }
    }

    /// Has the store opened by a process that outlives this one until it has closed it.
    fn other(&self, until: Instant) -> Option<String> {
        use std::os::unix::process::CommandExt as _;
        let mut arguments = std::env::args_os().skip(1);
        let mut command = std::process::Command::new(std::env::current_exe().ok()?);
        // As this one was called, before what is not an option.
        for argument in arguments.by_ref().take_while(|a| a != "--") {
            command.arg(argument);
        }
        command.arg("--open").arg("--").args(arguments);
        // Ctrl-c at the prompt is not for it.
        command.stdin(Stdio::null()).stderr(Stdio::null()).stdout(Stdio::piped()).process_group(0);
        let child = command.spawn().ok()?;
        answer(child, until)
    }

    /// Opens the store, prints the answer, and closes the store.
    async fn opened(&self, global: &Global, asked: &Asked, words: &[line::Word]) -> Option<String> {
        let wiring = Wiring::new(global.clone(), global.demo).ok()?;
        let attached = wiring.glimpse().await.ok()??;
        let offers = offers(&*attached.session, asked).await.unwrap_or_default();
        // The one that asked may be gone: the store is closed all the same.
        let _ = output::print(&format!("{}{END}\n", self.written(&offers, asked, words)));
        attached.close().await;
        None
    }

    fn written(&self, offers: &[Offer], asked: &Asked, words: &[line::Word]) -> String {
        let style = match self.shell {
            Shell::Bash => Style::Readline(self.breaks.clone()),
            Shell::Zsh | Shell::Fish => Style::Whole,
        };
        let Some(word) = words.last() else { return String::new() };
        // Shells put in what all candidates begin with. It has to go on from what is typed, or there has to
        // be one candidate alone.
        let bare = |text: &str| fold(text.trim_start_matches('"'));
        let goes_on = |offer: &&Offer| {
            bare(&offer.text).starts_with(&bare(word.text.get(offer.from..).unwrap_or_default()))
        };
        let fitting: Vec<&Offer> = offers.iter().filter(goes_on).collect();
        let offers = match (fitting.is_empty(), offers) {
            (true, [one]) => vec![one],
            _ => fitting,
        };
        let mut lines: Vec<String> = Vec::new();
        for offer in offers {
            let Some(text) = line::replaced(word, offer.from, &offer.text, &style) else { continue };
            // What fish completes is the value of an option alone.
            let text = if self.shell == Shell::Fish { text.get(asked.begins..) } else { Some(text.as_str()) };
            let about = visible(&offer.about);
            lines.extend(text.filter(|t| !t.is_empty()).map(|text| format!("{text}\t{about}\n")));
        }
        lines.concat()
    }
}

/// What another process answers until then.
fn answer(mut child: Child, until: Instant) -> Option<String> {
    let out = child.stdout.take()?;
    let (told, tell) = mpsc::channel();
    std::thread::spawn(move || {
        let mut text = String::new();
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            if line == END {
                let _ = told.send(text);
                return;
            }
            text.push_str(&line);
            text.push('\n');
        }
    });
    tell.recv_timeout(until.saturating_duration_since(Instant::now())).ok()
}

fn views(places: &Places, asked: &Asked) -> Vec<Offer> {
    let views = ViewFile::new(&places.config).load().unwrap_or_default();
    asked.among(views.iter().map(|view| (view.name.as_str(), view.query.as_str())))
}

/// What the engine has for it.
async fn offers(session: &dyn Session, asked: &Asked) -> Option<Vec<Offer>> {
    let (query, skip) = asked.query()?;
    let position = query.len();
    match session.ask(Command::Complete { query, position, at: None }).await.ok()? {
        Reply::Completions(found) => Some(asked.offers(found, skip)),
        _ => None,
    }
}
