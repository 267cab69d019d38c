//! When a source is collected by itself: at an interval, or by a cron rule. Pure: knows the rules and the
//! next time of each, nothing of who starts the run.

use std::time::Duration;

use cloudscope_domain::SourceName;

/// One source and its rule.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduleEntry {
    /// Which source.
    pub source: SourceName,
    /// When.
    pub rule: Rule,
}

/// When a source is collected by itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    /// So long after the last run began.
    Every(Duration),
    /// At the times of a cron expression, in local time.
    Cron(String),
}
