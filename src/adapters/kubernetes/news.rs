//! What is heard of the definitions of kinds, and of namespaces where they are listed one by one: whoever reads them
//! notes what is worth another look at a cluster, and whoever plans waits for that.
//!
//! Knows no network.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde_json::Value;
use tokio::{sync::Notify, time::Instant};

use crate::{resource::Resource, turns::Turns};

/// The definitions of custom kinds.
pub(crate) const DEFINITIONS: &str = "customresourcedefinitions.apiextensions.k8s.io";
/// Who serves which group.
pub(crate) const SERVICES: &str = "apiservices.apiregistration.k8s.io";

/// Where what lies in namespaces lies.
const NAMESPACES: &str = "namespaces";

/// What was heard in all clusters of a source.
#[derive(Debug, Default)]
pub(crate) struct News {
    heard: Mutex<Heard>,
    come: Notify,
    /// When it is looked next, while nobody waits for that.
    pace: Mutex<Option<Pace>>,
}

/// Since when it is looked at, and when next.
pub(crate) type Pace = (Instant, Turns);

#[derive(Debug, Default)]
struct Heard {
    /// By context: the names of everything that it served when that was looked at last.
    served: BTreeMap<String, BTreeSet<String>>,
    /// By context: the namespaces that there were then, where they are listed one by one and all are known.
    namespaces: BTreeMap<String, BTreeSet<String>>,
    /// Contexts to look at.
    waiting: BTreeSet<String>,
}

impl News {
    /// A context serves this, and has these namespaces, if it matters which they are.
    pub(crate) fn serves(
        &self,
        context: &str,
        names: &BTreeSet<String>,
        namespaces: Option<&BTreeSet<String>>,
    ) {
        let mut heard = self.lock();
        heard.served.insert(context.to_owned(), names.clone());
        match namespaces {
            Some(all) => _ = heard.namespaces.insert(context.to_owned(), all.clone()),
            None => _ = heard.namespaces.remove(context),
        }
    }

    /// An object was seen, or is gone.
    pub(crate) fn hear(&self, context: &str, of: &Resource, object: &Value, gone: bool) {
        let which = of.name();
        if which != DEFINITIONS && which != SERVICES && which != NAMESPACES {
            return;
        }
        let told = {
            let heard = self.lock();
            if which == NAMESPACES {
                let name = object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
                heard.namespaces.get(context).is_some_and(|all| all.contains(name) == gone)
            } else {
                heard.served.get(context).is_some_and(|served| tells(served, &which, object, gone))
            }
        };
        if told {
            self.stir(context);
        }
    }

    /// What a context serves is worth a look.
    pub(crate) fn stir(&self, context: &str) {
        self.lock().waiting.insert(context.to_owned());
        self.come.notify_one();
    }

    /// Waits for contexts that are worth a look.
    pub(crate) async fn come(&self) -> BTreeSet<String> {
        loop {
            let come = self.come.notified();
            let waiting = std::mem::take(&mut self.lock().waiting);
            if !waiting.is_empty() {
                return waiting;
            }
            come.await;
        }
    }

    /// Where whoever looked before left off.
    pub(crate) fn pace(&self) -> Pace {
        let kept = self.pace.lock().unwrap_or_else(PoisonError::into_inner).take();
        kept.unwrap_or_else(|| (Instant::now(), Turns::default()))
    }

    /// Somebody else goes on from there.
    pub(crate) fn keep_pace(&self, pace: Pace) {
        *self.pace.lock().unwrap_or_else(PoisonError::into_inner) = Some(pace);
    }

    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether what is known to be served and this cannot both be so.
fn tells(served: &BTreeSet<String>, which: &str, object: &Value, gone: bool) -> bool {
    let text = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or_default();
    if which == DEFINITIONS {
        // It is called what its kind is called in the plan.
        let serves = served.contains(text("/metadata/name"));
        return if gone { serves } else { !serves && holds(object, "Established") };
    }
    // `v1.apps`; the core group has none.
    let group = text("/metadata/name").split_once('.').map_or("", |(_, group)| group);
    let serves = served.iter().any(|name| name.split_once('.').is_some_and(|(_, of)| of == group));
    if gone { serves } else { !serves && holds(object, "Available") }
}

/// Whether a condition holds, as far as is said.
fn holds(object: &Value, condition: &str) -> bool {
    let conditions = object.pointer("/status/conditions").and_then(Value::as_array);
    let Some(conditions) = conditions else { return true };
    conditions.iter().any(|c| c["type"] == condition && c["status"] == "True")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn resource(name: &str) -> Resource {
        let (plural, group) = name.split_once('.').unwrap_or((name, ""));
        Resource {
            group: group.into(),
            version: "v1".into(),
            kind: "X".into(),
            plural: plural.into(),
            singular: String::new(),
            short_names: Vec::new(),
            namespaced: false,
            watchable: true,
        }
    }

    fn object(name: &str, condition: &str, status: &str) -> Value {
        json!({"metadata": {"name": name}, "status": {"conditions": [{"type": condition, "status": status}]}})
    }

    #[tokio::test]
    async fn only_what_differs_from_what_is_served_is_news() {
        let news = News::default();
        let served = ["pods", "databases.db.example.com"].map(str::to_owned).into();
        let (definitions, services) = (resource(DEFINITIONS), resource(SERVICES));
        let heard = async |of: &Resource, object: Value, gone: bool| {
            news.hear("prod", of, &object, gone);
            tokio::select! { biased; came = news.come() => came.contains("prod"), () = std::future::ready(()) => false }
        };
        let database = |status| object("databases.db.example.com", "Established", status);
        assert!(!heard(&definitions, database("True"), true).await, "nothing is known of that context yet");
        news.serves("prod", &served, None);
        assert!(!heard(&definitions, database("True"), false).await);
        assert!(heard(&definitions, database("True"), true).await);
        let other = |status| object("others.db.example.com", "Established", status);
        assert!(!heard(&definitions, other("False"), false).await, "it is not served yet");
        assert!(heard(&definitions, other("True"), false).await);
        assert!(heard(&definitions, json!({"metadata": {"name": "bare.example.com"}}), false).await);
        assert!(!heard(&definitions, other("True"), true).await, "it never was");
        assert!(!heard(&services, object("v1.db.example.com", "Available", "True"), false).await);
        assert!(heard(&services, object("v1.metrics.k8s.io", "Available", "True"), false).await);
        assert!(!heard(&services, object("v1.metrics.k8s.io", "Available", "False"), false).await);
        assert!(heard(&services, object("v1.db.example.com", "Available", "False"), true).await);
        assert!(!heard(&resource("databases.db.example.com"), other("True"), false).await);
        // Namespaces count where they are listed one by one.
        let (namespaces, team) = (resource("namespaces"), json!({"metadata": {"name": "team"}}));
        assert!(!heard(&namespaces, team.clone(), false).await);
        news.serves("prod", &served, Some(&["default".to_owned()].into()));
        assert!(heard(&namespaces, team.clone(), false).await);
        assert!(!heard(&namespaces, team, true).await, "it was not known");
        let known = json!({"metadata": {"name": "default"}});
        assert!(!heard(&namespaces, known.clone(), false).await);
        assert!(heard(&namespaces, known, true).await);
    }
}
