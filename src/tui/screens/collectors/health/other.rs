//! The lines of the health pane that are no scopes: circuits, sources, what was found.

use cloudscope_application::message::Overview;
use cloudscope_domain::text::labelled;

use super::super::heading;
use crate::{
    model::{
        Model,
        collectors::{
            health::{Entry, Part},
            report::circuit_in_words,
        },
    },
    text::plural,
    theme::Slot,
    widgets::pen::Pen,
};

/// Draws one.
pub(super) fn draw(model: &Model, pen: &mut Pen<'_>, entry: Entry) {
    let Some(overview) = model.estate.overview.as_deref() else { return };
    let words = match entry {
        Entry::Heading(Part::Circuits) => Some(vec![("CIRCUITS".to_owned(), Slot::Title)]),
        Entry::Heading(Part::Sources) => Some(vec![("SOURCES".to_owned(), Slot::Title)]),
        Entry::Heading(Part::Found) => Some(vec![("FOUND".to_owned(), Slot::Title)]),
        Entry::Circuit(i) => circuit(model, overview, i),
        Entry::Source(i) => source(model, overview, i),
        Entry::Found(i) => found(overview, i),
        Entry::Scope(_) => None,
    };
    for (word, slot) in words.into_iter().flatten() {
        pen.put(&word, slot).skip(2);
    }
}

type Words = Vec<(String, Slot)>;

fn circuit(model: &Model, overview: &Overview, i: usize) -> Option<Words> {
    let circuit = overview.circuits.get(i)?;
    let (words, slot) = circuit_in_words(circuit, model.ages_at);
    let named = overview.accounts.get(&circuit.account).map(String::as_str);
    let name = format!("{} {}", labelled(&circuit.account, named), circuit.endpoint);
    Some(vec![(name.trim_start().to_owned(), Slot::Text), (words, slot), (circuit.error.clone(), Slot::Dim)])
}

fn source(model: &Model, overview: &Overview, i: usize) -> Option<Words> {
    let source = overview.sources.get(i)?;
    let scopes = model.collectors.health.count_of(&source.name);
    let mut words = vec![
        (source.name.to_string(), Slot::Text),
        (format!("by the {} collector", source.collector), Slot::Dim),
        (plural(scopes as u64, "scope", "scopes"), Slot::Dim),
    ];
    let plan = overview.schedule.iter().find(|plan| plan.source == source.name);
    words.extend(plan.map(|plan| (heading::planned(model, plan), Slot::Text)));
    Some(words)
}

fn found(overview: &Overview, i: usize) -> Option<Words> {
    let found = overview.discovered.get(i)?;
    let what = match (&found.source, &found.add) {
        (Some(source), _) => (format!(":collect {}", source.name), Slot::Accent),
        (None, Some(add)) => (format!("cloudscope sources add {add}"), Slot::Accent),
        (None, None) => ("not yet collectable".to_owned(), Slot::Stopped),
    };
    Some(vec![(found.title.clone(), Slot::Text), what, (found.origin.clone(), Slot::Dim)])
}
