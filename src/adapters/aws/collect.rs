//! Lists one scope: pages, details, mapping, and what could not be read.
//!
//! A listing that others are called for (clusters, zones, buckets) is read whole once in a run and kept;
//! every other one goes to the sink page by page.

mod details;
mod names;

use std::sync::{Arc, Mutex, PoisonError};

use cloudscope_catalog::{Catalog, MapContext};
use cloudscope_domain::{Kind, ScopeKey, redact::Redactor};
use cloudscope_ports::{CollectContext, Fault, FaultKind, Item};
use futures::{FutureExt, StreamExt, TryStreamExt, future::BoxFuture, stream};
use serde_json::{Map, Value};

use crate::{
    account::Account,
    client::{Ask, Target},
    extract,
    listing::{Listing, Listings, Yield},
    notes::Notes,
    pages::{self, Pager, Paging},
    session::{Session, Whole},
};

/// Parents whose items are listed at the same time, and details asked for at the same time. The gate
/// bounds them further.
const AT_ONCE: usize = 8;
/// A listing with more pages does not end.
const MOST_PAGES: usize = 100_000;
/// What is kept of parents is bounded: more than that is no list of parents.
const MOST_KEPT: usize = 500_000;
/// Items handed over at once.
const BATCH: usize = 256;

/// One scope being listed.
#[derive(Clone, Copy)]
pub(crate) struct Scoped<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) redactor: &'a Redactor,
    pub(crate) listings: &'a Listings,
    pub(crate) session: &'a Session,
    pub(crate) account: &'a Arc<Account>,
    pub(crate) scope: &'a ScopeKey,
    pub(crate) context: &'a CollectContext,
}

/// Where items go.
#[derive(Clone, Copy)]
enum Out<'a> {
    /// Mapped and sent.
    Sink,
    /// Kept for those who are called for each of them.
    Keep(&'a Mutex<Vec<Vec<Value>>>),
}

impl Scoped<'_> {
    /// Lists the scope from `Begin` to `Done`.
    ///
    /// # Errors
    /// What ended it.
    pub(crate) async fn run(&self, at: usize) -> Result<(), Fault> {
        let listing = &self.listings.all[at];
        self.send(vec![Item::Begin]).await?;
        let notes = Notes::default();
        if listing.is_parent {
            let whole = self.whole(at).await?;
            for (found, items) in listing.kinds.iter().zip(&whole.items) {
                self.emit(&found.kind, items.clone(), &notes).await?;
            }
            notes.take_over(&whole.notes);
        } else {
            self.list(at, Out::Sink, &notes).await?;
        }
        let mut last = notes.items();
        last.push(Item::Done);
        self.send(last).await
    }

    /// Everything that a parent listing finds, read once in a run.
    fn whole(&self, at: usize) -> BoxFuture<'_, Result<Arc<Whole>, Fault>> {
        let work = async move {
            let listing = &self.listings.all[at];
            let region = if listing.is_global(&self.account.home) { "" } else { &self.scope.region };
            let place = self.session.whole(&self.account.id, region, at);
            place.get_or_try_init(|| self.read_whole(at)).await.cloned()
        };
        work.boxed()
    }

    fn read_whole(&self, at: usize) -> BoxFuture<'_, Result<Arc<Whole>, Fault>> {
        let work = async move {
            let kept = Mutex::new(vec![Vec::new(); self.listings.all[at].kinds.len()]);
            let notes = Notes::default();
            self.list(at, Out::Keep(&kept), &notes).await?;
            let items = kept.into_inner().unwrap_or_else(PoisonError::into_inner);
            Ok(Arc::new(Whole { items, notes }))
        };
        work.boxed()
    }

    async fn list(&self, at: usize, out: Out<'_>, notes: &Notes) -> Result<(), Fault> {
        let listing = &self.listings.all[at];
        let joins = details::Joins::of(listing);
        let Some((above, kind)) = listing.parent else {
            return self.under(listing, &Value::Null, 0, &joins, out, notes).await;
        };
        let whole = self.whole(above).await?;
        // What of the parents could not be read is missing here too.
        notes.take_over(&whole.notes.only_problems());
        let each: Vec<_> = whole.items[kind]
            .iter()
            .map(|parent| self.under(listing, parent, 0, &joins, out, notes))
            .collect();
        some_at_once(each).await.map(|_: Vec<()>| ())
    }

    /// The pages for one parent, and where a row says so those for what they hold.
    fn under<'b>(
        &'b self,
        listing: &'b Listing,
        parent: &'b Value,
        depth: usize,
        joins: &'b details::Joins,
        out: Out<'b>,
        notes: &'b Notes,
    ) -> BoxFuture<'b, Result<(), Fault>> {
        let work = async move {
            let below = self.pages_under(listing, parent, joins, out, notes).await?;
            if depth >= listing.spec.descend {
                return Ok(());
            }
            let each: Vec<_> =
                below.iter().map(|item| self.under(listing, item, depth + 1, joins, out, notes)).collect();
            some_at_once(each).await.map(|_: Vec<()>| ())
        };
        work.boxed()
    }

    /// Returns the items that are parents of further ones.
    async fn pages_under(
        &self,
        listing: &Listing,
        parent: &Value,
        joins: &details::Joins,
        out: Out<'_>,
        notes: &Notes,
    ) -> Result<Vec<Value>, Fault> {
        let variables = self.variables(listing);
        let spec = &listing.spec;
        let name = listing.target.gated.as_str();
        let input = spec.input.render(parent, &variables).map_err(|parameter| {
            Fault::new(FaultKind::Internal, name, format!("nothing fills the parameter `{parameter}`"))
        })?;
        let region = spec.region.as_ref().and_then(|t| t.with(parent, &variables));
        let ask = Ask {
            region: region.as_deref().unwrap_or_else(|| self.region(listing)),
            absent: &spec.absent,
            disabled: &spec.disabled,
            ..self.ask(&listing.target)
        };
        let pager = Pager::new(listing.target.operation()?.pages.as_ref(), spec.pages.as_ref());
        let mut below = Vec::new();
        let mut page_of = Paging::new(input, MOST_PAGES);
        while let Some(input) = page_of.input() {
            let mut page = match self.session.client.call(&ask, &input).await {
                Ok(Some(page)) => page,
                Ok(None) => return Ok(below),
                // The parent was deleted since it was listed: nothing is below it.
                Err(fault) if fault.kind == FaultKind::NotFound && !parent.is_null() => return Ok(below),
                Err(fault) if !parent.is_null() && details::skips(&fault) => {
                    notes.problem(&fault);
                    return Ok(below);
                }
                Err(fault) => return Err(fault),
            };
            let followed = page_of.follow(&pager, &page, name);
            for (which, found) in listing.kinds.iter().enumerate() {
                let keep = which + 1 < listing.kinds.len();
                let items = extract::items(&found.spec, &mut page, parent, &variables, keep);
                if items.is_empty() {
                    continue;
                }
                if spec.descend > 0 {
                    below.extend(items.iter().cloned());
                }
                let mut items = self.detailed(listing, found, items, joins, notes).await?;
                items.iter_mut().for_each(|item| extract::decode(&found.spec, item));
                match out {
                    Out::Sink => self.emit(&found.kind, items, notes).await?,
                    Out::Keep(kept) => {
                        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                        kept[which].extend(items);
                        if kept[which].len() > MOST_KEPT {
                            let words = format!("more than {MOST_KEPT} of {} cannot be kept", found.kind);
                            return Err(Fault::new(FaultKind::TooLarge, name, words));
                        }
                    }
                }
            }
            // What a page held was seen, whatever it says of the next one.
            followed?;
        }
        Ok(below)
    }

    /// Maps items and hands them over.
    async fn emit(&self, kind: &Kind, items: Vec<Value>, notes: &Notes) -> Result<(), Fault> {
        let context = self.map_context();
        let mut batch = Vec::with_capacity(items.len().min(BATCH));
        for item in items {
            match self.catalog.map(kind, item, &context, self.redactor) {
                Ok(mut sighting) => {
                    let region = sighting.asset.region.to_string();
                    names::place(&mut sighting, &self.account.id, &region, &self.session.globals);
                    batch.push(Item::Upsert(Box::new(sighting)));
                }
                Err(why) => notes.unmapped(kind, &why.to_string()),
            }
            if batch.len() >= BATCH {
                self.send(std::mem::take(&mut batch)).await?;
            }
        }
        if batch.is_empty() { Ok(()) } else { self.send(batch).await }
    }

    async fn send(&self, batch: Vec<Item>) -> Result<(), Fault> {
        self.context.sink.send(batch).await.map_err(|_| {
            Fault::new(FaultKind::Cancelled, self.scope.listing.as_str(), "the run was cancelled")
        })
    }

    fn ask<'b>(&'b self, target: &'b Target) -> Ask<'b> {
        Ask {
            context: self.context,
            scope: self.scope,
            account: self.account,
            region: &self.account.home,
            target,
            absent: &[],
            disabled: &[],
        }
    }

    /// Where a listing is called.
    fn region<'b>(&'b self, listing: &'b Listing) -> &'b str {
        match &listing.spec.regions[..] {
            [only] => only,
            _ if self.scope.region.is_empty() || listing.is_global(&self.account.home) => &self.account.home,
            _ => &self.scope.region,
        }
    }

    fn map_context(&self) -> MapContext {
        MapContext {
            account: self.account.id.clone(),
            region: if self.scope.region.is_empty() {
                "global".to_owned()
            } else {
                self.scope.region.clone()
            },
            variables: [("partition".to_owned(), self.account.partition.clone())].into(),
        }
    }

    /// What templates of parameters may name: as for mapping, but where the call goes.
    fn variables(&self, listing: &Listing) -> MapContext {
        MapContext { region: self.region(listing).to_owned(), ..self.map_context() }
    }

    async fn detailed(
        &self,
        listing: &Listing,
        found: &Yield,
        items: Vec<Value>,
        joins: &details::Joins,
        notes: &Notes,
    ) -> Result<Vec<Value>, Fault> {
        let mut items: Vec<Option<Value>> = items.into_iter().map(Some).collect();
        for (at, detail) in found.details.iter().enumerate() {
            self.detail(listing, found, at, detail, &mut items, joins, notes).await?;
        }
        Ok(items.into_iter().flatten().collect())
    }

    /// All pages of a call, joined. `None` when there is nothing.
    async fn all_pages(
        &self,
        ask: &Ask<'_>,
        input: Map<String, Value>,
        row: Option<&cloudscope_catalog::list::PageSpec>,
    ) -> Result<Option<Value>, Fault> {
        let name = ask.target.gated.as_str();
        let pager = Pager::new(ask.target.operation()?.pages.as_ref(), row);
        let mut paging = Paging::new(input, MOST_PAGES);
        let mut whole: Option<Value> = None;
        while let Some(input) = paging.input() {
            let Some(page) = self.session.client.call(ask, &input).await? else { return Ok(whole) };
            paging.follow(&pager, &page, name)?;
            match &mut whole {
                None => whole = Some(page),
                Some(whole) => pages::join(whole, page),
            }
        }
        Ok(whole)
    }
}

/// Waits for calls, a few of them at a time.
async fn some_at_once<R>(work: Vec<BoxFuture<'_, Result<R, Fault>>>) -> Result<Vec<R>, Fault> {
    stream::iter(work).buffer_unordered(AT_ONCE).try_collect().await
}
