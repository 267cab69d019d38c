//! The use cases: plan and run collections, ingest what they see, answer queries from the index,
//! serve the owner's socket, export.
//!
//! Knows the ports, never an adapter; knows nothing of terminals, sled or any SDK.

mod background;
pub mod budget;
mod collect;
pub mod engine;
pub mod export;
mod follow;
mod gate;
mod grants;
mod hub;
mod ingest;
mod kept;
mod limits;
pub mod link;
pub mod message;
mod plan;
mod pulse;
mod room;
mod row;
pub mod schedule;
pub mod session;
mod task;
pub mod views;

pub use background::stand_back;
pub use budget::Needs;
pub use cloudscope_index::sort_columns;
pub use engine::{Engine, EngineParts, LogTail, StoreOpener};
pub use gate::gate;
pub use limits::{GateLimits, Limits, RetentionPolicy};
pub use message::{Command, Event, Reply};
pub use schedule::{BadRule, Rule, Schedule, ScheduleEntry};
pub use session::{Session, SessionError};
pub use views::{SavedView, SavedViews, ViewShelf};
