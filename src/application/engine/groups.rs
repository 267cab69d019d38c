//! Counts per value: what matches a filter, grouped by columns.

use std::sync::Arc;

use cloudscope_domain::{Moment, query::Query};
use cloudscope_index::{GroupCount, Snapshot};

use super::{Engine, work::Dropped};
use crate::{
    Reply, SessionError,
    message::{Group, Grouped},
};

/// Groups that one answer carries at the most.
const GROUPS: u64 = 10_000;
/// Columns that combine at the most.
const COLUMNS: usize = 8;

/// A group as messages tell of it.
fn of(group: GroupCount, by: &[String], snapshot: &Snapshot) -> Group {
    let GroupCount { values, count, unknown, errors, warnings, class } = group;
    let label = |(column, value): (&String, &Option<Arc<str>>)| match (column.as_str(), value) {
        ("account", Some(account)) => snapshot.account_label(account),
        _ => None,
    };
    let mut labels: Vec<_> = by.iter().zip(&values).map(label).collect();
    if labels.iter().all(Option::is_none) {
        labels.clear();
    }
    Group { values, labels, count, unknown, errors, warnings, class }
}

impl Engine {
    pub(super) async fn groups(
        &self,
        text: String,
        by: Vec<String>,
        limit: u64,
        at: Option<Moment>,
    ) -> Result<Reply, SessionError> {
        if by.is_empty() || by.len() > COLUMNS {
            return Err(SessionError::Column(format!("name 1 to {COLUMNS} columns to group by")));
        }
        let (view, now) = self.then(at).await?;
        let query = Query::parse(&text);
        let limit = usize::try_from(limit.min(GROUPS)).unwrap_or(0);
        let dropped = Dropped::default();
        let cancel = dropped.watch();
        let (asked, work_by) = (self.asked(&view, &query, now, at.is_some()), by.clone());
        let count = move || {
            asked.answer(&cancel, |context, _| {
                asked.view.snapshot.groups(&asked.query, &work_by, limit, *context, &cancel)
            })
        };
        let found = self.queries.run(&self.hub, count).await??.map_err(SessionError::from)?;
        Ok(Reply::Groups(Grouped {
            groups: found.rows.into_iter().map(|g| of(g, &by, &view.snapshot)).collect(),
            by,
            total: found.total,
            undecided: found.undecided,
            more: found.more,
            bad: query.bad,
            as_of: view.snapshot.as_of(),
            revision: view.snapshot.revision(),
        }))
    }
}
