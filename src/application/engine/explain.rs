//! How a query is answered: step by step, with what each one let through and took; and what it names that
//! nothing bears.

use std::time::Instant;

use cloudscope_domain::{Moment, query::Query};
use cloudscope_index::{Step, Watch};

use super::{
    Engine,
    payloads::Looked,
    work::{Dropped, blocking},
};
use crate::{
    Reply, SessionError,
    message::{ExplainStep, Explanation, SortKey, Stray},
};

impl Engine {
    pub(super) async fn explain(
        &self,
        text: String,
        sort: Vec<SortKey>,
        at: Option<Moment>,
    ) -> Result<Reply, SessionError> {
        let (view, now) = self.then(at).await?;
        let query = Query::parse(&text);
        let asked = self.asked(&view, &query, now, at.is_some());
        let dropped = Dropped::default();
        let cancel = dropped.watch();
        let explanation = blocking(move || {
            let begun = Instant::now();
            let clock = || micros(begun);
            let watch = Watch::new(&clock);
            let snapshot = &asked.view.snapshot;
            let order: Vec<(String, bool)> = sort.iter().map(|k| (k.column.clone(), k.descending)).collect();
            let (found, looked) = asked.answer(&cancel, |context, looked| {
                let all = snapshot.evaluate(&asked.query, &[], context.watched(&watch), &cancel);
                let ready = Instant::now();
                let sorted = if order.is_empty() {
                    None
                } else {
                    let hits = snapshot.evaluate(&asked.query, &order, *context, &cancel);
                    Some(hits.and_then(|hits| hits.settle(snapshot, &cancel)))
                };
                ((all, sorted, micros(ready)), looked)
            })?;
            let (all, sorted, sort_micros) = found;
            let bad = SessionError::from;
            let hits = all.map_err(bad)?;
            let total = hits.len() as u64;
            let mut steps: Vec<ExplainStep> = looked.map(read).into_iter().collect();
            steps.extend(watch.steps().into_iter().map(seen));
            let took = micros(begun).saturating_sub(if sorted.is_some() { sort_micros } else { 0 });
            if let Some(sorted) = sorted {
                sorted.map_err(bad)?;
                let words: Vec<String> = sort.iter().map(SortKey::to_word).collect();
                steps.push(ExplainStep {
                    term: format!("sort {}", words.join(",")),
                    how: "filtered again, and the matches put in order".to_owned(),
                    rows_in: total,
                    rows_out: total,
                    micros: sort_micros,
                    ..ExplainStep::default()
                });
            }
            let undecided = hits.undecided;
            Ok::<_, SessionError>(Explanation { steps, total, undecided, micros: took, bad: Vec::new() })
        })
        .await??;
        Ok(Reply::Explained(Box::new(Explanation { bad: query.bad, ..explanation })))
    }
}

impl Engine {
    /// What a query names that nothing bears.
    pub(super) async fn strays(&self, text: String, at: Option<Moment>) -> Result<Reply, SessionError> {
        let view = self.view_at(at).await?;
        let find = move || view.snapshot.strays(&Query::parse(&text).expr, view.graph.relations());
        let strays = self.queries.run(&self.hub, find).await?.into_iter();
        let told = |stray: cloudscope_index::Stray| Stray {
            text: stray.to_string(),
            what: stray.what.to_owned(),
            name: stray.name,
            suggestion: stray.suggestion,
        };
        Ok(Reply::Strays(strays.map(told).collect()))
    }
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}

fn read(looked: Looked) -> ExplainStep {
    ExplainStep {
        term: "payloads".to_owned(),
        depth: 0,
        how: "read from the store, of the records that everything else leaves open".to_owned(),
        rows_in: looked.of,
        rows_out: looked.looked,
        undecided: 0,
        micros: looked.micros,
    }
}

fn seen(step: Step) -> ExplainStep {
    ExplainStep {
        term: step.term,
        depth: step.depth,
        how: step.how,
        rows_in: step.rows_in,
        rows_out: step.rows_out,
        undecided: step.undecided,
        micros: step.micros,
    }
}
