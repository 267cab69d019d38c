//! How a kind is listed and then followed: what is said next and asked for next, after each thing that comes.
//!
//! Pure: no clock, no connection, no JSON. `T` is an object, whatever it is made of. The rules are those of
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/>: a list is as of one version, a watch tells
//! what came after a version, and a server forgets old versions (410).
//!
//! ```text
//! Listing --last page--> Watching --410--> Listing or Streaming
//! Streaming --mark of the end--> Watching
//! ```

pub(crate) mod seen;

use seen::{Seen, UNKNOWN};

/// So often a list that the server lost in the middle is begun again by pages; then it is asked for whole.
const PAGED_TRIES: u32 = 2;
/// So often everything is asked for through a watch that ends before it said all.
const STREAMED_TRIES: u32 = 2;
/// So many watches in a row without a word make it list again, of a kind whose watches spoke when nothing happened ...
const SILENT: u32 = 2;
/// ... and of one whose watches never did.
const MUTE: u32 = 8;
/// So many lines in a row that are no events make it list again.
const GARBLED: u32 = 3;

/// An object, by the number that stands for it and its version.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Object<T> {
    /// Stands for its uid, or for its name where it has none.
    pub(crate) id: u64,
    /// It has a uid: what is deleted never comes back under the same number.
    pub(crate) unique: bool,
    /// As a number; [`UNKNOWN`] where it is none.
    pub(crate) version: u64,
    pub(crate) body: T,
}

/// What comes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Input<T> {
    /// A page of the list.
    Page { objects: Vec<Object<T>>, version: String, next: Option<String>, remaining: Option<u64> },
    /// The watch is open.
    Opened,
    /// Added or modified.
    Upsert(Object<T>),
    /// Deleted, as it was last.
    Delete(Object<T>),
    /// Everything up to that version was told; `whole`: everything that was there at the beginning, too.
    Bookmark { version: String, whole: bool },
    /// Nothing came for a moment.
    Quiet,
    /// The stream is given up: since it was opened, and for longer than a server is silent, nothing came.
    Silent,
    /// The stream ended or broke off; what was half sent is thrown away.
    Ended,
    /// A line that is no event.
    Garbled,
    /// The version or the token is too old: 410, as a status or in the stream.
    Expired,
    /// The server does not take this question.
    Unsupported,
    /// The question was not answered.
    Failed,
}

/// What is said.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Output<T> {
    Begin,
    Expect(u64),
    Upsert(T),
    Delete(T),
    Resume,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// A page of the list: the first, or the one of a token. Not by pages: all at once.
    List { paged: bool, token: Option<String> },
    /// What happens after a version.
    Watch { version: String },
    /// Everything there is, then what happens.
    Stream,
    /// The next of what is open.
    Read,
}

/// What follows from what came.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step<T> {
    pub(crate) say: Vec<Output<T>>,
    pub(crate) ask: Ask,
    /// Not at once: something went wrong.
    pub(crate) pause: bool,
}

#[derive(Clone, Debug)]
enum State {
    Listing { begun: bool, token: Option<String>, tries: u32 },
    Streaming { tries: u32 },
    Watching { open: bool, heard: bool, settled: bool },
}

/// One kind in one place, listed and followed.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    state: State,
    version: String,
    /// As of which version everything was listed: what happened up to there is known.
    floor: u64,
    seen: Seen,
    streams: bool,
    garbled: u32,
    /// Questions in a row that the server lost.
    lost: u32,
    /// Watches in a row without a word.
    silent: u32,
    /// A watch spoke though nothing happened.
    speaks: bool,
}

impl Machine {
    /// From nothing: lists. `streams`: the server can send everything through a watch.
    pub(crate) fn new(streams: bool) -> Self {
        let state = State::Listing { begun: false, token: None, tries: 0 };
        Self {
            state,
            version: String::new(),
            floor: UNKNOWN,
            seen: Seen::default(),
            streams,
            garbled: 0,
            lost: 0,
            silent: 0,
            speaks: false,
        }
    }

    /// From where a whole listing ended.
    pub(crate) fn from(version: String, seen: Seen, streams: bool) -> Self {
        let state = State::Watching { open: false, heard: false, settled: false };
        let floor = number(&version).unwrap_or(UNKNOWN);
        Self { state, version, floor, seen, ..Self::new(streams) }
    }

    /// What to ask first.
    pub(crate) fn first(&self) -> Ask {
        match &self.state {
            State::Listing { token, tries, .. } => Self::page(token.clone(), *tries),
            State::Streaming { .. } => Ask::Stream,
            State::Watching { .. } => Ask::Watch { version: self.version.clone() },
        }
    }

    /// Everything is being sent through a watch.
    pub(crate) fn is_streaming(&self) -> bool {
        matches!(self.state, State::Streaming { .. })
    }

    /// Everything was listed or told up to a version, and it is known which.
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self.state, State::Watching { .. })
    }

    /// Whether the server is known, or still thought, to send everything through a watch.
    pub(crate) fn streams(&self) -> bool {
        self.streams
    }

    /// Point and versions, to go on from there later; `None` in the middle of a listing.
    pub(crate) fn into_point(mut self) -> Option<(String, Seen)> {
        self.seen.settle();
        (self.is_whole() && !self.version.is_empty()).then_some((self.version, self.seen))
    }

    /// How many objects there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.seen.len()
    }

    /// Lists again by pages, as something that cannot be watched is.
    pub(crate) fn relist(&mut self) -> Ask {
        self.state = State::Listing { begun: false, token: None, tries: 0 };
        self.first()
    }

    /// Takes what came.
    pub(crate) fn step<T>(&mut self, input: Input<T>) -> Step<T> {
        if !matches!(input, Input::Garbled | Input::Ended | Input::Failed | Input::Opened | Input::Quiet) {
            self.garbled = 0;
        }
        match input {
            Input::Page { objects, version, next, remaining } => {
                self.listed(objects, version, next, remaining)
            }
            Input::Opened => self.opened(),
            Input::Upsert(object) => self.upsert(object),
            Input::Delete(object) => self.delete(object),
            Input::Bookmark { version, whole } => self.bookmark(version, whole),
            Input::Quiet => {
                let say = self.settle();
                self.go_on(say)
            }
            Input::Silent => self.silent(),
            Input::Ended => self.ended(),
            Input::Garbled => {
                self.garbled += 1;
                if self.garbled >= GARBLED && self.is_whole() {
                    self.garbled = 0;
                    return self.anew(true);
                }
                Step { say: Vec::new(), ask: self.first(), pause: true }
            }
            Input::Expired => self.expired(),
            Input::Unsupported => {
                if matches!(self.state, State::Streaming { .. }) {
                    return self.list_instead();
                }
                if self.is_whole() { self.anew(true) } else { self.again(true) }
            }
            Input::Failed => self.unanswered(),
        }
    }

    /// A server may open a stream of everything and then say, each time, that it cannot: what fails again and again
    /// there is asked for as a list. That is no reason not to try it later.
    fn unanswered<T>(&mut self) -> Step<T> {
        if let State::Streaming { tries } = &mut self.state {
            *tries += 1;
            if *tries >= STREAMED_TRIES {
                return Step { say: Vec::new(), ask: self.relist(), pause: true };
            }
        }
        self.again(true)
    }

    fn listed<T>(
        &mut self,
        objects: Vec<Object<T>>,
        version: String,
        next: Option<String>,
        remaining: Option<u64>,
    ) -> Step<T> {
        let State::Listing { begun, tries, .. } = self.state.clone() else {
            // A page that nobody waits for.
            return self.again(false);
        };
        let mut say = Vec::with_capacity(objects.len() + 2);
        if !begun {
            // Of what was known nothing holds any more: the server may have been set back to an older state.
            self.seen = Seen::default();
            self.floor = UNKNOWN;
            say.push(Output::Begin);
            if let Some(remaining) = remaining {
                say.push(Output::Expect(objects.len() as u64 + remaining));
            }
        }
        for object in objects {
            self.seen.set(object.id, object.version);
            say.push(Output::Upsert(object.body));
        }
        let next = next.filter(|token| !token.is_empty());
        if next.is_some() {
            self.state = State::Listing { begun: true, token: next.clone(), tries };
            return Step { say, ask: Self::page(next, tries), pause: false };
        }
        self.seen.settle();
        self.floor = number(&version).unwrap_or(UNKNOWN);
        self.version = version;
        self.lost = 0;
        say.push(Output::Resume);
        self.state = State::Watching { open: false, heard: false, settled: true };
        Step { say, ask: self.first(), pause: false }
    }

    fn opened<T>(&mut self) -> Step<T> {
        match &mut self.state {
            State::Streaming { .. } => {
                self.seen = Seen::default();
                self.floor = UNKNOWN;
                Step { say: vec![Output::Begin], ask: Ask::Read, pause: false }
            }
            State::Watching { open, heard, settled } => {
                (*open, *heard, *settled) = (true, false, false);
                Step { say: Vec::new(), ask: Ask::Read, pause: false }
            }
            State::Listing { .. } => self.again(false),
        }
    }

    fn upsert<T>(&mut self, object: Object<T>) -> Step<T> {
        let mut say = Vec::new();
        if self.is_stray(&object) {
            return self.anew(true);
        }
        if self.is_news(&object) {
            self.seen.set(object.id, object.version);
            say.push(Output::Upsert(object.body));
        }
        self.hear(object.version);
        self.go_on(say)
    }

    fn is_news<T>(&self, object: &Object<T>) -> bool {
        if self.is_buried(object) {
            return false;
        }
        let known = self.seen.get(object.id).unwrap_or(UNKNOWN);
        known == UNKNOWN || object.version == UNKNOWN || object.version > known
    }

    fn is_buried<T>(&self, object: &Object<T>) -> bool {
        self.seen
            .buried(object.id)
            .is_some_and(|buried| object.unique || (object.version != UNKNOWN && object.version <= buried))
    }

    /// News from before the list, which should have had it: either this comes late by far, or versions of
    /// lists and of objects are no measure for each other on this server. A list tells.
    fn is_stray<T>(&self, object: &Object<T>) -> bool {
        object.version != UNKNOWN
            && object.version <= self.floor
            && self.seen.get(object.id).is_none_or(|known| known != UNKNOWN && known < object.version)
            && !self.is_buried(object)
    }

    fn delete<T>(&mut self, object: Object<T>) -> Step<T> {
        let mut say = Vec::new();
        let known = self.seen.get(object.id);
        let older = |known: u64| known != UNKNOWN && object.version != UNKNOWN && object.version < known;
        // The name may have a new bearer by now; a uid never has.
        if object.unique || !known.is_some_and(older) {
            self.seen.bury(object.id, object.version);
            self.seen.remove(object.id);
            if known.is_some() {
                say.push(Output::Delete(object.body));
            }
        }
        self.hear(object.version);
        self.go_on(say)
    }

    fn bookmark<T>(&mut self, version: String, whole: bool) -> Step<T> {
        match self.state {
            State::Streaming { .. } if whole => {
                self.seen.settle();
                self.floor = number(&version).unwrap_or(UNKNOWN);
                self.version = version;
                self.lost = 0;
                self.state = State::Watching { open: true, heard: true, settled: true };
                Step { say: vec![Output::Resume], ask: Ask::Read, pause: false }
            }
            State::Watching { .. } => {
                if let (Some(now), Some(then)) = (number(&version), number(&self.version))
                    && now < then
                {
                    // The server was set back to an older state: what it tells from here on is no longer
                    // about what we know.
                    return self.anew(true);
                }
                self.version = version;
                self.lost = 0;
                (self.silent, self.speaks) = (0, true);
                self.state = State::Watching { open: true, heard: true, settled: true };
                Step { say: vec![Output::Resume], ask: Ask::Read, pause: false }
            }
            State::Streaming { .. } | State::Listing { .. } => self.go_on(Vec::new()),
        }
    }

    /// An event with this version came.
    fn hear(&mut self, version: u64) {
        if let State::Watching { heard, settled, .. } = &mut self.state {
            (*heard, *settled) = (true, false);
            (self.lost, self.silent) = (0, 0);
            // Late events do not set it back.
            if version != UNKNOWN && number(&self.version).is_none_or(|known| version > known) {
                self.version = version.to_string();
            }
        }
    }

    /// Everything that was sent was said.
    fn settle<T>(&mut self) -> Vec<Output<T>> {
        match &mut self.state {
            State::Watching { open: true, settled, .. } if !*settled => {
                *settled = true;
                vec![Output::Resume]
            }
            _ => Vec::new(),
        }
    }

    fn go_on<T>(&self, say: Vec<Output<T>>) -> Step<T> {
        let ask = match &self.state {
            State::Listing { .. } => self.first(),
            State::Streaming { .. } | State::Watching { .. } => Ask::Read,
        };
        Step { say, ask, pause: false }
    }

    fn ended<T>(&mut self) -> Step<T> {
        let pause = match &mut self.state {
            State::Watching { open, heard, .. } => {
                let fruitless = !*heard;
                *open = false;
                fruitless
            }
            // A server that does not know the question may send everything and never say that it did.
            State::Streaming { tries } if *tries + 1 >= STREAMED_TRIES => return self.list_instead(),
            State::Streaming { tries } => {
                *tries += 1;
                true
            }
            State::Listing { .. } => true,
        };
        self.again(pause)
    }

    /// A server that was set back to an older state, by a backup, tells nothing to who goes on from a version that
    /// it has not reached yet: neither events nor that there are none.
    fn silent<T>(&mut self) -> Step<T> {
        self.silent += 1;
        if self.is_whole() && self.silent >= if self.speaks { SILENT } else { MUTE } {
            self.silent = 0;
            return self.anew(false);
        }
        self.ended()
    }

    fn expired<T>(&mut self) -> Step<T> {
        self.lost += 1;
        match self.state.clone() {
            State::Listing { tries, .. } => {
                // Begin anew: what was listed and what comes may not be of one state.
                let tries = tries + 1;
                self.state = State::Listing { begun: false, token: None, tries };
                Step { say: Vec::new(), ask: self.first(), pause: self.lost > 1 }
            }
            State::Streaming { .. } => self.unanswered(),
            State::Watching { .. } => self.anew(self.lost > 1),
        }
    }

    /// Everything anew, through a watch where the server can.
    fn anew<T>(&mut self, pause: bool) -> Step<T> {
        self.state = if self.streams {
            State::Streaming { tries: 0 }
        } else {
            State::Listing { begun: false, token: None, tries: 0 }
        };
        Step { say: Vec::new(), ask: self.first(), pause }
    }

    /// The server does not send everything through a watch.
    fn list_instead<T>(&mut self) -> Step<T> {
        self.streams = false;
        Step { say: Vec::new(), ask: self.relist(), pause: false }
    }

    /// The same question again.
    fn again<T>(&self, pause: bool) -> Step<T> {
        Step { say: Vec::new(), ask: self.first(), pause }
    }

    fn page(token: Option<String>, tries: u32) -> Ask {
        Ask::List { paged: tries < PAGED_TRIES, token }
    }
}

/// A version as a number, where it is one.
pub(crate) fn number(version: &str) -> Option<u64> {
    version.parse().ok().filter(|n| *n != UNKNOWN)
}

#[cfg(test)]
mod tests;
