//! `Command` in, `Reply` and `Event` out: plain data, the same for a front end in this process and
//! for a visitor on the owner's socket.

mod explain;
mod following;
mod groups;
mod history;
mod kinds;
mod operations;
mod owned;
mod progress;
mod waiting;

use std::{collections::BTreeMap, sync::Arc};

use cloudscope_domain::{
    AssetDetail, AssetId, AssetRow, Attempt, CoverageState, Incarnation, Kind, Moment, PackedRows,
    Relationship, Revision, RunId, RunRecord, ScopeKey, SourceName, Timestamp, neighbours::Direction,
    query::BadTerm, query::Span,
};
use cloudscope_ports::{CheckReport, CompactReport, Finding, PruneReport, StoreInfo};
// Plain data that messages carry, for clients, which know no port.
pub use cloudscope_ports::{CallRecord, CallResult, Discovered, HookState, Operation, SourceSpec};
use serde::{Deserialize, Serialize};

pub use explain::{ExplainStep, Explanation, Stray};
pub use following::{Following, Still};
pub use groups::{Group, Grouped};
pub use history::{ChangeCount, ChangeGroup, ChangesAsk, ChangesPage, Comparison, Differences};
pub use kinds::KindWords;
pub use operations::{CallTotal, Circuit, CircuitState, Estimate, Grant, Grants, LogLine, Planned};
pub use owned::{Head, Owned, OwnedAsk, Under};
pub use progress::{Phase, RunProgress, ScopeHealth, ScopeProgress};
pub use waiting::{Obstacle, Waiting};

/// The version of these messages; a visitor and an owner that differ do not talk.
pub const PROTOCOL_VERSION: u32 = 8;

/// Names an open cursor of one client.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CursorId(pub u64);

/// One column of an order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SortKey {
    /// A column name: `name`, `kind`, `age`, `status`, `region`, `account`, `provider`, `id`, `source`,
    /// `created_at`, `changed_at`, `last_seen`, `tags.KEY`, ...
    pub column: String,
    /// Largest first.
    pub descending: bool,
}

/// What a client asks.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case")]
pub enum Command {
    /// Counts, sources, coverage in short: row 1 of every screen. -> `Reply::Overview`
    Overview,
    /// Opens a cursor on the rows that match, pinned to the newest snapshot. -> `Reply::Opened`
    Open {
        /// The filter as typed. Bad terms are reported and left out.
        query: String,
        /// The order; empty for by name.
        sort: Vec<SortKey>,
        /// As of then, instead of now.
        #[serde(default)]
        at: Option<Moment>,
    },
    /// Opens a cursor on exactly these rows, in this order; those no longer there are left out. -> `Reply::Opened`
    OpenRows {
        /// Which rows.
        rows: Vec<RowKey>,
        /// As of then, instead of now.
        #[serde(default)]
        at: Option<Moment>,
    },
    /// How many of the things that match bear each combination of values. -> `Reply::Groups`
    Groups {
        /// The filter as typed. Bad terms are reported and left out.
        query: String,
        /// The columns to count by: those of [`SortKey`], several for combinations.
        by: Vec<String>,
        /// At most so many groups; the rest is counted.
        limit: u64,
        /// As of then, instead of now.
        #[serde(default)]
        at: Option<Moment>,
    },
    /// The things of a place by who owns whom. -> `Reply::Owned`
    Owned(OwnedAsk),
    /// What people call the kinds that there are, and how a list of each begins. -> `Reply::Kinds`
    Kinds,
    /// Rows `start..start+len` of a cursor. -> `Reply::Rows`
    Window {
        /// Which cursor.
        cursor: CursorId,
        /// First row.
        start: u64,
        /// How many; at most 10,000.
        len: u64,
        /// Fill in the payloads (reads the store).
        properties: bool,
    },
    /// The same rows side by side, for an export; fewer where their payloads are large. -> `Reply::Batch`
    Batch {
        /// Which cursor.
        cursor: CursorId,
        /// First row.
        start: u64,
        /// How many; at most 10,000.
        len: u64,
        /// Fill in the payloads (reads the store).
        properties: bool,
        /// Rows that nobody needs any more: their memory is used again. Stays on this side of a wire.
        #[serde(skip)]
        room: PackedRows,
    },
    /// Where a row stands in a cursor now, so that a selection survives. -> `Reply::Position`
    Find {
        /// Which cursor.
        cursor: CursorId,
        /// Which asset.
        id: AssetId,
    },
    /// Forgets a cursor. -> `Reply::Done`
    Close {
        /// Which cursor.
        cursor: CursorId,
    },
    /// Every record about an asset, with its payload and edges. -> `Reply::Details`
    Get {
        /// Which asset: an id, or an alias that only one asset bears.
        id: AssetId,
        /// As of then, instead of now.
        #[serde(default)]
        at: Option<Moment>,
    },
    /// The edges around an asset. -> `Reply::Relations`
    Relations {
        /// The focus.
        id: AssetId,
        /// Which way.
        direction: Direction,
        /// How many steps, 1 to 8.
        depth: u8,
        /// At most so many edges; the rest is counted.
        limit: u64,
        /// As of then, instead of now.
        #[serde(default)]
        at: Option<Moment>,
    },
    /// One row per scope. -> `Reply::Health`
    Health {
        /// As of then, instead of now.
        #[serde(default)]
        at: Option<Moment>,
        /// With how the last attempts went, which may have to be read from the store scope by scope.
        #[serde(default)]
        attempts: bool,
    },
    /// What became different. -> `Reply::Changes`
    Changes(ChangesAsk),
    /// What is different between two accounts of one asset, or of two. -> `Reply::Differences`
    CompareAssets {
        /// One side: an asset at a moment (now, when there is none).
        left: (AssetId, Option<Moment>),
        /// The other.
        right: (AssetId, Option<Moment>),
    },
    /// What is different between two moments as a whole. -> `Reply::Comparison`
    CompareMoments {
        /// The earlier.
        from: Moment,
        /// The later; now, when there is none.
        to: Option<Moment>,
        /// Only assets that match this at either moment.
        filter: String,
        /// At most so many rows of each sort; the rest is counted.
        limit: u64,
    },
    /// Past attempts at a scope, newest first. -> `Reply::Attempts`
    Attempts {
        /// Which scope.
        scope: ScopeKey,
        /// At most so many.
        limit: u64,
    },
    /// The revision that a moment means, for labels. -> `Reply::Moment`
    Resolve {
        /// Which moment.
        at: Moment,
    },
    /// The newest runs. -> `Reply::Runs`
    Runs {
        /// At most so many.
        limit: u64,
    },
    /// The call ledger, newest first. -> `Reply::Calls`
    Calls {
        /// At most so many.
        limit: u64,
    },
    /// The call ledger summed up per identity and operation, most calls first. -> `Reply::CallTotals`
    CallTotals {
        /// Only calls after this moment.
        since: Option<Moment>,
    },
    /// The smallest grants that would fix the denials that were seen. -> `Reply::Grants`
    Grants,
    /// The newest lines of the log, oldest first. -> `Reply::Log`
    Log {
        /// At most so many.
        limit: u64,
    },
    /// How the hooks fare. -> `Reply::Hooks`
    Hooks,
    /// Calls and time that a run would take. -> `Reply::Estimate`
    Estimate {
        /// Which sources; empty for all.
        sources: Vec<SourceSpec>,
        /// Only scopes whose last attempt was not whole.
        failed_only: bool,
    },
    /// The scopes of these rows are on screen: they go first of what waits. -> `Reply::Done`
    Prefer {
        /// A cursor of the client.
        cursor: CursorId,
        /// First row on screen.
        start: u64,
        /// Rows on screen.
        len: u64,
    },
    /// Sets a pin, or takes it off. -> `Reply::Done`
    Pin {
        /// On which asset.
        id: AssetId,
        /// Set it.
        on: bool,
    },
    /// A source is collected no more. -> `Reply::Removed`
    RemoveSource {
        /// Which.
        source: SourceName,
        /// What becomes of its records.
        records: Records,
    },
    /// Lets go of history by the configured retention, now. -> `Reply::Pruned`
    Prune,
    /// Makes the store as small on disk as what is in it, while everything else goes on. -> `Reply::Compacted`
    Compact,
    /// How a query is answered, step by step. -> `Reply::Explained`
    Explain {
        /// The filter as typed. Bad terms are reported and left out.
        query: String,
        /// The order; empty for by name.
        sort: Vec<SortKey>,
        /// As of then, instead of now.
        #[serde(default)]
        at: Option<Moment>,
    },
    /// What a query names that nothing bears, so that it can match nothing. -> `Reply::Strays`
    Strays {
        /// The filter as typed. Bad terms are left out.
        query: String,
        /// As of then, instead of now.
        #[serde(default)]
        at: Option<Moment>,
    },
    /// What can follow the text before the cursor, with counts. -> `Reply::Completions`
    Complete {
        /// The filter as typed.
        query: String,
        /// Byte position of the text cursor.
        position: usize,
        /// From what was there then, instead of now.
        #[serde(default)]
        at: Option<Moment>,
    },
    /// Starts a run. Empty: all sources; else source names, which may have to be added first. -> `Reply::Started`
    Collect {
        /// Which sources.
        sources: Vec<SourceSpec>,
        /// Only scopes whose last attempt was not whole.
        failed_only: bool,
        /// Only these scopes; empty for all of the sources.
        #[serde(default)]
        scopes: Vec<ScopeKey>,
    },
    /// Stops the run. -> `Reply::Done`
    Cancel,
    /// From now on scopes are followed once they were listed, as far as their collectors can; or no longer.
    /// Where none of those sources was listed by this process yet, a run of them is started. -> `Reply::Done`
    Follow {
        /// Follow them.
        on: bool,
    },
    /// Facts about the store. -> `Reply::Store`
    StoreInfo,
    /// Verifies the store. -> `Reply::Check`
    StoreCheck,
}

/// What becomes of the records of a source that is removed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Records {
    /// They stay, as unknown.
    Keep,
    /// They leave the inventory; history still has them.
    Forget,
}

/// Row 1 of every screen.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Overview {
    /// The store is open and everything in it is searchable.
    pub ready: bool,
    /// The estate is made up.
    pub demo: bool,
    /// The process that owns the store is another one.
    pub remote: bool,
    /// The newest revision.
    pub revision: Revision,
    /// Assets that are not gone.
    pub total: u64,
    /// Of which it is not known whether they still exist.
    pub unknown: u64,
    /// The sources that are collected.
    pub sources: Vec<SourceSpec>,
    /// What was found that could be collected, now or by a later version.
    pub discovered: Vec<Discovered>,
    /// Scopes by state.
    pub coverage: Vec<(CoverageState, u64)>,
    /// The last good time of the freshest scope.
    pub newest: Option<Timestamp>,
    /// The last good time of the stalest scope, and which it is.
    pub oldest: Option<(Timestamp, ScopeKey)>,
    /// The run under way.
    pub run: Option<RunProgress>,
    /// Damage found when the store was opened.
    pub findings: Vec<Finding>,
    /// Where the store is.
    pub data_dir: String,
    /// Something that the user should know and can mend (disk full, ledger unwritable).
    pub trouble: Vec<String>,
    /// The writer cannot write; `trouble` says so as well.
    #[serde(default)]
    pub waiting: Option<Waiting>,
    /// The oldest revision that `--at` can answer, and its time.
    #[serde(default)]
    pub known_since: Option<(Revision, Timestamp)>,
    /// Tombstones.
    #[serde(default)]
    pub gone: u64,
    /// Circuit breakers that are not closed.
    #[serde(default)]
    pub circuits: Vec<Circuit>,
    /// What is collected by itself, and when next.
    #[serde(default)]
    pub schedule: Vec<Planned>,
    /// Kinds whose listing and mapping nothing was held against yet.
    #[serde(default)]
    pub unverified: Vec<Kind>,
    /// What people call accounts, by id, where something names them.
    #[serde(default)]
    pub accounts: BTreeMap<String, String>,
    /// Where the calls of sources go and by which way, a line each, where that is not the provider's usual one.
    #[serde(default)]
    pub ways: BTreeMap<SourceName, Vec<String>>,
    /// Following is switched on: since when, and what it brought in all scopes together.
    #[serde(default)]
    pub follows: Option<Following>,
    /// How many scopes are followed.
    #[serde(default)]
    pub followed: u64,
    /// The sources of which scopes are followed.
    #[serde(default)]
    pub live: Vec<SourceName>,
    /// The scopes of those that are not, now: what they hold is as of the last time that it was read.
    #[serde(default)]
    pub still: Vec<Still>,
}

/// The edges around an asset.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Relations {
    /// The focus, if the inventory has it.
    pub focus: Option<AssetRow>,
    /// Edges, those nearest first.
    pub edges: Vec<Relationship>,
    /// The rows of the other ends that are in the inventory.
    pub rows: Vec<AssetRow>,
    /// Edges left out for the limit.
    pub more: u64,
    /// Scopes that should have been read and were not read whole, so that edges may be missing.
    pub gaps: u64,
    /// Scopes that are switched off: what they hold is not known, and nobody wants to.
    #[serde(default)]
    pub off: u64,
}

/// One proposal of completion.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Completion {
    /// Replaces the bytes of `span`.
    pub text: String,
    /// What it replaces.
    pub span: Span,
    /// Assets it would match, when that is cheap to know.
    pub count: Option<u64>,
    /// A few words on what it is.
    pub hint: String,
}

/// A cursor was opened.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Opened {
    /// Its name.
    pub cursor: CursorId,
    /// The revision it is pinned to.
    pub revision: Revision,
    /// The time of that revision.
    pub as_of: Timestamp,
    /// The view is of the past.
    #[serde(default)]
    pub past: bool,
    /// Rows that match.
    pub total: u64,
    /// Of which presence is unknown.
    pub unknown: u64,
    /// Rows that neither match nor fail because the value asked about is not known.
    pub undecided: u64,
    /// Terms as understood.
    pub chips: Vec<(Span, String)>,
    /// Terms not understood.
    pub bad: Vec<BadTerm>,
    /// Time of the query in microseconds.
    pub micros: u64,
}

/// The answer to a command.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "reply", content = "value", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is named after the command that it answers")]
pub enum Reply {
    Done,
    Overview(Box<Overview>),
    Opened(Opened),
    Groups(Grouped),
    Owned(Box<Owned>),
    Kinds(Vec<KindWords>),
    Rows { start: u64, rows: Vec<AssetRow> },
    Batch(PackedRows),
    Position(Option<u64>),
    Details(Vec<AssetDetail>),
    Relations(Box<Relations>),
    Health(Vec<ScopeHealth>),
    Changes(Box<ChangesPage>),
    Differences(Box<Differences>),
    Comparison(Box<Comparison>),
    Attempts(Vec<Attempt>),
    Moment((Revision, Timestamp)),
    CallTotals(Vec<CallTotal>),
    Grants(Grants),
    Log(Vec<LogLine>),
    Hooks(Vec<HookState>),
    Estimate(Box<Estimate>),
    Removed(u64),
    Pruned(PruneReport),
    Compacted(CompactReport),
    Runs(Vec<RunRecord>),
    Calls(Vec<CallRecord>),
    Explained(Box<Explanation>),
    Strays(Vec<Stray>),
    Completions(Vec<Completion>),
    Started(RunId),
    Store(StoreInfo),
    Check(CheckReport),
}

/// What happened, unasked.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "event", content = "value", rename_all = "kebab-case")]
pub enum Event {
    /// The store is open and searchable.
    Ready(Revision),
    /// A new snapshot can be queried.
    Published {
        /// Its revision.
        revision: Revision,
        /// Assets in it that are not gone.
        total: u64,
    },
    /// The run under way, or the one that just ended, stands so. Sent at most ten times a second.
    Progress(Arc<RunProgress>),
    /// A filter looks into payloads, which takes its time. Sent at most ten times a second.
    Looking {
        /// The filter as typed.
        query: String,
        /// Payloads that were read.
        looked: u64,
        /// Payloads that have to be, as far as is known.
        of: u64,
    },
    /// Something a user should know and can mend.
    Trouble(String),
    /// These troubles are over.
    Mended(Vec<String>),
    /// What was found that could be collected.
    Discovered(Vec<Discovered>),
    /// Events were lost because this client did not keep up; ask again.
    Lagged,
    /// The owner of the store goes away.
    Closing,
    /// The owner of the store went away, and the next one is looked for. Said by a `link::Relay`, never sent.
    Parted,
    /// The next one answers from now on: cursors of before mean nothing to it. Said by a `link::Relay`, never sent.
    Reattached,
}

/// A record as a client names it.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct RowKey {
    /// Asset id.
    pub id: AssetId,
    /// Incarnation.
    pub incarnation: Incarnation,
    /// Source.
    pub source: SourceName,
}

impl From<&AssetRow> for RowKey {
    fn from(row: &AssetRow) -> Self {
        Self { id: row.id.clone(), incarnation: row.incarnation.clone(), source: row.source.clone() }
    }
}
