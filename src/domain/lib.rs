//! The words of CloudScope as types: asset, kind, scope, coverage, presence, relationship, change, query.
//!
//! Pure data and pure functions. Knows nothing of tokio, of stores, of terminals or of any provider's
//! SDK; strings are parsed here, once, into types that cannot be wrong.

pub mod asset;
pub mod attempt;
pub mod change;
pub mod counter;
pub mod coverage;
pub mod declarable;
pub mod difference;
pub mod id;
pub mod kind;
pub mod moment;
mod name;
pub mod neighbours;
pub mod packed;
pub mod payload;
pub mod pin;
pub mod presence;
pub mod query;
pub mod record;
pub mod redact;
pub mod relationship;
pub mod row;
pub mod run;
pub mod scope;
pub mod sighting;
pub mod source;
pub mod text;
pub mod time;

pub use asset::{Asset, Status, StatusClass};
pub use attempt::Attempt;
pub use change::{Change, ChangeKind};
pub use counter::{Revision, RunId};
pub use coverage::{Coverage, CoverageState, Effort, ScopeState, Unseen};
pub use difference::Difference;
pub use id::{AssetId, AssetKey, Incarnation, RecordKey, RecordName};
pub use kind::{Category, Kind};
pub use moment::{BadMoment, Moment};
pub use packed::{PackedRow, PackedRows};
pub use payload::Payload;
pub use pin::Pin;
pub use presence::{Gone, Presence, Proof, UnknownWhy};
pub use query::Query;
pub use record::Record;
pub use relationship::{Evidence, Reference, Relation, Relationship, Selection, Tags, Target, Test, Want};
pub use row::{AssetDetail, AssetRow};
pub use run::RunRecord;
pub use scope::{ListingMode, Scope, ScopeKey};
pub use sighting::Sighting;
pub use source::SourceName;
pub use time::Timestamp;
