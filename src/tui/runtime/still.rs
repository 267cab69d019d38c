//! A screen as text, without a terminal: the same engine, model and picture as ever, drawn once when
//! nothing is on its way any more. Looks only: nothing is collected or followed because of it.

use std::time::Duration;

use cloudscope_application::Command;
use ratatui::{Terminal, backend::TestBackend};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout_at},
};
use unicode_width::UnicodeWidthStr;

use super::{BOUND, FrontEnd, clock, effects::World, inputs, look};
use crate::{
    effect::Effect, event::Event, keymap::Screen, model::Model, terminal::surroundings::Surroundings, update,
    view::view,
};

/// As long as this nothing may have come before it is drawn.
const QUIET: Duration = Duration::from_millis(50);
/// A store that is not open, or an engine that never falls silent, is waited for at the most this long.
const PATIENCE: Duration = Duration::from_secs(60);

/// The screens that can be asked for.
pub const SCREENS: [Screen; 7] = [
    Screen::Assets,
    Screen::Tree,
    Screen::Relationships,
    Screen::Collectors,
    Screen::Changes,
    Screen::Export,
    Screen::Views,
];

/// Draws a screen of so many columns and rows and returns its lines.
///
/// # Errors
/// When the store cannot be asked within a minute; trying again may help.
pub async fn snapshot(front: FrontEnd, screen: Screen, size: (u16, u16)) -> Result<String, String> {
    let around = Surroundings::read(true);
    let (ui, troubles) = look(&front, around);
    let mut model = Model::new(ui, size, clock(), front.exports.formats());
    model.estate.trouble.extend(troubles);
    let (events, inbox) = mpsc::channel(BOUND);
    let said = tokio::spawn(inputs::engine(events.clone(), front.session.events()));
    let world = World::new(front.session, front.exports, front.views, None, events, around);
    let mut still = Still { model, world, inbox, deadline: Instant::now() + PATIENCE };
    let effects = update::start(&mut still.model);
    let drawn = still.draw(effects, screen).await;
    said.abort();
    drawn
}

struct Still {
    model: Model,
    world: World,
    inbox: mpsc::Receiver<Event>,
    deadline: Instant,
}

impl Still {
    async fn draw(&mut self, effects: Vec<Effect>, screen: Screen) -> Result<String, String> {
        self.carry_out(effects);
        self.settle().await?;
        let effects = update::go_to(&mut self.model, screen);
        self.carry_out(effects);
        self.settle().await?;
        picture(&self.model)
    }

    /// Takes in what comes until nothing is on its way.
    async fn settle(&mut self) -> Result<(), String> {
        loop {
            self.take_in(Event::Tick(clock()));
            let ready = self.model.estate.ready();
            let quiet = ready && !self.model.awaits_anything();
            let until = if quiet { (Instant::now() + QUIET).min(self.deadline) } else { self.deadline };
            match timeout_at(until, self.inbox.recv()).await {
                Ok(Some(event)) => {
                    if let Event::Answer { tag, generation, .. } = &event {
                        self.world.answered(*tag, *generation);
                    }
                    self.take_in(event);
                }
                Err(_) if ready => return Ok(()),
                Ok(None) | Err(_) => return Err("the store was not open in time; try again".to_owned()),
            }
        }
    }

    fn take_in(&mut self, event: Event) {
        let effects = update::update(&mut self.model, event);
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            // Who looks once wants nothing to be followed.
            if !matches!(effect, Effect::Tell(Command::Follow { .. })) {
                self.world.carry_out(effect);
            }
        }
    }
}

/// What is drawn, line by line.
fn picture(model: &Model) -> Result<String, String> {
    let (width, height) = model.size;
    let mut terminal = Terminal::new(TestBackend::new(width, height)).map_err(|error| error.to_string())?;
    terminal.draw(|frame| view(model, frame)).map_err(|error| error.to_string())?;
    let buffer = terminal.backend().buffer();
    let mut out = String::new();
    for y in 0..height {
        let start = out.len();
        let mut x = 0;
        while x < width {
            let symbol = buffer[(x, y)].symbol();
            out.push_str(symbol);
            x += u16::try_from(symbol.width()).unwrap_or(1).max(1);
        }
        out.truncate(start + out[start..].trim_end().len());
        out.push('\n');
    }
    Ok(out)
}
