//! When a source is collected by itself: at an interval, or by a cron rule. Pure: knows the rules, the
//! clock it is given and what was collected when, nothing of who starts the run.

mod plan;
mod rule;

use cloudscope_domain::SourceName;

pub use rule::{BadRule, Rule};

pub(crate) use plan::{Last, next, overdue};

/// One source and its rule.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduleEntry {
    /// Which source.
    pub source: SourceName,
    /// When.
    pub rule: Rule,
}

/// What is collected by itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schedule {
    /// Sources with a rule of their own.
    pub entries: Vec<ScheduleEntry>,
    /// The rule of every other source.
    pub default: Option<Rule>,
}

impl Schedule {
    /// The rule of a source; `None` when it is not collected by itself.
    #[must_use]
    pub fn rule(&self, source: &SourceName) -> Option<&Rule> {
        let own = self.entries.iter().find(|e| e.source == *source).map(|e| &e.rule);
        own.or(self.default.as_ref()).filter(|rule| **rule != Rule::Never)
    }

    /// Whether any source has a rule.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.default.is_none() && self.entries.is_empty()
    }
}
