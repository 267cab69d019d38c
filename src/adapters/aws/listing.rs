//! From the catalog's rows to listings: kinds that are found by the same call are listed together, and
//! every operation is held against the compiled-in list.

use std::{collections::BTreeMap, sync::Arc};

use cloudscope_catalog::{
    Catalog,
    list::{DetailSpec, ListSpec},
};
use cloudscope_domain::Kind;

use crate::client::Target;

/// One call for each account and region (or parent), and the kinds that it yields.
#[derive(Debug)]
pub(crate) struct Listing {
    /// The scope's `listing`.
    pub(crate) name: String,
    pub(crate) target: Target,
    /// The row that the call is made by; the others differ in what they take of the answer.
    pub(crate) spec: Arc<ListSpec>,
    pub(crate) kinds: Vec<Yield>,
    /// The listing whose items it is called for, and which of its kinds.
    pub(crate) parent: Option<(usize, usize)>,
    /// Other listings are called for its items.
    pub(crate) is_parent: bool,
}

/// One kind that a listing yields.
#[derive(Debug)]
pub(crate) struct Yield {
    pub(crate) kind: Kind,
    pub(crate) spec: Arc<ListSpec>,
    pub(crate) details: Vec<Detail>,
}

/// What else is asked about each item.
#[derive(Debug)]
pub(crate) struct Detail {
    pub(crate) spec: DetailSpec,
    pub(crate) target: Target,
}

impl Listing {
    /// Listed once for each account.
    pub(crate) fn is_global(&self, home: &str) -> bool {
        self.spec.global.unwrap_or_else(|| self.target.service.is_global(home))
    }

    pub(crate) fn kind_names(&self) -> Vec<Kind> {
        self.kinds.iter().map(|k| k.kind.clone()).collect()
    }

    /// Every permission that it needs, those of details included.
    pub(crate) fn permissions(&self) -> impl Iterator<Item = &str> {
        let details = self.kinds.iter().flat_map(|k| &k.details).flat_map(|d| &d.target.permissions);
        self.target.permissions.iter().chain(details).map(String::as_str)
    }
}

/// All listings.
#[derive(Debug, Default)]
pub(crate) struct Listings {
    pub(crate) all: Vec<Listing>,
    by_name: BTreeMap<String, usize>,
    /// Rows that cannot be listed, and why: the user's own may name anything.
    pub(crate) refused: Vec<(Kind, String)>,
}

impl Listings {
    /// Those of a catalog.
    pub(crate) fn of(catalog: &Catalog) -> Self {
        let mut listings = Self::default();
        let mut groups: BTreeMap<String, Listing> = BTreeMap::new();
        for row in catalog.kinds().filter(|row| row.provider.as_str() == "aws") {
            let Some(spec) = &row.list else { continue };
            match yielded(&row.kind, spec) {
                Ok((target, found)) => {
                    // The same call, whoever asks for it.
                    let key = format!(
                        "{} {:?} {:?} {:?} {:?} {:?}",
                        spec.operation, spec.input, spec.parent, spec.regions, spec.global, spec.region
                    );
                    groups
                        .entry(key)
                        .or_insert_with(|| Listing {
                            name: spec.operation.to_string(),
                            target,
                            spec: Arc::clone(spec),
                            kinds: Vec::new(),
                            parent: None,
                            is_parent: false,
                        })
                        .kinds
                        .push(found);
                }
                Err(why) => listings.refused.push((row.kind.clone(), why)),
            }
        }
        listings.all = groups.into_values().collect();
        listings.link();
        listings.name();
        listings
    }

    /// Finds parents; a row without one cannot be listed, and neither can one that is its own ancestor.
    fn link(&mut self) {
        loop {
            let places: BTreeMap<Kind, (usize, usize)> = self
                .all
                .iter()
                .enumerate()
                .flat_map(|(at, l)| l.kinds.iter().enumerate().map(move |(k, y)| (y.kind.clone(), (at, k))))
                .collect();
            for listing in &mut self.all {
                listing.parent = listing.spec.parent.as_ref().and_then(|kind| places.get(kind).copied());
            }
            let lost = |listing: &Listing| listing.spec.parent.is_some() && !self.has_root(listing);
            let Some(at) = self.all.iter().position(lost) else { break };
            let listing = self.all.remove(at);
            for found in listing.kinds {
                let parent = listing.spec.parent.as_ref().map_or("", Kind::as_str);
                self.refused.push((found.kind, format!("its parent `{parent}` cannot be listed")));
            }
        }
        let parents: Vec<usize> = self.all.iter().filter_map(|l| l.parent).map(|(at, _)| at).collect();
        for at in parents {
            self.all[at].is_parent = true;
        }
    }

    fn has_root(&self, listing: &Listing) -> bool {
        let mut at = listing;
        for _ in 0..=self.all.len() {
            match (at.parent, &at.spec.parent) {
                (Some((next, _)), _) => at = &self.all[next],
                (None, None) => return true,
                (None, Some(_)) => return false,
            }
        }
        false
    }

    /// A scope's name is the operation; where several listings share one, the kind tells them apart.
    fn name(&mut self) {
        let mut count: BTreeMap<String, usize> = BTreeMap::new();
        for listing in &self.all {
            *count.entry(listing.name.clone()).or_default() += 1;
        }
        for (at, listing) in self.all.iter_mut().enumerate() {
            if count[&listing.name] > 1 {
                let kind = listing.kinds.first().map_or("", |k| k.kind.as_str());
                listing.name = format!("{} {kind}", listing.name);
            }
            self.by_name.insert(listing.name.clone(), at);
        }
    }

    pub(crate) fn named(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    pub(crate) fn kinds(&self) -> Vec<Kind> {
        let mut kinds: Vec<Kind> = self.all.iter().flat_map(Listing::kind_names).collect();
        kinds.sort();
        kinds
    }

    /// Every permission that collecting needs, those of planning included.
    pub(crate) fn permissions(&self, wanted: impl Fn(&Listing) -> bool) -> Vec<String> {
        let mut all: Vec<String> = ["ec2:DescribeRegions", "sts:GetCallerIdentity"].map(str::to_owned).into();
        all.extend(self.all.iter().filter(|l| wanted(l)).flat_map(Listing::permissions).map(str::to_owned));
        all.sort();
        all.dedup();
        all
    }
}

fn yielded(kind: &Kind, spec: &Arc<ListSpec>) -> Result<(Target, Yield), String> {
    let target = Target::find(&spec.operation, &spec.permissions)?;
    let details = spec
        .details
        .iter()
        .map(|d| Ok(Detail { spec: d.clone(), target: Target::find(&d.operation, &d.permissions)? }))
        .collect::<Result<_, String>>()?;
    Ok((target, Yield { kind: kind.clone(), spec: Arc::clone(spec), details }))
}
