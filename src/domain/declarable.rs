//! Which kinds of a cloud a declaration (an address of a Terraform state) can stand for, and since when
//! enough was read to say that what it stands for is not there. Knows no catalog: whoever does says which
//! kind stands for which.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Kind, ScopeState, SourceName, Timestamp};

/// What the kinds of declarations begin with.
const DECLARED: &str = "terraform.";

/// The listing of a state file, and that of a file which nobody could look into yet.
const STATES: [&str; 2] = ["terraform-state", "file"];

/// Kinds of declarations, each with the kind that it stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declarable {
    /// The kind to look for, where its listing names every one.
    looked_for: BTreeMap<String, String>,
    kinds: BTreeSet<String>,
    /// The clouds of declarations, by the beginning of their kinds: `terraform.aws_` is of `aws`.
    clouds: BTreeMap<String, String>,
}

impl Declarable {
    /// Of kinds such as `terraform.aws_instance` and `aws.ec2.instance`, each with whether the listing of the
    /// second names every one.
    pub fn new(all_of: impl IntoIterator<Item = (Kind, Kind, bool)>) -> Self {
        let mut all = Self::default();
        for (declaration, kind, whole) in all_of {
            let cloud = cloud(kind.as_str()).to_owned();
            all.clouds.entry(family(declaration.as_str()).to_owned()).or_insert(cloud);
            all.kinds.insert(kind.as_str().to_owned());
            if whole {
                all.looked_for.insert(declaration.as_str().to_owned(), kind.as_str().to_owned());
            }
        }
        all
    }

    /// Whether something of this kind may be a declaration.
    #[must_use]
    pub fn is_declaration(kind: &str) -> bool {
        kind.starts_with(DECLARED)
    }

    /// The kind of what declarations of this kind stand for, where a listing of it tells what is not there.
    #[must_use]
    pub fn looked_for(&self, declaration: &str) -> Option<&str> {
        self.looked_for.get(declaration).map(String::as_str)
    }

    /// The cloud whose things declarations of this kind stand for, as its kinds begin.
    #[must_use]
    pub fn cloud_of(&self, declaration: &str) -> Option<&str> {
        self.clouds.get(family(declaration)).map(String::as_str)
    }

    /// Whether a declaration can stand for something of this kind.
    #[must_use]
    pub fn is_declarable(&self, kind: &str) -> bool {
        self.kinds.contains(kind)
    }
}

/// The first word of a kind: whose it is.
#[must_use]
pub fn cloud(kind: &str) -> &str {
    kind.split('.').next().unwrap_or_default()
}

/// What all kinds of declarations of one Terraform provider begin with.
fn family(declaration: &str) -> &str {
    declaration.find('_').map_or(declaration, |at| &declaration[..=at])
}

/// Whether declarations may be missing as this scope was not read whole. One that left the plan is none of
/// the states that are collected.
#[must_use]
pub fn hides_declarations(state: &ScopeState) -> bool {
    use crate::CoverageState::{Disabled, Ok};
    STATES.contains(&state.scope.key.listing.as_str()) && !matches!(state.coverage.state, Ok | Disabled)
}

/// Since when it is known what there is of a kind in this account and region (anywhere in the account where
/// it is empty): the begin of the oldest of the listings that could hold it, all of them whole. Of several
/// sources that list the same, the one that knows best. `None` where no source read all of it.
///
/// `states`: the scopes that may yield the kind.
pub fn read_since<'a>(
    states: impl IntoIterator<Item = &'a ScopeState>,
    account: &str,
    region: &str,
) -> Option<Timestamp> {
    let mut sources: BTreeMap<&SourceName, Option<Timestamp>> = BTreeMap::new();
    for state in states {
        let key = &state.scope.key;
        let here = key.account == account || key.account.is_empty();
        // What is listed for all regions at once has none.
        let there = key.region == region || key.region.is_empty() || region.is_empty();
        if !here || !there || account.is_empty() {
            continue;
        }
        let begun = begun(state);
        sources.entry(&key.source).and_modify(|oldest| *oldest = (*oldest).min(begun)).or_insert(begun);
    }
    sources.into_values().max().flatten()
}

/// When the last attempt began, if it listed everything.
fn begun(state: &ScopeState) -> Option<Timestamp> {
    let coverage = &state.coverage;
    let whole = match coverage.state {
        crate::CoverageState::Ok => true,
        // Details of some items were hidden, but every item was named.
        crate::CoverageState::Partial => coverage.whole,
        _ => false,
    };
    let ended = coverage.last_attempt.filter(|_| whole && !coverage.cancelled)?;
    let millis = i64::try_from(coverage.effort.millis).unwrap_or(i64::MAX);
    Some(Timestamp::from_millis(ended.millis().saturating_sub(millis)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CoverageState, ListingMode, Scope, ScopeKey};

    fn state(source: &str, account: &str, region: &str, covered: CoverageState, ended: i64) -> ScopeState {
        let key = ScopeKey::new(source, "ec2:DescribeVpcs").account(account).region(region);
        let mut state = ScopeState::never(Scope { key, mode: ListingMode::Weak, kinds: Vec::new() });
        state.coverage.state = covered;
        state.coverage.last_attempt = Some(Timestamp::from_millis(ended));
        state.coverage.effort.millis = 10;
        state
    }

    #[track_caller]
    fn check(states: &[ScopeState], account: &str, region: &str, expected: Option<i64>) {
        assert_eq!(read_since(states, account, region).map(Timestamp::millis), expected);
    }

    #[test]
    fn what_is_there_is_known_since_the_oldest_whole_listing_of_a_source_began() {
        use CoverageState::{Denied, Ok, Partial};
        let eu = state("a", "1", "eu", Ok, 110);
        let us = state("a", "1", "us", Ok, 210);
        check(&[eu.clone(), us.clone()], "1", "eu", Some(100));
        check(&[eu.clone(), us.clone()], "1", "us", Some(200));
        check(&[eu.clone(), us.clone()], "1", "", Some(100));
        check(&[eu.clone(), us.clone()], "1", "ap", None);
        check(&[eu.clone(), us], "2", "eu", None);
        check(std::slice::from_ref(&eu), "", "eu", None);
        check(&[state("a", "1", "", Ok, 60)], "1", "eu", Some(50));
        check(&[eu.clone(), state("a", "1", "us", Denied, 210)], "1", "", None);
        check(&[state("b", "1", "eu", Denied, 210), eu], "1", "eu", Some(100));
        check(&[state("a", "1", "eu", Partial, 210)], "1", "eu", None);
        let mut hidden = state("a", "1", "eu", Partial, 210);
        hidden.coverage.whole = true;
        check(std::slice::from_ref(&hidden), "1", "eu", Some(200));
        hidden.coverage.cancelled = true;
        check(&[hidden], "1", "eu", None);
        check(&[state("a", "1", "eu", Ok, 110), state("b", "1", "eu", Ok, 310)], "1", "eu", Some(300));
    }

    #[test]
    fn kinds_of_declarations_lead_to_kinds_and_clouds() {
        let one = |a: &str, b: &str, whole| (a.parse::<Kind>().unwrap(), b.parse::<Kind>().unwrap(), whole);
        let all = Declarable::new([
            one("terraform.aws_instance", "aws.ec2.instance", true),
            one("terraform.aws_ecs_task_definition", "aws.ecs.task-definition", false),
        ]);
        assert_eq!(all.looked_for("terraform.aws_instance"), Some("aws.ec2.instance"));
        assert_eq!(all.looked_for("terraform.aws_ecs_task_definition"), None);
        assert!(all.is_declarable("aws.ecs.task-definition"));
        assert_eq!((all.looked_for("terraform.aws_x"), all.cloud_of("terraform.aws_x")), (None, Some("aws")));
        assert_eq!(all.cloud_of("terraform.google_x"), None);
        assert!(all.is_declarable("aws.ec2.instance") && !all.is_declarable("aws.ec2.volume"));
        assert!(Declarable::is_declaration("terraform.aws_x") && !Declarable::is_declaration("aws.x"));
    }
}
