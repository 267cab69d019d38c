//! What the made-up company owns: every place with the listings that it answers. One place and one
//! listing make one scope.

use std::collections::BTreeMap;

use cloudscope_catalog::MapContext;
use cloudscope_domain::ScopeKey;

use crate::{
    aws, azure, gcp, hosts, kubernetes,
    place::{Listing, Place},
    terraform,
    world::World,
};

/// What the catalog's templates may name of a place, besides an item's own fields.
pub(crate) fn context(world: &World, place: &Place) -> MapContext {
    let mut variables = BTreeMap::from([("partition".to_owned(), "aws".to_owned())]);
    variables.insert("project".to_owned(), place.account.to_owned());
    variables.insert("subscription".to_owned(), place.account.to_owned());
    variables.insert("cluster".to_owned(), kubernetes::cluster_uid(world));
    variables.insert("machine".to_owned(), hosts::machine_id(world, place.account));
    variables.insert("file".to_owned(), place.parent.to_owned());
    MapContext { account: place.account.to_owned(), region: place.region.to_owned(), variables }
}
/// Every place with the listings that it answers.
pub(crate) fn sites() -> impl Iterator<Item = (Place, &'static [Listing])> {
    aws::sites()
        .chain(azure::sites())
        .chain(gcp::sites())
        .chain(kubernetes::sites())
        .chain(terraform::sites())
        .chain(hosts::sites())
}

/// The place and the listing of a scope.
pub(crate) fn find(key: &ScopeKey) -> Option<(Place, &'static Listing)> {
    sites()
        .filter(|(place, _)| {
            place.account == key.account && place.region == key.region && place.parent == key.parent
        })
        .find_map(|(place, listings)| {
            listings.iter().find(|l| l.name == key.listing).map(|listing| (place, listing))
        })
}
