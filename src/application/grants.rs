//! From the denials that were seen, the smallest grants that would mend them, as documents to hand to
//! whoever may grant. Pure: scopes in, text out.
//!
//! A permission gets in only when its provider's dialect knows that it lists or describes. Secrets,
//! contents, writes, wildcards, and whatever is not known to be harmless are left out, with the reason.
//! Foreign words reach a document only as tokens of a known shape, so that none can break out of it.

mod aws;
mod azure;
mod dialect;
mod gcp;
mod kubernetes;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use cloudscope_domain::{CoverageState, ScopeKey, ScopeState, text::visible};

use crate::message::{Grant, Grants};
use dialect::{Dialect, Need, Said};

/// Every provider whose permissions can be told.
const DIALECTS: [&dyn Dialect; 4] = [&aws::Aws, &kubernetes::Kubernetes, &gcp::Gcp, &azure::Azure];
/// Collectors of this machine: what they lack is no permission that a provider grants.
const LOCAL: [&str; 2] = ["host", "file"];
/// Characters of foreign words that one line carries.
const WORDS: usize = 600;

/// A scope that lacks something, as its last attempt left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Denial {
    pub(crate) scope: ScopeKey,
    /// Which collector lists it, when that is known.
    pub(crate) collector: Option<String>,
    /// Nothing of it could be read.
    pub(crate) denied: bool,
    /// The permission, in the provider's own words.
    pub(crate) permission: Option<String>,
    /// What went wrong, in words.
    pub(crate) words: String,
    /// The command that would renew the credentials, when they are what is wrong.
    pub(crate) renew: Option<String>,
}

impl Denial {
    /// What a scope lacks, if its last attempt was told that it may not.
    pub(crate) fn of(state: &ScopeState, collector: Option<&str>) -> Option<Self> {
        let coverage = &state.coverage;
        let denied = coverage.state == CoverageState::Denied;
        let lacks = denied || coverage.missing_permission.is_some() || coverage.renew.is_some();
        lacks.then(|| Self {
            scope: state.scope.key.clone(),
            collector: collector.map(str::to_owned),
            denied,
            permission: coverage.missing_permission.clone(),
            words: coverage.error.clone().unwrap_or_default(),
            renew: coverage.renew.clone(),
        })
    }

    /// In which dialect it names which permissions.
    fn read(&self) -> Option<(usize, Vec<Said>)> {
        let collector = self.collector.as_deref();
        if collector.is_some_and(|c| LOCAL.contains(&c)) {
            return None;
        }
        let own = DIALECTS.iter().position(|d| collector.is_some_and(|c| d.collectors().contains(&c)));
        let candidates = match own {
            Some(own) => own..own + 1,
            None => 0..DIALECTS.len(),
        };
        let named = self.permission.as_deref().unwrap_or(&self.words);
        candidates.into_iter().find_map(|n| {
            let said = DIALECTS[n].read(named.trim(), &self.words);
            (!said.is_empty()).then_some((n, said))
        })
    }

    fn told(&self) -> String {
        let words = match (self.words.as_str(), self.permission.as_deref()) {
            ("", None) => "no reason was given",
            ("", Some(permission)) => permission,
            (words, _) => words,
        };
        short(words)
    }
}

/// Foreign words, harmless and of bounded length.
fn short(words: &str) -> String {
    let cut: String = words.chars().take(WORDS).collect();
    let cut = if cut.len() < words.len() { format!("{cut}...") } else { cut };
    visible(&cut).into_owned()
}

/// What is lacking in one account.
#[derive(Default)]
struct Lack {
    needs: BTreeMap<Need, BTreeSet<ScopeKey>>,
    /// With the scopes that stay shut.
    left_out: BTreeMap<String, BTreeSet<ScopeKey>>,
}

/// Accounts that lack the same.
#[derive(Default)]
struct Alike {
    accounts: BTreeSet<String>,
    scopes: BTreeSet<ScopeKey>,
    left_out: BTreeSet<String>,
}

/// The grants that would mend these denials: one document per provider and set of permissions, so that
/// no account is asked for more than it lacks. Order and repetition of the denials make no difference.
pub(crate) fn grants(denials: impl IntoIterator<Item = Denial>) -> Grants {
    let mut lacks: BTreeMap<(usize, String), Lack> = BTreeMap::new();
    let mut unexplained: BTreeSet<(ScopeKey, String)> = BTreeSet::new();
    let mut renew: BTreeMap<String, BTreeSet<ScopeKey>> = BTreeMap::new();
    for denial in denials {
        if let Some(command) = &denial.renew {
            renew.entry(command.clone()).or_default().insert(denial.scope);
            continue;
        }
        let Some((dialect, said)) = denial.read() else {
            if denial.denied {
                unexplained.insert((denial.scope.clone(), denial.told()));
            }
            continue;
        };
        let lack = lacks.entry((dialect, denial.scope.account.clone())).or_default();
        for said in said {
            match said {
                Said::Need(need) => lack.needs.entry(need).or_default().insert(denial.scope.clone()),
                Said::LeftOut { permission, reason } => {
                    let line = format!("{}: {reason}", short(&permission));
                    lack.left_out.entry(line).or_default().insert(denial.scope.clone())
                }
            };
        }
    }
    let mut alike: BTreeMap<(usize, Vec<Need>), Alike> = BTreeMap::new();
    for ((dialect, account), mut lack) in lacks {
        DIALECTS[dialect].reduce(&mut lack.needs);
        if lack.needs.is_empty() {
            // No document to bear the reason; the scopes bear it.
            for (line, scopes) in lack.left_out {
                unexplained.extend(scopes.into_iter().map(|s| (s, format!("not asked for: {line}"))));
            }
            continue;
        }
        let shut: BTreeSet<&ScopeKey> = lack.left_out.values().flatten().collect();
        let opened = lack.needs.values().flatten().filter(|s| !shut.contains(s)).cloned();
        let opened: BTreeSet<ScopeKey> = opened.collect();
        let group = alike.entry((dialect, lack.needs.into_keys().collect())).or_default();
        group.accounts.insert(account);
        group.scopes.extend(opened);
        group.left_out.extend(lack.left_out.into_keys());
    }
    let mut of_dialect = [0_usize; DIALECTS.len()];
    for (dialect, _) in alike.keys() {
        of_dialect[*dialect] += 1;
    }
    let documents = alike.into_iter().map(|((dialect, needs), group)| {
        let made = DIALECTS[dialect].document(&needs, &group.accounts);
        let title = if of_dialect[dialect] > 1 {
            format!("{} for {}", made.title, accounts(&group.accounts))
        } else {
            made.title.to_owned()
        };
        let mut left_out: Vec<String> = group.left_out.into_iter().collect();
        left_out.extend(made.remark);
        Grant {
            title,
            format: made.format.to_owned(),
            text: made.text,
            permissions: needs.iter().map(ToString::to_string).collect(),
            scopes: group.scopes.into_iter().collect(),
            left_out,
        }
    });
    Grants {
        grants: documents.collect(),
        unexplained: unexplained.into_iter().collect(),
        renew: renew.into_iter().map(|(command, scopes)| (command, scopes.into_iter().collect())).collect(),
    }
}

fn accounts(all: &BTreeSet<String>) -> String {
    match all.iter().next() {
        Some(only) if all.len() == 1 && !only.is_empty() => short(only),
        Some(_) if all.len() == 1 => "no account".to_owned(),
        _ => format!("{} accounts", all.len()),
    }
}
