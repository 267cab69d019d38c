//! All that the front end knows, as plain data: what the engine said, what the user chose, where
//! both stand. Changed only by `update`, read by `view`.
//!
//! Knows nothing of terminals, tasks or sessions; time and size come in as events.

pub(crate) mod assets;
pub(crate) mod changes;
pub(crate) mod collectors;
pub(crate) mod columns;
pub(crate) mod comparison;
pub(crate) mod doctor;
pub(crate) mod document;
pub(crate) mod estate;
pub(crate) mod export;
pub(crate) mod facts;
pub(crate) mod fuzzy;
pub(crate) mod groups;
pub(crate) mod history;
pub(crate) mod kinds;
pub(crate) mod layout;
pub(crate) mod line;
pub(crate) mod message;
pub(crate) mod offer;
pub(crate) mod overlay;
pub(crate) mod page;
pub(crate) mod palette;
pub(crate) mod past;
pub(crate) mod relationships;
pub(crate) mod sorting;
pub(crate) mod strays;
pub(crate) mod tree;
pub(crate) mod views;
pub(crate) mod waiting;

use std::collections::HashMap;

use cloudscope_application::{Command, export::FormatInfo, message::CursorId};
use cloudscope_domain::{Moment, Timestamp};

use crate::{
    effect::{Effect, Tag},
    keymap::{Action, Context, Focus, KeyChord, Mode, Screen},
    page::Page,
    ui::Ui,
};

use self::{
    assets::Assets,
    changes::Changes,
    collectors::Collectors,
    doctor::Terminal,
    estate::Estate,
    export::Export,
    groups::Groups,
    history::{History, Place},
    kinds::Kinds,
    layout::Layout,
    message::Message,
    overlay::Overlay,
    past::{Past, Then},
    relationships::Relationships,
    strays::Strays,
    tree::Tree,
    views::Views,
    waiting::Looking,
};

/// The keys that may follow a prefix are listed after this, in milliseconds.
pub(crate) const WHICH_KEY: i64 = 400;

/// All that the front end knows.
#[derive(Debug)]
pub(crate) struct Model {
    /// Columns and rows of the terminal.
    pub(crate) size: (u16, u16),
    /// The last tick.
    pub(crate) clock: Timestamp,
    /// The time that ages are reckoned to: moves in steps, so that an idle screen sends nothing.
    pub(crate) ages_at: Timestamp,
    /// Something that shows has changed.
    pub(crate) dirty: bool,
    /// Theme, keymap, signs.
    pub(crate) ui: Ui,
    /// What is known of the terminal.
    pub(crate) terminal: Terminal,
    /// What the engine said of the whole.
    pub(crate) estate: Estate,
    /// The screen that shows.
    pub(crate) screen: Screen,
    /// The screens below it.
    pub(crate) trail: Vec<Screen>,
    /// The pane that has the keys.
    pub(crate) focus: Focus,
    /// What lies over the screen, the topmost last.
    pub(crate) overlays: Vec<Overlay>,
    /// Keys pressed so far of a longer binding, and since when.
    pub(crate) prefix: Vec<KeyChord>,
    /// When the last key of the prefix was pressed.
    pub(crate) prefix_since: Timestamp,
    /// What the user should read now.
    pub(crate) message: Option<Message>,
    /// The last ctrl-c.
    pub(crate) interrupted: Option<Timestamp>,
    /// Where the user was.
    pub(crate) history: History,
    /// Commands typed before, newest last.
    pub(crate) commands: Vec<String>,
    /// The moment that the screens show.
    pub(crate) past: Past,
    /// Screen 1.
    pub(crate) assets: Assets,
    /// How far a filter is that looks into payloads.
    pub(crate) looking: Option<Looking>,
    /// What the filter names and nothing bears.
    pub(crate) strays: Strays,
    /// The page of before, until live rows are here.
    pub(crate) page: Option<Page>,
    /// Pages are kept for the next start.
    pub(crate) keeps_page: bool,
    /// When a page was kept last, or might have been, and of what: cursor, first row, selected row.
    pub(crate) page_kept: (Timestamp, Option<(CursorId, u64, u64)>),
    /// The assets, counted.
    pub(crate) groups: Groups,
    /// The filter of a group that was opened, and the place that it was opened from.
    pub(crate) drilled: Option<(String, Place)>,
    /// What people call the kinds.
    pub(crate) kinds: Kinds,
    /// A list that is to be gone to, and the word after it that may be a namespace.
    pub(crate) namespace: Option<(String, String)>,
    /// Screen 8.
    pub(crate) views: Views,
    /// Screen 2.
    pub(crate) tree: Tree,
    /// Screen 3.
    pub(crate) relationships: Relationships,
    /// Screen 4.
    pub(crate) collectors: Collectors,
    /// Screen 5.
    pub(crate) changes: Changes,
    /// Screen 6.
    pub(crate) export: Export,
    /// The newest generation of each question, and whether its answer is still to come.
    asked: HashMap<Tag, Asked>,
}

/// The newest generation of a question.
#[derive(Clone, Copy, Debug)]
struct Asked {
    generation: u64,
    /// Its answer is still to come.
    waiting: bool,
    since: Timestamp,
}

impl Model {
    /// A front end that has heard nothing yet.
    pub(crate) fn new(ui: Ui, size: (u16, u16), clock: Timestamp, formats: Vec<FormatInfo>) -> Self {
        Self {
            size,
            clock,
            ages_at: clock,
            dirty: true,
            ui,
            terminal: Terminal::default(),
            estate: Estate::default(),
            screen: Screen::Assets,
            trail: Vec::new(),
            focus: Focus::Main,
            overlays: Vec::new(),
            prefix: Vec::new(),
            prefix_since: clock,
            message: None,
            interrupted: None,
            history: History::default(),
            commands: Vec::new(),
            past: Past::default(),
            assets: Assets::default(),
            looking: None,
            strays: Strays::default(),
            page: None,
            keeps_page: false,
            page_kept: (clock, None),
            groups: Groups::default(),
            drilled: None,
            kinds: Kinds::default(),
            namespace: None,
            views: Views::default(),
            tree: Tree::default(),
            relationships: Relationships::default(),
            collectors: Collectors::default(),
            changes: Changes::default(),
            export: Export::new(formats),
            asked: HashMap::new(),
        }
    }

    /// An effect that asks; whatever was asked before under this tag is stale from now on.
    pub(crate) fn ask(&mut self, tag: Tag, command: Command) -> Effect {
        let generation = self.asked.get(&tag).map_or(0, |asked| asked.generation) + 1;
        self.asked.insert(tag, Asked { generation, waiting: true, since: self.clock });
        Effect::Ask { tag, generation, command }
    }

    /// Whether an answer is the one that is waited for; from now on it no longer is.
    pub(crate) fn settle(&mut self, tag: Tag, generation: u64) -> bool {
        match self.asked.get_mut(&tag) {
            Some(asked) if asked.generation == generation && asked.waiting => {
                asked.waiting = false;
                true
            }
            _ => false,
        }
    }

    /// Whether an answer is still to come.
    pub(crate) fn waiting(&self, tag: Tag) -> bool {
        self.waiting_since(tag).is_some()
    }

    /// Whether any answer is still to come.
    pub(crate) fn awaits_anything(&self) -> bool {
        self.asked.values().any(|asked| asked.waiting)
    }

    /// Since when an answer is waited for.
    pub(crate) fn waiting_since(&self, tag: Tag) -> Option<Timestamp> {
        self.asked.get(&tag).filter(|asked| asked.waiting).map(|asked| asked.since)
    }

    /// Makes whatever was asked under this tag stale.
    pub(crate) fn forget(&mut self, tag: Tag) {
        if let Some(asked) = self.asked.get_mut(&tag) {
            asked.waiting = false;
        }
    }

    /// Where a key would be pressed now.
    pub(crate) fn context(&self) -> Context {
        let mode = match self.overlays.last() {
            Some(overlay) => overlay.mode(),
            None if self.screen == Screen::Assets && self.assets.anchor.is_some() => Mode::Visual,
            None => Mode::Normal,
        };
        Context {
            screen: self.screen,
            mode,
            focus: if self.layout().detail.is_some() { self.focus } else { Focus::Main },
            running: self.estate.running() || self.export.running(),
            marks: !self.assets.marks.is_empty(),
        }
    }

    /// Whether an action does anything for what is read, where something is; elsewhere the context says enough.
    pub(crate) fn acts(&self, action: Action) -> bool {
        match self.overlays.iter().rev().find(|overlay| !matches!(overlay, Overlay::Help(_))) {
            Some(Overlay::Document(doc)) => doc.acts(action),
            _ => true,
        }
    }

    /// Where everything stands on the screen.
    pub(crate) fn layout(&self) -> Layout {
        let detail = self.screen == Screen::Assets && self.assets.show_detail;
        let layout = Layout::new(self.size, detail, self.assets.detail_full);
        if self.past.looked_at() { layout.with_timeline() } else { layout }
    }

    /// The moment that the engine is asked about; `None` for now.
    pub(crate) fn at(&self) -> Option<Moment> {
        self.past.at.map(Then::moment)
    }

    /// Everything that shows changes as the things do.
    pub(crate) fn live(&self) -> bool {
        if self.past.looked_at() {
            return false;
        }
        match self.screen {
            Screen::Assets => {
                let (top, rows) = (self.assets.top, self.layout().table_rows());
                let here = (top..(top + rows).min(self.assets.total())).filter_map(|n| self.assets.row(n));
                let mut here = here.peekable();
                here.peek().is_some() && here.all(|row| self.estate.is_row_live(row))
            }
            // A branch stands for what is below it.
            Screen::Tree => {
                let sources = self.tree.sources();
                !sources.is_empty() && sources.into_iter().all(|source| self.estate.is_all_live(source))
            }
            _ => false,
        }
    }

    /// Says something to the user.
    pub(crate) fn say(&mut self, message: Message) {
        self.message = Some(message);
        self.dirty = true;
    }
}
