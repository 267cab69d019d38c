//! One kind in one place of one cluster, as a scope names it: asks for its pages and says what came to the
//! sink.

use cloudscope_domain::{Proof, ScopeKey};
use cloudscope_ports::{CollectContext, Fault, FaultKind, Item};
use serde_json::Value;

use crate::{
    client::Answer,
    machine::{Input, Output},
    object,
    path::{LIST, Objects, Target},
    resource::Resource,
    session::Server,
};

/// A page is no larger.
const MOST_PAGE: usize = 128 << 20;
/// A whole list in one answer is no larger.
const MOST_LIST: usize = 1 << 30;
/// Items that are handed over together.
const BATCH: usize = 256;

/// What is collected.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) server: &'a Server,
    pub(crate) resource: &'a Resource,
    pub(crate) namespace: Option<&'a str>,
    pub(crate) metadata: bool,
    pub(crate) scope: &'a ScopeKey,
    pub(crate) context: &'a CollectContext,
}

/// How the end of a listing is called.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whole {
    /// Nothing follows.
    Done,
    /// It is followed.
    Resume,
}

impl<'a> Place<'a> {
    /// What is asked about.
    pub(crate) fn objects(&self) -> Objects<'a> {
        Objects { resource: self.resource, namespace: self.namespace, metadata: self.metadata }
    }

    /// A page of the list, or all of it.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) async fn page(&self, paged: bool, token: Option<&str>) -> Result<Input<Value>, Fault> {
        let limit = paged.then_some(self.server.page);
        let target = Target::List { of: self.objects(), limit, token };
        let most = if paged { MOST_PAGE } else { MOST_LIST };
        match self.server.client.get(&*self.context.gate, self.scope, &target, most).await? {
            Answer::Expired => Ok(Input::Expired),
            Answer::Unsupported(fault) => Err(fault),
            Answer::Good(body) => object::page(&body, self.metadata).map_err(|why| {
                let words = format!("{} answers with {why}", self.server.client.context());
                Fault::new(FaultKind::Malformed, LIST.as_str(), words)
            }),
        }
    }

    /// Says what follows from what came. `limits` come before the end of a listing.
    ///
    /// # Errors
    /// `Cancelled`.
    pub(crate) async fn say(
        &self,
        say: Vec<Output<Value>>,
        whole: Whole,
        limits: &[(String, Option<String>)],
    ) -> Result<(), Fault> {
        let mut batch = Vec::with_capacity(say.len().min(BATCH));
        for output in say {
            match output {
                Output::Begin => {
                    // A context may lead to another cluster than it did.
                    let ids = format!("{}/", self.server.identity.uid);
                    batch.extend([Item::Begin, Item::Within { ids }]);
                }
                Output::Expect(count) => batch.push(Item::Expect(count)),
                Output::Upsert(object) => {
                    self.hear(&object, false);
                    batch.push(self.seen(object));
                }
                Output::Delete(object) => {
                    self.hear(&object, true);
                    if let Some(key) = self.server.mapper.key(self.resource, &object) {
                        batch.push(Item::Delete { key, proof: Proof::DeleteEvent });
                    }
                }
                Output::Resume => {
                    batch.extend(limits.iter().map(|(message, missing)| Item::Limited {
                        message: message.clone(),
                        missing_permission: missing.clone(),
                    }));
                    batch.push(if whole == Whole::Done { Item::Done } else { Item::Resume });
                }
            }
            if batch.len() >= BATCH {
                self.send(std::mem::take(&mut batch)).await?;
            }
        }
        if batch.is_empty() { Ok(()) } else { self.send(batch).await }
    }

    fn hear(&self, object: &Value, gone: bool) {
        self.server.news.hear(self.server.client.login().context(), self.resource, object, gone);
    }

    fn seen(&self, object: Value) -> Item {
        match self.server.mapper.sighting(self.resource, object) {
            Ok(sighting) => Item::Upsert(Box::new(sighting)),
            Err(why) => Item::Problem {
                message: format!("an object of {} was left out: {why}", self.resource.name()),
                missing_permission: None,
            },
        }
    }

    async fn send(&self, batch: Vec<Item>) -> Result<(), Fault> {
        self.context.sink.send(batch).await.map_err(|e| self.cancelled(&e.to_string()))
    }

    /// The run was cancelled.
    pub(crate) fn cancelled(&self, words: &str) -> Fault {
        Fault::new(FaultKind::Cancelled, LIST.as_str(), words)
    }
}
