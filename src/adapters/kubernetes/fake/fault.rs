//! What can be made to go wrong, and when.

use std::time::Duration;

/// Which requests a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// All of them.
    Any,
    /// `/version`, `/api`, `/apis` and below.
    Discovery,
    /// Every page of a list.
    List,
    /// Pages after the first.
    NextPage,
    /// A watch.
    Watch,
    /// One object.
    Get,
}

/// How it goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The connection is closed instead of an answer.
    Drop,
    /// Half of the answer, then the connection is closed.
    Cut,
    /// A Status object.
    Status {
        /// HTTP status.
        code: u16,
        /// `Expired`, `InternalError`, ...
        reason: &'static str,
        /// In words.
        message: &'static str,
        /// Seconds after which one may ask again.
        retry_after: Option<u32>,
    },
    /// A proxy's page.
    Html(u16),
    /// Status 200, and something that is no JSON.
    Garbage,
    /// The answer takes so long.
    Slow(Duration),
    /// A whole list without anything in it.
    Empty,
    /// The continue tokens that were given out so far are too old.
    ExpiredPages,
    /// In a watch: the connection is closed after so many events.
    CutAfter(usize),
    /// In a watch: the stream ends well after so many events.
    EndAfter(usize),
    /// In a watch: the connection is closed in the middle of the line after so many events.
    HalfLineAfter(usize),
    /// In a watch: after so many events comes an error that says 410.
    GoneAfter(usize),
    /// In a watch: after so many events comes a line that is no JSON.
    GarbageAfter(usize),
    /// In a watch: every event comes twice.
    Twice,
    /// In a watch: each two events come in the wrong order.
    Disorder,
    /// In a watch: neither events nor bookmarks come, and it stays open.
    Silent,
    /// In a watch: bookmarks bear a version from long ago.
    StaleBookmark,
    /// In a watch: a line of so many bytes without an end, then nothing more.
    LongLine(usize),
}

/// What goes wrong where, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// `pods`, `deployments.apps`; everything without one.
    pub resource: Option<String>,
    /// Which requests.
    pub call: Call,
    /// That many requests go well before.
    pub after: usize,
    /// That many requests go wrong then.
    pub times: usize,
    /// How.
    pub fault: Fault,
}

impl Rule {
    /// Every such request of a resource goes wrong.
    #[must_use]
    pub fn always(resource: &str, call: Call, fault: Fault) -> Self {
        Self { resource: Some(resource.to_owned()), call, after: 0, times: usize::MAX, fault }
    }

    /// The next such request of a resource goes wrong.
    #[must_use]
    pub fn once(resource: &str, call: Call, fault: Fault) -> Self {
        Self { times: 1, ..Self::always(resource, call, fault) }
    }

    /// For every resource.
    #[must_use]
    pub fn everywhere(self) -> Self {
        Self { resource: None, ..self }
    }
}

/// The first rule that is about a request; uses it up.
pub(crate) fn next(rules: &mut [Rule], resource: &str, call: Call) -> Option<Fault> {
    for rule in rules {
        let meant = match rule.call {
            Call::Any => true,
            Call::List => matches!(call, Call::List | Call::NextPage),
            other => other == call,
        };
        if !meant || rule.resource.as_ref().is_some_and(|r| r != resource) {
            continue;
        }
        if rule.after > 0 {
            rule.after -= 1;
        } else if rule.times > 0 {
            rule.times = rule.times.saturating_sub(usize::from(rule.times != usize::MAX));
            return Some(rule.fault.clone());
        }
    }
    None
}
