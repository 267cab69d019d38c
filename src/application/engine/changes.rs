//! What became different: the changes of a range, streamed past the filter; a page of them is kept, the
//! rest is counted.

mod assets;
mod group;
mod near;

use std::{collections::HashMap, sync::Arc};

use cloudscope_domain::{AssetId, Change, Moment, Revision, query::ChangeFilter};
use cloudscope_ports::{AssetStore, ChangeRange, StoreError};

use super::{
    Engine,
    work::{Dropped, blocking, bounded, failed},
};
use crate::{
    Reply, SessionError,
    hub::View,
    message::{ChangesAsk, ChangesPage},
};
use assets::Assets;
pub(super) use assets::Matching;
use group::Groups;

/// Changes that are looked at beyond a full page, to tell how many match: a page is not kept waiting
/// for the whole of history.
const BEYOND: u64 = 200_000;
/// Changes between two looks at whether the question was dropped.
const GLANCE: u64 = 1_024;

impl Engine {
    pub(super) async fn changes(&self, ask: ChangesAsk) -> Result<Reply, SessionError> {
        let filter = ChangeFilter::parse(&ask.filter);
        let view = self.view()?;
        let near = match &ask.around {
            Some((id, steps)) => Some(self.near(id, *steps, ask.since).await?),
            None => None,
        };
        let (store, now) = (Arc::clone(self.store()?), self.clock.now());
        let dropped = Dropped::default();
        let cancel = dropped.watch();
        let page = blocking(move || {
            let assets = Assets::new(&view.snapshot, &filter, now, &cancel)?;
            let walk = Walk { ask: &ask, view: &view, filter: &filter, assets, near };
            walk.page(&*store, &cancel).map_err(failed)
        });
        page.await?.map(|page| Reply::Changes(Box::new(page)))
    }
}

/// The revisions that an interval means; `None` when nothing is in it.
pub(super) fn range(
    store: &dyn AssetStore,
    since: Option<Moment>,
    until: Option<Moment>,
    newest_first: bool,
) -> Result<Option<ChangeRange>, StoreError> {
    let from = match since {
        None => Some(Revision(0)),
        Some(Moment::Revision(revision)) => Some(Revision(revision.0.saturating_add(1))),
        Some(Moment::Time(time)) => store.first_after(time)?,
    };
    let to = match until {
        None => Some(Revision(u64::MAX)),
        Some(Moment::Revision(revision)) => Some(revision),
        Some(Moment::Time(time)) => store.revision_at(time)?.map(|(revision, _)| revision),
    };
    Ok(from.zip(to).filter(|(from, to)| from <= to).map(|(from, to)| ChangeRange { from, to, newest_first }))
}

struct Walk<'a> {
    ask: &'a ChangesAsk,
    view: &'a View,
    filter: &'a ChangeFilter,
    assets: Assets<'a>,
    near: Option<std::collections::HashSet<AssetId>>,
}

impl Walk<'_> {
    fn page(mut self, store: &dyn AssetStore, cancel: &dyn Fn() -> bool) -> Result<ChangesPage, StoreError> {
        let limit = bounded(self.ask.limit);
        let mut page = ChangesPage {
            known_since: store.oldest(),
            bad: self.filter.assets.bad.clone(),
            ..ChangesPage::default()
        };
        let (mut matched, mut looked_at, mut beyond) = (0_u64, 0_u64, 0_u64);
        let mut groups = self.ask.group.map(Groups::new);
        let mut whole = true;
        if let Some(range) = range(store, self.ask.since, self.ask.until, self.ask.newest_first)? {
            store.changes(&range, &mut |change| {
                looked_at += 1;
                if looked_at.is_multiple_of(GLANCE) && cancel() {
                    whole = false;
                    return false;
                }
                let full = matched > self.ask.start && page.changes.len() >= limit;
                if full && groups.is_none() {
                    beyond += 1;
                    if beyond > BEYOND {
                        whole = false;
                        return false;
                    }
                }
                if !self.wanted(&change) {
                    return true;
                }
                matched += 1;
                if let Some(groups) = &mut groups {
                    groups.add(&change);
                }
                if matched > self.ask.start && page.changes.len() < limit {
                    page.changes.push(change);
                }
                true
            })?;
        }
        page.total = whole.then_some(matched);
        page.groups = groups.map(Groups::into_rows).unwrap_or_default();
        page.names = self.names(&page.changes);
        Ok(page)
    }

    fn wanted(&mut self, change: &Change) -> bool {
        self.filter.admits(change.change, &change.path)
            && self.near.as_ref().is_none_or(|near| near.contains(&change.id))
            && self.assets.matches(change)
    }

    /// What the assets are called now, or were when they were last there.
    fn names(&self, changes: &[Change]) -> Vec<String> {
        let mut known: HashMap<&AssetId, String> = HashMap::new();
        let rows = &self.view.snapshot;
        let name = |id| rows.find(id).first().map(|row| rows.row(*row).name.to_string()).unwrap_or_default();
        changes.iter().map(|c| known.entry(&c.id).or_insert_with(|| name(&c.id)).clone()).collect()
    }
}
