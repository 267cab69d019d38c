//! Lists one scope whole: pages with tokens, begun again when the server loses them in the middle.
//!
//! What goes on from there is `follow`'s.

use cloudscope_ports::{Fault, FaultKind, Pages};

use crate::{
    backoff::Backoff,
    identity,
    machine::{Ask, Machine, seen::Seen},
    path::LIST,
    place::{Place, Whole},
};

/// So often a list is begun again.
const TRIES: u32 = 6;

/// Lists, and returns where it ended: version and what was seen.
///
/// # Errors
/// The failure that ended the listing.
pub(crate) async fn list(place: &Place<'_>) -> Result<Option<(String, Seen)>, Fault> {
    let mut machine = Machine::new(false);
    let mut ask = machine.first();
    let mut backoff = Backoff::default();
    let mut tries = 0;
    let mut pages = Pages::new(LIST.as_str());
    let limits = limits(place);
    while let Ask::List { paged, token } = ask {
        match &token {
            Some(token) => pages.follow(token)?,
            None => {
                tries += 1;
                if tries > TRIES {
                    let words = format!(
                        "{} forgets the list of {} while it is read, again and again; ask for larger pages with page=N",
                        place.server.client.context(),
                        place.resource.name()
                    );
                    return Err(Fault::new(FaultKind::Unreachable, LIST.as_str(), words));
                }
                pages = Pages::new(LIST.as_str());
            }
        }
        let step = machine.step(place.page(paged, token.as_deref()).await?);
        place.say(step.say, Whole::Done, &limits).await?;
        if step.pause {
            tokio::time::sleep(backoff.next(None)).await;
        }
        ask = step.ask;
    }
    Ok(machine.into_point())
}

/// What is hidden though everything was listed.
pub(crate) fn limits(place: &Place<'_>) -> Vec<(String, Option<String>)> {
    // Said where the cluster's namespaces are, once.
    let here = place.resource.group.is_empty() && place.resource.plural == "namespaces";
    place
        .server
        .identity
        .makeshift
        .iter()
        .filter(|_| here)
        .cloned()
        .map(|(words, permission)| (words, permission.map(|_| identity::PERMISSION.to_owned())))
        .collect()
}
