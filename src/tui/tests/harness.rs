//! A front end on a scripted engine: [`Bench`] takes keys and events, answers what the front end asks
//! from a list of rows, and shows the screen as text.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
};

use cloudscope_application::{
    Command, Event as SessionEvent, Reply, SessionError,
    export::FormatInfo,
    message::{
        Completion, CursorId, Group, Grouped, KindWords, Opened, Overview, Relations, RowKey, RunProgress,
        ScopeHealth, SortKey,
    },
    views::SavedViews,
};
use cloudscope_domain::{
    AssetDetail, AssetRow, Category, CoverageState, Incarnation, Moment, Payload, Presence, Relationship,
    Revision, RunId, ScopeKey, StatusClass, Timestamp,
    query::{
        BadTerm, Expr, Has, PresenceTest, Query, Span, Term, TextField, ValueTest, fold, status_matches,
    },
};
use crossterm::event::KeyEvent;
use ratatui::{Terminal, backend::TestBackend};

mod owned;
mod time;

use crate::{
    effect::{Effect, Tag},
    event::Event,
    glyphs::Glyphs,
    keymap::{KeyChord, Keymaps},
    model::Model,
    theme::{Depth, Themes},
    ui::Ui,
    update,
    view::view,
};

pub(super) use time::{Time, change, run};

/// When the tests play.
pub(super) fn now() -> Timestamp {
    "2026-11-21T08:00:00Z".parse().unwrap()
}

/// A front end on a scripted engine.
pub(super) struct Bench {
    pub(super) model: Model,
    /// The inventory as the engine has it now.
    pub(super) rows: Vec<AssetRow>,
    /// Edges that the engine hands out.
    pub(super) edges: Vec<Relationship>,
    /// What the engine calls the kinds.
    pub(super) kinds: Vec<KindWords>,
    /// Scopes that the engine hands out.
    pub(super) health: Vec<ScopeHealth>,
    pub(super) overview: Overview,
    /// What the engine knows of the past.
    pub(super) time: Time,
    /// Effects that are not questions.
    pub(super) done: Vec<Effect>,
    /// Every question, in order.
    pub(super) asked: Vec<Command>,
    /// Every word to the engine for whose answer nobody waits, in order.
    pub(super) told: Vec<Command>,
    /// Questions that wait because answers are held back.
    pub(super) waiting: VecDeque<(Tag, u64, Command)>,
    /// Questions whose answer nobody wanted any more, in order.
    pub(super) dropped: Vec<Tag>,
    /// The views as they are kept, and why they cannot be read.
    pub(super) views: SavedViews,
    pub(super) views_broken: Option<String>,
    hold: bool,
    cursors: HashMap<CursorId, Vec<AssetRow>>,
    next_cursor: u64,
    /// Answers before the scripted engine does.
    pub(super) script: Option<Script>,
}

/// Answers to some questions.
pub(super) type Script = Box<dyn FnMut(&Command) -> Option<Result<Reply, SessionError>>>;

impl Bench {
    /// A front end that has asked for the overview and has no answer yet.
    pub(super) fn opening(size: (u16, u16)) -> Self {
        Self::with_ui(size, |_| {})
    }

    /// The same, with changes to how it looks.
    pub(super) fn with_ui(size: (u16, u16), change: impl FnOnce(&mut Ui)) -> Self {
        let (themes, errors) = Themes::load(&[]);
        assert_eq!(errors, []);
        let (keymaps, errors) = Keymaps::load(&[]);
        assert_eq!(errors, []);
        let mut ui = Ui {
            theme: themes.get("default-dark").unwrap().at(Depth::TrueColor),
            follows: true,
            themes,
            keymap: keymaps.get("default").unwrap().clone(),
            keymaps,
            glyphs: Glyphs::new(false),
            mouse: false,
        };
        change(&mut ui);
        let formats = [("csv", "csv"), ("json", "json"), ("ndjson", "ndjson")];
        let formats = formats.map(|(name, end)| FormatInfo { name: name.into(), extension: end.into() });
        let mut bench = Self {
            model: Model::new(ui, size, now(), formats.to_vec()),
            rows: Vec::new(),
            edges: Vec::new(),
            kinds: Vec::new(),
            health: Vec::new(),
            overview: Overview { ready: false, ..Overview::default() },
            time: Time::default(),
            done: Vec::new(),
            asked: Vec::new(),
            told: Vec::new(),
            waiting: VecDeque::new(),
            dropped: Vec::new(),
            views: SavedViews::default(),
            views_broken: None,
            hold: false,
            cursors: HashMap::new(),
            next_cursor: 0,
            script: None,
        };
        let effects = update::start(&mut bench.model);
        bench.carry_out(effects);
        bench
    }

    /// A front end on an open inventory.
    pub(super) fn ready(size: (u16, u16), rows: Vec<AssetRow>) -> Self {
        let mut bench = Self::opening(size);
        bench.become_ready(rows);
        bench
    }

    /// The store is open from now on.
    pub(super) fn become_ready(&mut self, rows: Vec<AssetRow>) {
        self.rows = rows;
        self.overview = overview(&self.rows);
        self.send(Event::Session(SessionEvent::Ready(Revision(1))));
    }

    /// The engine publishes another inventory.
    pub(super) fn publish(&mut self, rows: Vec<AssetRow>) {
        self.rows = rows;
        let revision = Revision(self.overview.revision.0 + 1);
        self.overview = Overview { revision, ..overview(&self.rows) };
        let total = self.rows.len() as u64;
        self.send(Event::Session(SessionEvent::Published { revision, total }));
    }

    /// A run stands so.
    pub(super) fn progress(&mut self, run: RunProgress) {
        self.send(Event::Session(SessionEvent::Progress(Arc::new(run))));
    }

    /// Presses keys: names as in keymap files, with blanks between. `'text'` types a text.
    pub(super) fn keys(&mut self, keys: &str) -> &mut Self {
        let mut rest = keys.trim_start();
        while !rest.is_empty() {
            // A quote by itself is a key.
            let key = rest == "'" || rest.starts_with("' ");
            if let Some(text) = rest.strip_prefix('\'').filter(|_| !key) {
                let (typed, after) = text.split_once('\'').expect("a text in quotes ends");
                for c in typed.chars() {
                    self.chord(KeyChord::plain(crossterm::event::KeyCode::Char(c)));
                }
                rest = after.trim_start();
                continue;
            }
            let (key, after) = rest.split_once(' ').unwrap_or((rest, ""));
            self.chord(key.parse().unwrap());
            rest = after.trim_start();
        }
        self
    }

    fn chord(&mut self, chord: KeyChord) {
        self.send(Event::Key(KeyEvent::new(chord.code(), chord.modifiers())));
    }

    /// Lets time pass.
    pub(super) fn pause(&mut self, millis: i64) -> &mut Self {
        let now = self.model.clock.plus_millis(millis);
        self.send(Event::Tick(now));
        self
    }

    /// Something happens.
    pub(super) fn send(&mut self, event: Event) {
        let effects = update::update(&mut self.model, event);
        self.carry_out(effects);
    }

    /// Answers are held back from now on.
    pub(super) fn hold(&mut self) -> &mut Self {
        self.hold = true;
        self
    }

    /// The oldest question that waits is answered.
    pub(super) fn answer_one(&mut self) {
        let (tag, generation, command) = self.waiting.pop_front().expect("a question waits");
        let result = self.answer(command);
        self.send(Event::Answer { tag, generation, result });
    }

    /// Everything that waits is answered, and all that follows at once.
    pub(super) fn release(&mut self) -> &mut Self {
        self.hold = false;
        while !self.waiting.is_empty() {
            self.answer_one();
        }
        self
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Ask { tag, generation, command } => {
                    self.asked.push(command.clone());
                    if self.hold {
                        self.waiting.push_back((tag, generation, command));
                    } else {
                        let result = self.answer(command);
                        self.send(Event::Answer { tag, generation, result });
                    }
                }
                Effect::Drop(tag) => {
                    self.waiting.retain(|(waiting, ..)| *waiting != tag);
                    self.dropped.push(tag);
                }
                Effect::Views(order) => {
                    let mut views = self.views.clone();
                    let result = match &self.views_broken {
                        Some(why) => Err(why.clone()),
                        None => order.apply(&mut views).map(|()| views.clone()),
                    };
                    if result.is_ok() {
                        self.views = views;
                    }
                    self.send(Event::Views { order, result });
                }
                Effect::Tell(command) => {
                    self.told.push(command.clone());
                    let told = self.answer(command);
                    assert!(told.is_ok(), "{told:?}");
                }
                other => self.done.push(other),
            }
        }
    }

    /// How many cursors the front end keeps open.
    pub(super) fn open_cursors(&self) -> usize {
        self.cursors.len()
    }

    fn answer(&mut self, command: Command) -> Result<Reply, SessionError> {
        if let Some(result) = self.script.as_mut().and_then(|script| script(&command)) {
            return result;
        }
        Ok(match command {
            Command::Estimate { .. } => Reply::Estimate(Box::default()),
            Command::Prefer { .. } | Command::Follow { .. } => Reply::Done,
            Command::Overview => Reply::Overview(Box::new(self.overview.clone())),
            _ if !self.overview.ready => return Err(SessionError::NotReady),
            Command::Open { query, sort, at } => {
                let query = Query::parse(&query);
                let then = self.time.rows_at(at, &self.rows)?;
                let mut rows: Vec<AssetRow> =
                    then.iter().filter(|row| matches(&query.expr, row)).cloned().collect();
                order(&mut rows, &sort);
                self.opened(rows, query, at)
            }
            Command::Groups { query, by, limit, at } => {
                let query = Query::parse(&query);
                let then = self.time.rows_at(at, &self.rows)?;
                let rows: Vec<&AssetRow> = then.iter().filter(|row| matches(&query.expr, row)).collect();
                Reply::Groups(groups(&rows, by, limit, query.bad, self.model.clock))
            }
            Command::Owned(ask) => {
                let then = self.time.rows_at(ask.at, &self.rows)?;
                Reply::Owned(Box::new(owned::answer(&then, &self.edges, &ask)))
            }
            Command::Kinds => Reply::Kinds(self.kinds.clone()),
            Command::OpenRows { rows, at } => {
                let rows = rows
                    .iter()
                    .filter_map(|key| self.rows.iter().find(|row| RowKey::from(*row) == *key).cloned())
                    .collect();
                self.opened(rows, Query::parse(""), at)
            }
            Command::Window { cursor, start, len, .. } => {
                assert!(len <= 10_000, "a window of {len} rows");
                let rows = self.cursors.get(&cursor).ok_or(SessionError::NoCursor)?;
                let rows = rows.iter().skip(start as usize).take(len as usize).cloned().collect();
                Reply::Rows { start, rows }
            }
            Command::Find { cursor, id } => {
                let rows = self.cursors.get(&cursor).ok_or(SessionError::NoCursor)?;
                Reply::Position(rows.iter().position(|row| row.id == id).map(|at| at as u64))
            }
            Command::Close { cursor } => {
                self.cursors.remove(&cursor);
                Reply::Done
            }
            Command::Get { id, .. } => {
                let edges: Vec<_> =
                    self.edges.iter().filter(|e| e.from == id || e.to == id).cloned().collect();
                let found = self.rows.iter().filter(|row| row.id == id);
                let found = found.map(|row| AssetDetail { relationships: edges.clone(), ..detail(row) });
                Reply::Details(found.collect())
            }
            Command::Relations { id, .. } => {
                let edges: Vec<_> =
                    self.edges.iter().filter(|e| e.from == id || e.to == id).cloned().collect();
                let near = |row: &&AssetRow| {
                    row.id != id && edges.iter().any(|e| e.from == row.id || e.to == row.id)
                };
                Reply::Relations(Box::new(Relations {
                    focus: self.rows.iter().find(|row| row.id == id).cloned(),
                    rows: self.rows.iter().filter(near).cloned().collect(),
                    edges,
                    more: 0,
                    ..Relations::default()
                }))
            }
            Command::Health { .. } => Reply::Health(self.health.clone()),
            Command::Complete { query, position, at: _ } => Reply::Completions(complete(&query, position)),
            Command::Collect { .. } => Reply::Started(RunId(7)),
            Command::Cancel => Reply::Done,
            Command::Changes(ask) => Reply::Changes(Box::new(self.time.changes(&ask))),
            Command::Runs { .. } => Reply::Runs(self.time.runs.clone()),
            Command::Resolve { at } => Reply::Moment(self.time.resolve(at)?),
            Command::CompareAssets { .. } => Reply::Differences(Box::new(self.time.differences.clone())),
            Command::CompareMoments { .. } => Reply::Comparison(Box::new(self.time.comparison.clone())),
            Command::Pin { id, on } => {
                for row in self.rows.iter_mut().filter(|row| row.id == id) {
                    row.pinned = on;
                }
                Reply::Done
            }
            Command::Calls { .. } => Reply::Calls(Vec::new()),
            Command::Strays { .. } => Reply::Strays(Vec::new()),
            other => {
                return Err(SessionError::Bad(format!("the scripted engine has no answer to {other:?}")));
            }
        })
    }

    fn opened(&mut self, rows: Vec<AssetRow>, query: Query, at: Option<Moment>) -> Reply {
        self.next_cursor += 1;
        let cursor = CursorId(self.next_cursor);
        let unknown = rows.iter().filter(|r| matches!(r.presence, Presence::Unknown { .. })).count();
        let opened = Opened {
            past: at.is_some(),
            cursor,
            revision: at.and_then(|at| self.time.resolve(at).ok()).map_or(self.overview.revision, |m| m.0),
            as_of: at.and_then(|at| self.time.resolve(at).ok()).map_or(self.model.clock, |m| m.1),
            total: rows.len() as u64,
            unknown: unknown as u64,
            undecided: 0,
            chips: query.chips,
            bad: query.bad,
            micros: 420,
        };
        self.cursors.insert(cursor, rows);
        Reply::Opened(opened)
    }

    /// The screen as text, without the blanks at the ends of lines.
    pub(super) fn screen(&mut self) -> String {
        let (width, height) = self.model.size;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| view(&self.model, frame)).unwrap();
        self.model.dirty = false;
        let buffer = terminal.backend().buffer();
        let mut out = String::new();
        for y in 0..height {
            let mut line = String::new();
            let mut x = 0;
            while x < width {
                let symbol = buffer[(x, y)].symbol();
                line.push_str(symbol);
                x += (unicode_width::UnicodeWidthStr::width(symbol) as u16).max(1);
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }

    /// The buffer that would be drawn, for looks.
    pub(super) fn buffer(&self) -> ratatui::buffer::Buffer {
        let (width, height) = self.model.size;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| view(&self.model, frame)).unwrap();
        terminal.backend().buffer().clone()
    }

    /// The name under the cursor.
    pub(super) fn selected(&self) -> String {
        self.model.assets.current().map(|row| row.name.to_string()).unwrap_or_default()
    }

    /// What the user was told last.
    pub(super) fn message(&self) -> &str {
        self.model.message.as_ref().map_or("", |m| m.text.as_str())
    }
}

fn overview(rows: &[AssetRow]) -> Overview {
    let unknown = rows.iter().filter(|r| matches!(r.presence, Presence::Unknown { .. })).count() as u64;
    let sources = serde_json::json!([
        { "name": "host", "collector": "host", "options": {} },
        { "name": "aws-prod", "collector": "aws", "options": {} },
    ]);
    Overview {
        ready: true,
        revision: Revision(1),
        total: rows.len() as u64,
        unknown,
        sources: serde_json::from_value(sources).unwrap(),
        coverage: vec![(CoverageState::Ok, 12), (CoverageState::Denied, 2), (CoverageState::Disabled, 3)],
        newest: Some(now().plus_millis(-180_000)),
        oldest: Some((now().plus_millis(-6 * 3_600_000), ScopeKey::new("aws-prod", "ec2:DescribeVolumes"))),
        data_dir: "/var/lib/cloudscope".into(),
        ..Overview::default()
    }
}

pub(super) fn matches(expr: &Expr, row: &AssetRow) -> bool {
    match expr {
        Expr::All => true,
        Expr::And(parts) => parts.iter().all(|part| matches(part, row)),
        Expr::Or(parts) => parts.iter().any(|part| matches(part, row)),
        Expr::Not(part) => !matches(part, row),
        Expr::Term(Term::Text(pattern)) => {
            pattern.matches(&fold(&row.name)) || pattern.matches(&fold(row.id.as_str()))
        }
        Expr::Term(Term::Field(field, patterns)) => {
            let value = match field {
                TextField::Provider => row.provider.as_str(),
                TextField::Kind => row.kind.as_str(),
                TextField::Account => &row.account,
                TextField::Region => &row.region,
                other => panic!("the scripted engine does not know the field {other:?}"),
            };
            patterns.iter().any(|p| p.matches(&fold(value)))
        }
        Expr::Term(Term::Has(Has::Text(TextField::Region))) => !row.region.is_empty(),
        Expr::Term(Term::Has(Has::Prop(path))) => owned::prop(row, path).is_some(),
        Expr::Term(Term::Prop { path, test: ValueTest::Any(values) }) => {
            owned::prop(row, path).is_some_and(|found| values.iter().any(|p| p.matches(&fold(&found))))
        }
        Expr::Term(Term::Tag { key, values }) => {
            row.tags.iter().any(|(k, v)| fold(k) == *key && values.iter().any(|p| p.matches(&fold(v))))
        }
        Expr::Term(Term::Status(part, patterns)) => {
            status_matches(*part, patterns, row.status.as_deref(), row.status_class).unwrap_or(false)
        }
        Expr::Term(Term::Presence(tests)) => tests.iter().any(|test| match (test, &row.presence) {
            (PresenceTest::Present, Presence::Present)
            | (PresenceTest::Unknown, Presence::Unknown { .. }) => true,
            (PresenceTest::Why(wanted), Presence::Unknown { why, .. }) => wanted == why,
            _ => false,
        }),
        Expr::Term(other) => panic!("the scripted engine does not know {other:?}"),
    }
}

fn order(rows: &mut [AssetRow], sort: &[SortKey]) {
    rows.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.id.cmp(&b.id)));
    for key in sort.iter().rev() {
        rows.sort_by(|a, b| {
            let by = match key.column.as_str() {
                "kind" => a.kind.cmp(&b.kind),
                "age" => b.created_at.cmp(&a.created_at),
                path if path.starts_with("prop.") => {
                    owned::number(a, path).total_cmp(&owned::number(b, path))
                }
                _ => a.name.cmp(&b.name),
            };
            if key.descending { by.reverse() } else { by }
        });
    }
}

fn groups(rows: &[&AssetRow], by: Vec<String>, limit: u64, bad: Vec<BadTerm>, as_of: Timestamp) -> Grouped {
    let mut counts: BTreeMap<Vec<Option<Arc<str>>>, Group> = BTreeMap::new();
    for row in rows {
        let values = by.iter().map(|column| match column.as_str() {
            "kind" => Some(row.kind.as_str().into()),
            "region" => Some(Arc::clone(&row.region)).filter(|region| !region.is_empty()),
            "provider" => Some(row.provider.as_str().into()),
            "account" => Some(Arc::clone(&row.account)).filter(|account| !account.is_empty()),
            path if path.starts_with("prop.") => owned::at(row, &path[5..]).map(Into::into),
            "status" => row.status.as_deref().map(Into::into),
            other => row.tags.get(other.strip_prefix("tag.").unwrap()).map(|value| value.as_str().into()),
        });
        let entry = counts.entry(values.collect()).or_default();
        let label = |column: &String| row.account_label.clone().filter(|_| column == "account");
        entry.labels = by.iter().map(label).collect();
        let alike = entry.count == 0 || entry.class == Some(row.status_class);
        entry.class = alike.then_some(row.status_class);
        entry.count += 1;
        entry.unknown += u64::from(matches!(row.presence, Presence::Unknown { .. }));
        entry.errors += u64::from(row.status_class == StatusClass::Error);
        entry.warnings += u64::from(row.status_class == StatusClass::Warning);
    }
    let mut groups: Vec<Group> =
        counts.into_iter().map(|(values, group)| Group { values, ..group }).collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.count));
    let more = groups.len().saturating_sub(limit as usize) as u64;
    groups.truncate(limit as usize);
    let total = rows.len() as u64;
    Grouped { by, groups, total, undecided: 0, more, bad, as_of, revision: Revision(1) }
}

fn complete(query: &str, position: usize) -> Vec<Completion> {
    let start = query[..position].rfind(' ').map_or(0, |at| at + 1);
    let word = &query[start..position];
    let all = [
        ("kind:", "kind, or a part of it", None),
        ("kind:aws.ec2.instance", "", Some(12)),
        ("region:", "", None),
    ];
    all.iter()
        .filter(|(text, _, _)| text.starts_with(word) && *text != word)
        .map(|(text, hint, count)| Completion {
            text: (*text).to_owned(),
            span: Span { start, end: position },
            count: *count,
            hint: (*hint).to_owned(),
        })
        .collect()
}

fn detail(row: &AssetRow) -> AssetDetail {
    let properties = serde_json::json!({
        "InstanceId": row.id.as_str(),
        "InstanceType": "m5.large",
        "Placement": { "AvailabilityZone": "eu-west-1a", "Tenancy": "default" },
    });
    AssetDetail {
        differences: Vec::new(),
        row: AssetRow {
            properties: row.properties.clone().or_else(|| Some(Payload::from_value(&properties))),
            ..row.clone()
        },
        scope: ScopeKey::new(row.source.clone(), "ec2:DescribeInstances").region(row.region.to_string()),
        revision: Revision(4),
        run: RunId(2),
        relationships: Vec::new(),
    }
}

/// A plain row.
pub(super) fn row(name: &str) -> AssetRow {
    AssetRow {
        sources: Vec::new(),
        pinned: false,
        id: format!("arn:aws:ec2:eu-west-1:123456789012:instance/{name}").into(),
        kind: "aws.ec2.instance".parse().unwrap(),
        category: Category::Compute,
        provider: "aws".into(),
        account: "prod".into(),
        account_label: None,
        region: "eu-west-1".into(),
        zone: "eu-west-1a".into(),
        name: name.into(),
        status: Some("running".into()),
        status_class: StatusClass::Ok,
        tags: [("env", "prod"), ("owner", "web")].map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
        addresses: vec!["10.0.0.7".into()],
        presence: Presence::Present,
        first_seen: now().plus_millis(-30 * 86_400_000),
        last_seen: Some(now().plus_millis(-180_000)),
        changed_at: now().plus_millis(-2 * 86_400_000),
        created_at: Some(now().plus_millis(-40 * 86_400_000)),
        source: "aws-prod".into(),
        incarnation: Incarnation::default(),
        declares: None,
        properties: None,
    }
}

/// `web-000`, `web-001`, ...
pub(super) fn numbered(n: usize) -> Vec<AssetRow> {
    (0..n).map(|i| row(&format!("web-{i:03}"))).collect()
}
