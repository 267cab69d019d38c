//! Whatever a server and the way to it do, what was said ends equal to a fresh list, and nothing is gone
//! without proof.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proptest::prelude::*;

use super::*;

/// An object of the model: who, and as of which version.
type Body = (u64, u64);

#[derive(Clone, Copy, Debug, PartialEq)]
enum What {
    There,
    Deleted,
}

/// A server with a memory, that answers as the dice fall.
struct Server {
    log: Vec<(u64, u64, What)>,
    unique: bool,
    numeric: bool,
    /// It can tell what came after this version, and no earlier one.
    oldest: u64,
    names: [Option<u64>; 5],
    /// Ids given out.
    next_id: u64,
    /// The list that is being read page by page: its version, what is left.
    listing: Option<(u64, VecDeque<Body>)>,
    /// The stream that is open: what comes next of the log, and what comes before that.
    stream: Option<(usize, VecDeque<Input<Body>>)>,
    initial: bool,
}

impl Server {
    fn new(unique: bool, numeric: bool) -> Self {
        Self {
            log: Vec::new(),
            unique,
            numeric,
            oldest: 0,
            names: [None; 5],
            next_id: 100,
            listing: None,
            stream: None,
            initial: false,
        }
    }

    fn version(&self) -> u64 {
        self.log.last().map_or(1, |(version, ..)| *version)
    }

    fn text(&self, version: u64) -> String {
        if self.numeric { version.to_string() } else { format!("v{version}") }
    }

    fn read(text: &str) -> u64 {
        text.trim_start_matches('v').parse().unwrap()
    }

    /// Creates, changes or deletes the object of a name.
    fn change(&mut self, name: usize, delete: bool) {
        let version = self.version() + 1;
        match (self.names[name], delete) {
            (Some(id), true) => {
                self.log.push((version, id, What::Deleted));
                self.names[name] = None;
            }
            (Some(id), false) => self.log.push((version, id, What::There)),
            (None, true) => {}
            (None, false) => {
                // A new uid, or the name once more.
                let id = if self.unique { self.next_id } else { name as u64 + 1 };
                self.next_id += 1;
                self.names[name] = Some(id);
                self.log.push((version, id, What::There));
            }
        }
    }

    fn state(&self) -> BTreeMap<u64, u64> {
        let mut state = BTreeMap::new();
        for (version, id, what) in &self.log {
            match what {
                What::There => state.insert(*id, *version),
                What::Deleted => state.remove(id),
            };
        }
        state
    }

    fn object(&self, (id, version): Body) -> Object<Body> {
        let known = if self.numeric { version } else { UNKNOWN };
        Object { id, unique: self.unique, version: known, body: (id, version) }
    }

    fn event(&self, at: usize) -> Input<Body> {
        let (version, id, what) = self.log[at];
        match what {
            What::There => Input::Upsert(self.object((id, version))),
            What::Deleted => Input::Delete(self.object((id, version))),
        }
    }

    fn answer(&mut self, ask: &Ask, dice: u8) -> Input<Body> {
        match ask {
            Ask::List { token, paged } => self.list(token.is_some(), *paged, dice),
            Ask::Watch { version } => self.watch(Self::read(version), dice),
            Ask::Stream => self.everything(dice),
            Ask::Read => self.next(dice),
        }
    }

    fn list(&mut self, goes_on: bool, paged: bool, dice: u8) -> Input<Body> {
        if dice.is_multiple_of(11) {
            return Input::Failed;
        }
        if goes_on && (dice.is_multiple_of(7) || self.listing.is_none()) {
            self.listing = None;
            return Input::Expired;
        }
        if !goes_on {
            self.listing = Some((self.version(), self.state().into_iter().collect()));
        }
        let Some((version, mut left)) = self.listing.take() else { panic!("no list is being read") };
        let size = if paged { 1 + usize::from(dice) % 3 } else { usize::MAX };
        let page: Vec<Body> = left.drain(..size.min(left.len())).collect();
        let remaining = Some(left.len() as u64).filter(|_| !left.is_empty());
        let next = remaining.map(|_| "token".to_owned());
        if next.is_some() {
            self.listing = Some((version, left));
        }
        let objects = page.into_iter().map(|body| self.object(body)).collect();
        Input::Page { objects, version: self.text(version), next, remaining }
    }

    fn watch(&mut self, version: u64, dice: u8) -> Input<Body> {
        if dice.is_multiple_of(13) {
            return Input::Failed;
        }
        let mut before = VecDeque::new();
        if version < self.oldest {
            if dice.is_multiple_of(2) {
                return Input::Expired;
            }
            before.push_back(Input::Expired);
        }
        let at = self.log.partition_point(|(v, ..)| *v <= version);
        self.stream = Some((at, before));
        self.initial = false;
        Input::Opened
    }

    fn everything(&mut self, dice: u8) -> Input<Body> {
        if dice.is_multiple_of(13) {
            return Input::Failed;
        }
        if dice.is_multiple_of(17) {
            return Input::Unsupported;
        }
        let objects = self.state();
        let mut before: VecDeque<Input<Body>> =
            objects.into_iter().map(|body| Input::Upsert(self.object(body))).collect();
        before.push_back(Input::Bookmark { version: self.text(self.version()), whole: true });
        self.stream = Some((self.log.len(), before));
        self.initial = true;
        Input::Opened
    }

    fn next(&mut self, dice: u8) -> Input<Body> {
        let Some((at, before)) = &mut self.stream else { panic!("no stream is open") };
        let at = *at;
        // Two that changed places come one right after the other.
        let together = !self.initial && !before.is_empty();
        if !together {
            match dice % 16 {
                0 => {
                    self.stream = None;
                    return Input::Ended;
                }
                1 => {
                    self.stream = None;
                    return Input::Garbled;
                }
                2 => {
                    self.stream = None;
                    return Input::Expired;
                }
                3 => return Input::Quiet,
                4 if !self.initial && at > 0 && self.numeric => {
                    return self.event(usize::from(dice / 16) % at);
                }
                5 if !self.initial && at + 1 < self.log.len() && self.numeric => {
                    let (second, first) = (self.event(at + 1), self.event(at));
                    self.stream = Some((at + 2, VecDeque::from([first])));
                    return second;
                }
                6 if !self.initial => {
                    let version = if at == 0 { 1 } else { self.log[at - 1].0 };
                    return Input::Bookmark { version: self.text(version), whole: false };
                }
                _ => {}
            }
        }
        if let Some((_, before)) = &mut self.stream
            && let Some(input) = before.pop_front()
        {
            if matches!(input, Input::Bookmark { .. }) {
                self.initial = false;
            }
            if input == Input::Expired {
                self.stream = None;
            }
            return input;
        }
        if at < self.log.len() {
            self.stream = Some((at + 1, VecDeque::new()));
            return self.event(at);
        }
        if dice.is_multiple_of(2) {
            self.stream = None;
            return Input::Ended;
        }
        Input::Quiet
    }
}

/// What the engine makes of what is said.
#[derive(Default)]
struct Engine {
    held: BTreeMap<u64, u64>,
    listed: Option<BTreeSet<u64>>,
    resumed: bool,
}

impl Engine {
    fn take(&mut self, say: Vec<Output<Body>>, server: &Server) {
        let deleted = |id: u64| server.log.iter().any(|(_, i, what)| *i == id && *what == What::Deleted);
        for output in say {
            self.resumed = false;
            match output {
                Output::Begin => self.listed = Some(BTreeSet::new()),
                Output::Expect(_) => {}
                Output::Upsert((id, version)) => {
                    if server.numeric {
                        let held = self.held.get(&id).copied().unwrap_or_default();
                        assert!(version >= held, "an older state undoes a newer one");
                    }
                    self.held.insert(id, version);
                    if let Some(listed) = &mut self.listed {
                        listed.insert(id);
                    }
                }
                Output::Delete((id, _)) => {
                    assert!(deleted(id), "deleted without an event that says so");
                    self.held.remove(&id);
                }
                Output::Resume => {
                    self.resumed = true;
                    if let Some(listed) = self.listed.take() {
                        let gone: Vec<u64> =
                            self.held.keys().copied().filter(|id| !listed.contains(id)).collect();
                        for id in gone {
                            assert!(deleted(id), "gone, though it was never deleted");
                            self.held.remove(&id);
                        }
                    }
                }
            }
        }
    }
}

fn run(unique: bool, numeric: bool, streams: bool, dice: Vec<(u8, u8, u8)>) {
    let mut server = Server::new(unique, numeric);
    let mut machine = Machine::new(streams);
    let mut engine = Engine::default();
    let mut ask = machine.first();
    for (change, forget, answer) in dice {
        if change < 140 {
            server.change(usize::from(change) % 5, change >= 100);
        }
        if forget < 12 {
            server.oldest = server.version().saturating_sub(u64::from(forget) / 4);
        }
        let torn = server.stream.as_ref().is_some_and(|(_, before)| !before.is_empty());
        if forget == 255
            && !torn
            && let Some((version, seen)) = machine.clone().into_point()
        {
            // Another run goes on from where this one was.
            machine = Machine::from(version, seen, machine.streams());
            server.stream = None;
            ask = machine.first();
        }
        let step = machine.step(server.answer(&ask, answer));
        engine.take(step.say, &server);
        ask = step.ask;
    }
    // From here on all goes well.
    for _ in 0..2_000 {
        let done = ask == Ask::Read
            && engine.resumed
            && server
                .stream
                .as_ref()
                .is_some_and(|(at, before)| *at == server.log.len() && before.is_empty());
        if done {
            break;
        }
        let step = machine.step(server.answer(&ask, 9 + 16));
        if !step.say.is_empty() {
            engine.take(step.say, &server);
        }
        ask = step.ask;
    }
    assert_eq!(ask, Ask::Read, "it does not come to rest");
    assert!(engine.listed.is_none(), "a list is left open");
    assert_eq!(engine.held, server.state());
    assert_eq!(machine.len(), engine.held.len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn it_ends_equal_to_a_fresh_list(
        unique: bool,
        numeric in prop::bool::weighted(0.8),
        streams: bool,
        dice in prop::collection::vec(any::<(u8, u8, u8)>(), 0..120),
    ) {
        run(unique, numeric, streams, dice);
    }
}

fn object(id: u64, version: u64) -> Object<Body> {
    Object { id, unique: true, version, body: (id, version) }
}

fn page(ids: &[u64], version: u64, next: Option<&str>) -> Input<Body> {
    Input::Page {
        objects: ids.iter().map(|id| object(*id, version)).collect(),
        version: version.to_string(),
        next: next.map(str::to_owned),
        remaining: next.map(|_| 5),
    }
}

#[test]
fn pages_then_a_watch() {
    let mut machine = Machine::new(false);
    assert_eq!(machine.first(), Ask::List { paged: true, token: None });
    let step = machine.step(page(&[1], 10, Some("t")));
    assert_eq!(step.say, [Output::Begin, Output::Expect(6), Output::Upsert((1, 10))]);
    assert_eq!(step.ask, Ask::List { paged: true, token: Some("t".into()) });
    let step = machine.step(page(&[2], 10, None));
    assert_eq!(step.say, [Output::Upsert((2, 10)), Output::Resume]);
    assert_eq!(step.ask, Ask::Watch { version: "10".into() });
    assert_eq!(machine.step::<Body>(Input::Opened).ask, Ask::Read);
    assert_eq!(machine.step(Input::Upsert(object(2, 12))).say, [Output::Upsert((2, 12))]);
    assert_eq!(machine.step(Input::Upsert(object(2, 11))).say, []);
    assert_eq!(machine.step::<Body>(Input::Quiet).say, [Output::Resume]);
    assert_eq!(machine.step::<Body>(Input::Quiet).say, []);
    let step = machine.step::<Body>(Input::Ended);
    assert_eq!((step.ask, step.pause), (Ask::Watch { version: "12".into() }, false));
}

#[test]
fn a_list_that_is_lost_in_the_middle_begins_again_and_then_comes_whole() {
    let mut machine = Machine::new(true);
    machine.step(page(&[1], 10, Some("t")));
    let step = machine.step::<Body>(Input::Expired);
    assert_eq!(step.ask, Ask::List { paged: true, token: None });
    assert_eq!(machine.step(page(&[1], 12, Some("u"))).say[0], Output::Begin);
    assert_eq!(machine.step::<Body>(Input::Expired).ask, Ask::List { paged: false, token: None });
}

#[test]
fn a_forgotten_version_lists_anew_by_the_best_way() {
    let watching = |streams| Machine::from("10".into(), Seen::default(), streams);
    let mut machine = watching(true);
    assert_eq!(machine.step::<Body>(Input::Expired).ask, Ask::Stream);
    let step = machine.step::<Body>(Input::Unsupported);
    assert_eq!(step.ask, Ask::List { paged: true, token: None });
    assert!(!machine.streams());
    assert_eq!(watching(false).step::<Body>(Input::Expired).ask, Ask::List { paged: true, token: None });
}

#[test]
fn a_server_that_never_says_that_it_sent_everything_is_listed() {
    let mut machine = Machine::from("10".into(), Seen::default(), true);
    assert_eq!(machine.step::<Body>(Input::Expired).ask, Ask::Stream);
    for ask in [Ask::Stream, Ask::List { paged: true, token: None }] {
        assert_eq!(machine.step::<Body>(Input::Opened).say, [Output::Begin]);
        machine.step(Input::Upsert(object(1, 11)));
        assert_eq!(machine.step::<Body>(Input::Ended).ask, ask);
    }
    assert!(!machine.streams());
}

#[test]
fn news_from_before_the_list_is_not_believed_but_looked_into() {
    let mut machine = Machine::new(false);
    machine.step(page(&[1], 10, None));
    machine.step::<Body>(Input::Opened);
    assert_eq!(machine.step(Input::Upsert(object(1, 9))).ask, Ask::Read);
    let step = machine.step(Input::Upsert(object(2, 9)));
    assert_eq!((step.say.len(), step.ask), (0, Ask::List { paged: true, token: None }));
}

#[test]
fn a_server_that_was_set_back_is_listed_anew() {
    let mut machine = Machine::from("10".into(), Seen::default(), false);
    machine.step::<Body>(Input::Opened);
    let step = machine.step::<Body>(Input::Bookmark { version: "7".into(), whole: false });
    assert_eq!(step.ask, Ask::List { paged: true, token: None });
}

#[test]
fn a_stream_that_never_says_anything_is_not_asked_again_at_once() {
    let mut machine = Machine::from("10".into(), Seen::default(), false);
    machine.step::<Body>(Input::Opened);
    assert!(machine.step::<Body>(Input::Ended).pause);
}

#[test]
fn lines_that_are_no_events_lead_to_a_new_list() {
    let mut machine = Machine::from("10".into(), Seen::default(), false);
    for _ in 0..2 {
        assert_eq!(machine.step::<Body>(Input::Garbled).ask, Ask::Watch { version: "10".into() });
        machine.step::<Body>(Input::Opened);
    }
    assert_eq!(machine.step::<Body>(Input::Garbled).ask, Ask::List { paged: true, token: None });
}

#[test]
fn in_the_middle_of_a_list_there_is_no_point_to_go_on_from() {
    let mut machine = Machine::new(false);
    machine.step(page(&[1], 10, Some("t")));
    assert!(!machine.is_whole());
    assert!(machine.clone().into_point().is_none());
    machine.step(page(&[2], 10, None));
    assert_eq!(machine.into_point().unwrap().0, "10");
}

/// As of version 100, with nothing in it.
fn whole() -> Machine {
    let mut machine = Machine::new(false);
    let page: Input<Body> =
        Input::Page { objects: Vec::new(), version: "100".into(), next: None, remaining: None };
    machine.step(page);
    machine
}

#[test]
fn who_goes_on_from_a_version_that_a_restored_server_has_not_reached_lists_again() {
    // Such a server holds back what it has before that version, and says nothing: etcd set back by a backup.
    let mut machine = whole();
    machine.step::<Body>(Input::Opened);
    machine.step::<Body>(Input::Bookmark { version: "110".into(), whole: false });
    for silent in 1..=SILENT {
        machine.step::<Body>(Input::Opened);
        let ask = machine.step::<Body>(Input::Silent).ask;
        let lists = matches!(ask, Ask::List { token: None, .. });
        assert_eq!(lists, silent == SILENT, "{ask:?}");
    }
    let fresh = Object { id: 7, unique: true, version: 60, body: (7, 60) };
    let page = Input::Page { objects: vec![fresh], version: "60".into(), next: None, remaining: None };
    assert_eq!(machine.step(page).say, [Output::Begin, Output::Upsert((7, 60)), Output::Resume]);
    // From there on older versions than before are news.
    machine.step::<Body>(Input::Opened);
    let next = Object { id: 8, unique: true, version: 61, body: (8, 61) };
    assert_eq!(machine.step(Input::Upsert(next)).say, [Output::Upsert((8, 61))]);
}

#[test]
fn what_is_heard_between_shows_that_a_silent_watch_is_only_quiet() {
    let mut machine = whole();
    for n in 0..20 {
        machine.step::<Body>(Input::Opened);
        let ask = machine.step::<Body>(Input::Silent).ask;
        assert!(matches!(ask, Ask::Watch { .. }), "{n}: {ask:?}");
        machine.step::<Body>(Input::Opened);
        machine.step::<Body>(Input::Bookmark { version: (101 + n).to_string(), whole: false });
        machine.step::<Body>(Input::Ended);
    }
    // Of a server that never speaks while nothing happens it takes longer.
    let mut mute = whole();
    let asks = (0..MUTE).map(|_| {
        mute.step::<Body>(Input::Opened);
        mute.step::<Body>(Input::Silent).ask
    });
    let lists: Vec<bool> = asks.map(|ask| matches!(ask, Ask::List { .. })).collect();
    assert_eq!(lists.iter().position(|lists| *lists), Some(MUTE as usize - 1), "{lists:?}");
}

#[test]
fn a_stream_of_everything_that_fails_again_and_again_is_asked_for_as_a_list() {
    // A newer API server on an etcd of version 3.4 opens it, and says 500 then: it cannot tell when it said all.
    for failure in [Input::<Body>::Failed, Input::Expired] {
        let mut machine = Machine::from("100".into(), Seen::default(), true);
        assert_eq!(machine.step::<Body>(Input::Expired).ask, Ask::Stream);
        let mut asks = Vec::new();
        for _ in 0..STREAMED_TRIES {
            assert_eq!(machine.step::<Body>(Input::Opened).say, [Output::Begin]);
            asks.push(machine.step(failure.clone()).ask);
        }
        assert_eq!(asks.pop(), Some(Ask::List { paged: true, token: None }));
        assert!(asks.iter().all(|ask| *ask == Ask::Stream), "{asks:?}");
        let fresh = Object { id: 7, unique: true, version: 120, body: (7, 120) };
        let page = Input::Page { objects: vec![fresh], version: "130".into(), next: None, remaining: None };
        assert_eq!(machine.step(page).say, [Output::Begin, Output::Upsert((7, 120)), Output::Resume]);
        // It is tried once more when that is needed.
        assert_eq!(machine.step::<Body>(Input::Expired).ask, Ask::Stream);
    }
}
