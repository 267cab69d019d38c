//! What the scripted engine knows of the past: runs, the rows of some revisions, changes.

use std::collections::HashMap;

use cloudscope_application::{
    SessionError,
    message::{ChangeCount, ChangeGroup, ChangesAsk, ChangesPage, Comparison, Differences},
};
use cloudscope_domain::{
    AssetId, AssetRow, Change, ChangeKind, Effort, Moment, Payload, Revision, RunId, RunRecord, Timestamp,
};

use super::now;

/// What the scripted engine knows of the past.
pub(in crate::tests) struct Time {
    /// Runs, in any order.
    pub(in crate::tests) runs: Vec<RunRecord>,
    /// The inventory of revisions; of others it is that of now.
    pub(in crate::tests) rows: HashMap<Revision, Vec<AssetRow>>,
    /// Changes, newest first.
    pub(in crate::tests) changes: Vec<Change>,
    /// What people call assets; the tail of the id of others.
    pub(in crate::tests) names: HashMap<AssetId, String>,
    /// The oldest revision that is still known.
    pub(in crate::tests) known_since: Option<(Revision, Timestamp)>,
    /// The engine tells how many changes match.
    pub(in crate::tests) counts: bool,
    pub(in crate::tests) differences: Differences,
    pub(in crate::tests) comparison: Comparison,
}

impl Default for Time {
    fn default() -> Self {
        Self {
            runs: Vec::new(),
            rows: HashMap::new(),
            changes: Vec::new(),
            names: HashMap::new(),
            known_since: None,
            counts: false,
            differences: Differences { left: None, right: None, differences: Vec::new() },
            comparison: Comparison::default(),
        }
    }
}

impl Time {
    pub(super) fn resolve(&self, at: Moment) -> Result<(Revision, Timestamp), SessionError> {
        let ended = |run: &RunRecord| (run.revision, run.ended.unwrap_or_default());
        let found = match at {
            Moment::Revision(revision) => {
                let run = self.runs.iter().filter(|run| run.revision <= revision).max_by_key(|r| r.revision);
                run.map(|run| (revision, ended(run).1))
            }
            Moment::Time(time) => {
                let before = self.runs.iter().map(ended).filter(|(_, at)| *at <= time);
                before.max_by_key(|(revision, _)| *revision)
            }
        };
        let known = self.known_since.map_or(Revision(0), |(revision, _)| revision);
        found
            .filter(|(revision, _)| *revision >= known)
            .ok_or_else(|| SessionError::Bad(format!("{at} is forgotten: retention let go of it")))
    }

    pub(super) fn rows_at(
        &self,
        at: Option<Moment>,
        now: &[AssetRow],
    ) -> Result<Vec<AssetRow>, SessionError> {
        let Some(at) = at else { return Ok(now.to_vec()) };
        let (revision, _) = self.resolve(at)?;
        Ok(self.rows.get(&revision).cloned().unwrap_or_else(|| now.to_vec()))
    }

    pub(super) fn changes(&self, ask: &ChangesAsk) -> ChangesPage {
        assert!(ask.limit <= 1_000 && ask.newest_first, "{ask:?}");
        let after = |change: &Change| match ask.since {
            Some(Moment::Revision(revision)) => change.revision > revision,
            Some(Moment::Time(at)) => change.at > at,
            None => true,
        };
        let until = |change: &Change| match ask.until {
            Some(Moment::Revision(revision)) => change.revision <= revision,
            Some(Moment::Time(at)) => change.at <= at,
            None => true,
        };
        let words: Vec<&str> = ask.filter.split_whitespace().collect();
        let wanted = |change: &Change| {
            words.iter().all(|word| match word.split_once(':') {
                Some(("change", kinds)) => kinds.split(',').any(|kind| kind == change.change.as_str()),
                Some(("path", path)) => change.path == path,
                Some(("kind", kind)) => change.kind.as_str() == kind,
                _ => change.id.as_str().contains(word),
            })
        };
        let near = |change: &Change| ask.around.as_ref().is_none_or(|(id, _)| *id == change.id);
        let all = || self.changes.iter().filter(|c| after(c) && until(c) && wanted(c) && near(c));
        let mut groups: Vec<ChangeCount> = Vec::new();
        for change in all() {
            let name = match ask.group {
                None => break,
                Some(ChangeGroup::Run) => change.run.to_string(),
                Some(ChangeGroup::Asset) => change.id.to_string(),
                Some(ChangeGroup::Kind) => change.kind.to_string(),
                Some(ChangeGroup::Path) => change.path.clone(),
                Some(ChangeGroup::Change) => change.change.as_str().to_owned(),
                Some(ChangeGroup::Hour) => change.at.to_string().chars().take(13).collect(),
                Some(ChangeGroup::Day) => change.at.to_string().chars().take(10).collect(),
            };
            match groups.iter_mut().find(|group| group.name == name) {
                Some(group) => group.changes += 1,
                None => groups.push(ChangeCount { name, changes: 1, assets: 1, newest: change.at }),
            }
        }
        groups.sort_by_key(|group| std::cmp::Reverse(group.changes));
        let page: Vec<Change> = all().skip(ask.start as usize).take(ask.limit as usize).cloned().collect();
        let tail = |id: &AssetId| id.as_str().rsplit('/').next().unwrap_or_default().to_owned();
        let name = |change: &Change| self.names.get(&change.id).cloned().unwrap_or_else(|| tail(&change.id));
        ChangesPage {
            names: page.iter().map(name).collect(),
            changes: page,
            total: self.counts.then(|| all().count() as u64),
            groups,
            known_since: self.known_since,
            bad: Vec::new(),
        }
    }
}

/// A run that ended so many minutes ago.
pub(in crate::tests) fn run(id: u64, revision: u64, minutes: i64) -> RunRecord {
    RunRecord {
        id: RunId(id),
        revision: Revision(revision),
        started: now().plus_millis(-minutes * 60_000 - 4_000),
        ended: Some(now().plus_millis(-minutes * 60_000)),
        effort: Effort { created: id, changed: 2 * id, gone: 1, ..Effort::default() },
        ..RunRecord::default()
    }
}

/// A change of a field that a run saw so many minutes ago.
pub(in crate::tests) fn change(
    name: &str,
    revision: u64,
    minutes: i64,
    path: &str,
    sides: [&str; 2],
) -> Change {
    let side = |text: &str| (!text.is_empty()).then(|| Payload::from_text(text).unwrap());
    Change {
        revision: Revision(revision),
        at: now().plus_millis(-minutes * 60_000),
        run: RunId(revision / 10),
        id: super::row(name).id,
        kind: "aws.ec2.instance".parse().unwrap(),
        change: match (path.is_empty(), sides[1].is_empty()) {
            (false, _) => ChangeKind::Changed,
            (true, false) => ChangeKind::Created,
            (true, true) => ChangeKind::Gone,
        },
        path: path.to_owned(),
        before: side(sides[0]),
        after: side(sides[1]),
    }
}
