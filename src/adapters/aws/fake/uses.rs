//! What the catalog's rows use each operation for, which decides what its answer holds.

use std::collections::{BTreeSet, HashMap};

use cloudscope_catalog::{
    Catalog,
    list::{PageSpec, Way, When},
    path::Path,
};

use crate::listing::Listings;

/// Some of an answer's items.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) items: Path,
    /// What an item is called.
    pub(super) thing: String,
    /// The field that bare texts become.
    pub(super) wrap: Option<String>,
    /// Fields around the items.
    pub(super) outer: Vec<String>,
    /// By turns, what items have to be.
    pub(super) turns: Vec<Vec<When>>,
    /// Fields that must not be left out.
    pub(super) needs: BTreeSet<String>,
}

/// What an operation is used for.
#[derive(Debug)]
pub(super) enum Use {
    /// Items by pages.
    List { groups: Vec<Group>, pages: Option<PageSpec> },
    /// More about one item.
    Each { result: Option<Path>, thing: String },
    /// More about several, named by this parameter.
    Batch { group: Group, key: Path, many: String },
}

/// By `service:Operation`.
#[derive(Debug)]
pub(super) struct Uses(HashMap<String, Use>);

impl Uses {
    pub(super) fn builtin() -> Self {
        let catalog = Catalog::builtin().unwrap_or_default();
        let listings = Listings::of(&catalog);
        let mut needs: HashMap<String, BTreeSet<String>> = HashMap::new();
        for listing in &listings.all {
            for found in &listing.kinds {
                let mut told = format!("{:?}", found.spec);
                if let Some(spec) = catalog.spec(&found.kind) {
                    told.push_str(spec.id.as_str());
                    spec.name.iter().for_each(|t| told.push_str(t.as_str()));
                }
                needs.entry(found.kind.to_string()).or_default().extend(names(&told));
                if let Some(parent) = &listing.spec.parent {
                    needs.entry(parent.to_string()).or_default().extend(names(&told));
                }
            }
        }
        let mut uses = HashMap::new();
        for listing in &listings.all {
            for found in &listing.kinds {
                let thing = thing(found.kind.as_str());
                for detail in &found.details {
                    let group = |items: &Path, key: &Path| Group {
                        items: items.clone(),
                        thing: thing.clone(),
                        wrap: None,
                        outer: Vec::new(),
                        turns: Vec::new(),
                        needs: names(key.as_str()),
                    };
                    let made = match &detail.spec.way {
                        Way::Each { result } => Use::Each { result: result.clone(), thing: thing.clone() },
                        Way::Batch { matching, .. } => Use::Batch {
                            group: group(&matching.items, &matching.key),
                            key: matching.key.clone(),
                            many: detail.spec.input.of_all().unwrap_or_default().to_owned(),
                        },
                        // Nothing joins: the items have tags of their own.
                        Way::Join { .. } => Use::List { groups: Vec::new(), pages: None },
                    };
                    uses.entry(detail.target.gated.as_str().to_owned()).or_insert(made);
                }
            }
        }
        let mut lists: HashMap<String, Use> = HashMap::new();
        for listing in &listings.all {
            let name = listing.target.gated.as_str().to_owned();
            let pages = listing.spec.pages.clone();
            let made = lists.entry(name).or_insert(Use::List { groups: Vec::new(), pages });
            let Use::List { groups, .. } = made else { continue };
            for found in &listing.kinds {
                let own = needs.remove(found.kind.as_str()).unwrap_or_default();
                match groups.iter_mut().find(|g| g.items == found.spec.items) {
                    Some(group) => {
                        group.turns.push(found.spec.when.clone());
                        group.needs.extend(own);
                    }
                    None => groups.push(Group {
                        items: found.spec.items.clone(),
                        thing: thing(found.kind.as_str()),
                        wrap: found.spec.wrap.clone(),
                        outer: found.spec.outer.clone(),
                        turns: vec![found.spec.when.clone()],
                        needs: own,
                    }),
                }
            }
        }
        uses.extend(lists);
        Self(uses)
    }

    pub(super) fn of(&self, operation: &str) -> Option<&Use> {
        self.0.get(operation)
    }
}

/// `aws.ec2.route-table` as `route-table`.
fn thing(kind: &str) -> String {
    kind.rsplit('.').next().unwrap_or(kind).to_owned()
}

/// Every name that stands behind a slash: the fields of paths.
fn names(text: &str) -> BTreeSet<String> {
    let after = text.split('/').skip(1);
    let name = |part: &str| part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    after.map(name).filter(|name: &String| !name.is_empty()).collect()
}
