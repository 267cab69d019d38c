//! The smallest policies that would fix the denials, and the commands that renew credentials, as texts
//! to read and copy.

use cloudscope_application::message::{Grant, Grants};
use cloudscope_domain::ScopeKey;

use crate::{
    model::{
        document::DocLine,
        offer::{Item, Offer},
    },
    text::plural,
    theme::Slot,
};

/// Scopes named at most; the rest is counted.
const MOST: usize = 8;

/// The policies; `None` when there is none to show.
pub(crate) fn policies(grants: &Grants) -> Option<Offer> {
    let items: Vec<Item> = grants.grants.iter().map(policy).collect();
    if items.is_empty() {
        return None;
    }
    let scopes = grants.grants.iter().map(|grant| grant.scopes.len() as u64).sum();
    let title = format!("the smallest policy that opens {}", plural(scopes, "denied scope", "denied scopes"));
    Some(Offer { title, items, notes: unexplained(grants), chosen: 0, top: 0 })
}

fn policy(grant: &Grant) -> Item {
    let mut facts = vec![DocLine::fact("grants", grant.permissions.join(", "), Slot::Ok)];
    named(&mut facts, "opens", &grant.scopes);
    facts.push(DocLine::fact(
        "to whom",
        "whoever may grant it: this program grants nothing and only copies the text",
        Slot::Dim,
    ));
    let mut notes = Vec::new();
    if !grant.left_out.is_empty() {
        notes.push(DocLine::title("denied, and not asked for"));
        notes.extend(grant.left_out.iter().map(|why| DocLine::fact("", why, Slot::Warning)));
    }
    let what = format!(
        "the {}: {}",
        grant.title,
        plural(grant.permissions.len() as u64, "permission", "permissions")
    );
    Item { title: grant.title.clone(), facts, text: grant.text.clone(), notes, what }
}

/// Denials of which no policy can be made, with the provider's words.
pub(crate) fn unexplained(grants: &Grants) -> Vec<DocLine> {
    if grants.unexplained.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![DocLine::title("denied without naming the permission")];
    for (scope, words) in &grants.unexplained {
        lines.push(DocLine::fact("", format!("{scope}: {words}"), Slot::Warning));
    }
    lines
}

/// The commands that renew credentials; `None` when none are expired.
pub(crate) fn renewals(renew: &[(String, Vec<ScopeKey>)]) -> Option<Offer> {
    let items: Vec<Item> = renew
        .iter()
        .map(|(command, scopes)| {
            let mut facts = Vec::new();
            named(&mut facts, "would read", scopes);
            facts.push(DocLine::fact(
                "to run",
                "by you, in a shell: this program copies the command and never runs it",
                Slot::Dim,
            ));
            Item {
                title: command.clone(),
                facts,
                text: command.clone(),
                notes: Vec::new(),
                what: format!("the command `{command}`"),
            }
        })
        .collect();
    let title = "the command that renews the credentials".to_owned();
    (!items.is_empty()).then_some(Offer { title, items, notes: Vec::new(), chosen: 0, top: 0 })
}

fn named(facts: &mut Vec<DocLine>, label: &str, scopes: &[ScopeKey]) {
    for (i, scope) in scopes.iter().take(MOST).enumerate() {
        facts.push(DocLine::fact(if i == 0 { label } else { " " }, scope.to_string(), Slot::Text));
    }
    if scopes.len() > MOST {
        let more = plural((scopes.len() - MOST) as u64, "more scope", "more scopes");
        facts.push(DocLine::fact(" ", format!("and {more}"), Slot::Dim));
    }
}
