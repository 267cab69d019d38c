//! The loop that ties the pure parts to the world: events in, effects carried out, frames drawn.
//!
//! All pending events are taken in before a frame is drawn, frames are drawn only when something
//! changed and the line is free, and nothing here waits for the engine or for the terminal.

mod asks;
mod effects;
mod inputs;
mod pace;
mod page;
mod still;

use std::{
    io,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant as StdInstant},
};

use cloudscope_application::{Session, export::ExportRunner, views::ViewShelf};
use cloudscope_domain::Timestamp;
use ratatui::{Terminal, TerminalOptions, Viewport, backend::CrosstermBackend, layout::Rect};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use crate::{
    effect::ExitReason,
    event::Event,
    glyphs::Glyphs,
    keymap::Keymaps,
    model::{Model, message::Message, page as kept},
    terminal::{
        background,
        guard::{self, Guard},
        output::{FrameBytes, Line, Output},
        surroundings::Surroundings,
    },
    theme::{Depth, Themes},
    ui::Ui,
    update, view,
};
use effects::World;
use pace::{Pace, Wanted};
pub use still::{SCREENS, snapshot};

/// Events that may wait; whoever sends more waits too.
const BOUND: usize = 1_024;

/// What the user configured.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Theme by name; `None` follows the terminal.
    pub theme: Option<String>,
    /// Keymap by name; `None` is `default`.
    pub keymap: Option<String>,
    /// Mouse reports on from the start.
    pub mouse: bool,
    /// Draw in plain ASCII.
    pub ascii: bool,
    /// No colours.
    pub no_color: bool,
    /// The line is SSH: fewer frames, more patience with split keys.
    pub ssh: bool,
    /// Set the terminal's title.
    pub title: bool,
}

/// All that the front end needs.
pub struct FrontEnd {
    /// The engine, here or behind a socket.
    pub session: Arc<dyn Session>,
    /// Starts exports.
    pub exports: Arc<dyn ExportRunner>,
    /// Keeps the saved views.
    pub views: Arc<dyn ViewShelf>,
    /// Where the page that shows is kept for the next start; `None` keeps none.
    pub page: Option<PathBuf>,
    /// The user's own themes: file name without `.toml`, text.
    pub theme_files: Vec<(String, String)>,
    /// The user's own keymaps, the same way.
    pub keymap_files: Vec<(String, String)>,
    /// What the user configured.
    pub settings: Settings,
}

/// Why the front end could not run.
#[derive(Debug, thiserror::Error)]
pub enum TuiError {
    /// There is no terminal, or it refuses; another terminal may help.
    #[error("the terminal cannot be used: {0}")]
    Terminal(#[from] io::Error),
}

/// Runs the front end until the user quits, the system wants an end, or the terminal goes away.
/// Whichever way it ends, also by dropping the future, the terminal is as it was.
///
/// # Errors
/// When the terminal cannot be taken.
pub async fn run(front: FrontEnd) -> Result<ExitReason, TuiError> {
    guard::drawing(Box::pin(run_inner(front))).await
}

async fn run_inner(front: FrontEnd) -> Result<ExitReason, TuiError> {
    let around = Surroundings::read(front.settings.no_color);
    let (ui, troubles) = look(&front, around);
    let formats = front.exports.formats();
    let guard = Guard::take(front.settings.title, ui.mouse)?;
    let asks = background::may_be_asked(std::env::var("TERM").ok().as_deref());
    if asks {
        background::ask()?;
    }
    let size = crossterm::terminal::size()?;
    let mut model = Model::new(ui, size, clock(), formats);
    model.terminal.facts = around.facts(front.settings.ssh);
    model.terminal.asked = asks.then_some(model.clock);
    for trouble in troubles {
        model.say(Message::error(trouble.clone(), model.clock));
        model.estate.trouble.push(trouble);
    }
    model.keeps_page = front.page.is_some();
    if let Some(page) = front.page.as_deref().and_then(|path| page::read(path, model.clock)) {
        update::restore_page(&mut model, page);
    }
    let (events, inbox) = mpsc::channel(BOUND);
    let output = Output::start()?;
    let bytes = FrameBytes::default();
    let area = Rect::new(0, 0, size.0, size.1);
    let terminal = surface(&bytes, area)?;
    let _inputs = inputs::start(&events, &front.session, front.settings.ssh)?;
    let world = World::new(front.session, front.exports, front.views, front.page.clone(), events, around);
    let frame = if front.settings.ssh { Duration::from_millis(66) } else { Duration::from_millis(16) };
    let pace = Pace::new(frame);
    let wanted = Wanted::Now;
    let mut frames = Loop { model, world, guard, output, bytes, terminal, area, pace, wanted, inbox };
    let ended = frames.run().await;
    if let (Some(path), Some(page)) = (&front.page, kept::of(&frames.model)) {
        page::write(path, &page);
    }
    ended
}

fn look(front: &FrontEnd, around: Surroundings) -> (Ui, Vec<String>) {
    let settings = &front.settings;
    let (themes, mistakes) = Themes::load(&front.theme_files);
    let mut troubles: Vec<String> = mistakes.iter().map(|m| format!("theme {m}")).collect();
    let (keymaps, mistakes) = Keymaps::load(&front.keymap_files);
    troubles.extend(mistakes.iter().map(|m| format!("keymap {m}")));
    let (theme, trouble) =
        themes.pick(around.dark, around.depth, settings.no_color, settings.theme.as_deref());
    troubles.extend(trouble);
    let wanted = settings.keymap.as_deref().unwrap_or("default");
    let keymap = keymaps.get(wanted).cloned().or_else(|why| {
        troubles.push(why);
        keymaps.get("default").cloned()
    });
    #[expect(clippy::expect_used, reason = "the built-in default keymap is compiled in and read by a test")]
    let keymap = keymap.expect("the built-in keymap");
    let glyphs = Glyphs::new(settings.ascii);
    let chosen = settings.theme.as_deref().is_some_and(|name| !name.is_empty() && name != "auto");
    let follows = !chosen && !settings.no_color && around.depth != Depth::None;
    (Ui { theme, follows, themes, keymap, keymaps, glyphs, mouse: settings.mouse }, troubles)
}

/// A drawing surface of a size that only we change.
fn surface(bytes: &FrameBytes, area: Rect) -> io::Result<Terminal<CrosstermBackend<FrameBytes>>> {
    let options = TerminalOptions { viewport: Viewport::Fixed(area) };
    Terminal::with_options(CrosstermBackend::new(bytes.clone()), options)
}

fn clock() -> Timestamp {
    jiff::Timestamp::now().into()
}

struct Loop {
    model: Model,
    world: World,
    guard: Guard,
    output: Output,
    bytes: FrameBytes,
    terminal: Terminal<CrosstermBackend<FrameBytes>>,
    area: Rect,
    pace: Pace,
    /// Who waits for what was not drawn yet.
    wanted: Wanted,
    inbox: mpsc::Receiver<Event>,
}

/// Who waits for what an event leads to.
fn wanted(event: &Event) -> Wanted {
    match event {
        Event::Key(_)
        | Event::Mouse(_)
        | Event::Paste(_)
        | Event::Resize(..)
        | Event::Background(_)
        | Event::Resumed => Wanted::Now,
        Event::Answer { tag, .. } if tag.is_looked_for() => Wanted::Now,
        _ => Wanted::Sometime,
    }
}

impl Loop {
    async fn run(&mut self) -> Result<ExitReason, TuiError> {
        let effects = update::start(&mut self.model);
        if let Some(reason) = self.carry_out(effects)? {
            return Ok(reason);
        }
        let mut line = self.output.state();
        loop {
            if *line.borrow_and_update() == Line::Broken {
                return Ok(ExitReason::HungUp);
            }
            if self.may_draw() {
                self.draw()?;
            }
            let wake = self.wake();
            let first = tokio::select! {
                event = self.inbox.recv() => event,
                _ = line.changed() => None,
                () = sleep_until(wake) => None,
            };
            if let Some(reason) = self.take_in(first)? {
                return Ok(reason);
            }
        }
    }

    /// The time, then everything that waits.
    fn take_in(&mut self, first: Option<Event>) -> Result<Option<ExitReason>, TuiError> {
        let mut next = Some(Event::Tick(clock()));
        let mut waiting = first;
        let mut taken = 0;
        while let Some(event) = next {
            if let Event::Answer { tag, generation, .. } = &event {
                self.world.answered(*tag, *generation);
            }
            if matches!(event, Event::Resumed) {
                self.resume()?;
            }
            let wanted = wanted(&event);
            let was_dirty = std::mem::replace(&mut self.model.dirty, false);
            let effects = update::update(&mut self.model, event);
            if self.model.dirty && wanted == Wanted::Now {
                self.wanted = Wanted::Now;
            }
            self.model.dirty |= was_dirty;
            if let Some(reason) = self.carry_out(effects)? {
                return Ok(Some(reason));
            }
            taken += 1;
            // A flood must not keep the screen from being drawn.
            next = if taken < BOUND { waiting.take().or_else(|| self.inbox.try_recv().ok()) } else { None };
        }
        Ok(None)
    }

    fn carry_out(&mut self, effects: Vec<crate::effect::Effect>) -> Result<Option<ExitReason>, TuiError> {
        for effect in effects {
            match self.world.carry_out(effect) {
                effects::Done::Well => {}
                effects::Done::Quit(reason) => return Ok(Some(reason)),
                effects::Done::Repaint => self.repaint()?,
                effects::Done::Suspend => {
                    self.guard.leave();
                    effects::stop_self()?;
                    // From here on the process was continued.
                    self.resume()?;
                    self.model.dirty = true;
                }
            }
        }
        Ok(None)
    }

    fn resume(&mut self) -> Result<(), TuiError> {
        self.guard.enter(self.model.ui.mouse)?;
        self.model.size = crossterm::terminal::size()?;
        self.repaint()
    }

    /// Forgets what is on the screen. A new drawing surface, because the library's own `clear` asks the
    /// terminal for the cursor's place and waits for the answer among the keys.
    fn repaint(&mut self) -> Result<(), TuiError> {
        let (width, height) = self.model.size;
        self.area = Rect::new(0, 0, width, height);
        self.bytes.take();
        self.terminal = surface(&self.bytes, self.area)?;
        self.world.send(b"\x1b[0m\x1b[2J");
        self.model.dirty = true;
        Ok(())
    }

    fn may_draw(&self) -> bool {
        let due = self.pace.is_due(self.wanted, StdInstant::now());
        (self.model.dirty || self.world.has_bytes()) && due && self.output.idle()
    }

    /// When to look again, if nothing happens before.
    fn wake(&self) -> Instant {
        let millis = update::next_wake(&self.model).since(self.model.clock).clamp(1, 60_000);
        let wake = Instant::now() + Duration::from_millis(millis.unsigned_abs());
        match self.pace.next(self.wanted) {
            Some(at) if self.model.dirty && self.output.idle() => wake.min(at.into()),
            _ => wake,
        }
    }

    fn draw(&mut self) -> Result<(), TuiError> {
        let (width, height) = self.model.size;
        if Rect::new(0, 0, width, height) != self.area {
            self.repaint()?;
        }
        let model = &self.model;
        self.terminal.draw(|frame| view::view(model, frame))?;
        self.model.dirty = false;
        self.wanted = Wanted::Sometime;
        let mut bytes = self.world.take_bytes();
        bytes.extend(self.bytes.take());
        if bytes.is_empty() {
            return Ok(());
        }
        self.pace.drew(StdInstant::now());
        self.output.frame(&bytes);
        Ok(())
    }
}
