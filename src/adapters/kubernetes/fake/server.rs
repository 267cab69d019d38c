//! The server as tests hold it: started on a port, filled, broken, asked what it was asked.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, thread::JoinHandle, time::Duration};

use serde_json::{Value, json};
use tokio_rustls::TlsAcceptor;

use super::{
    fault::Rule,
    form::Form,
    kinds::{AGGREGATED_GROUPS, DEFINITIONS, Served, definition, served},
    kubeconfig::{Context, Proof, kubeconfig},
    listing,
    objects::Objects,
    request::Address,
    select::Selector,
    serve::serve,
    shared::{Asked, Settings, Shared},
    tls::Authority,
    users::{User, Users},
};

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// So many events are remembered of each resource.
const LOG: usize = 50_000;

/// A running fake; ended when dropped.
pub struct FakeApiServer {
    address: SocketAddr,
    authority: Authority,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl FakeApiServer {
    /// Starts it on a free port of this machine, with an administrator and the namespaces that every cluster
    /// has.
    ///
    /// # Errors
    /// When no port or no certificate can be had.
    pub fn start() -> Outcome<Self> {
        Self::with_log(LOG)
    }

    /// The same, with so many events remembered of each resource.
    ///
    /// # Errors
    /// When no port or no certificate can be had.
    pub fn with_log(log: usize) -> Outcome<Self> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let authority = Authority::new()?;
        let acceptor = TlsAcceptor::from(authority.server()?);
        let served = served();
        let mut users = Users::default();
        users.by_name.insert("admin".to_owned(), User::admin("admin"));
        users.tokens.insert("token-of-admin".to_owned(), "admin".to_owned());
        let shared = Arc::new(Shared::new(served.clone(), Objects::new(served, log), users));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let serving = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            runtime.block_on(serve(listener, acceptor, serving));
            runtime.shutdown_background();
        });
        let server = Self { address, authority, shared, thread: Some(thread) };
        for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
            server.put(
                "namespaces",
                json!({
                    "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
                    "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"},
                }),
            );
        }
        Ok(server)
    }

    /// Where it answers.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The certificate of its authority, in PEM.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority.pem
    }

    /// The uid by which the cluster is known.
    #[must_use]
    pub fn cluster(&self) -> String {
        let system = self.get("namespaces", "", "kube-system").unwrap_or_default();
        system["metadata"]["uid"].as_str().unwrap_or_default().to_owned()
    }

    /// Adds a user who is known by a token.
    pub fn user(&self, user: User, token: &str) {
        let mut users = self.shared.users();
        users.tokens.insert(token.to_owned(), user.name.clone());
        users.by_name.insert(user.name.clone(), user);
    }

    /// Adds a user who is known by a certificate of their own.
    ///
    /// # Errors
    /// When none can be made.
    pub fn certified(&self, user: User) -> Outcome<Proof> {
        let issued = self.authority.issue(&user.name)?;
        let mut users = self.shared.users();
        users.certificates.insert(issued.der, user.name.clone());
        users.by_name.insert(user.name.clone(), user);
        Ok(Proof::Certificate(issued.certificate, issued.key))
    }

    /// A token is no longer known.
    pub fn revoke(&self, token: &str) {
        self.shared.users().tokens.remove(token);
    }

    /// A context of that name that leads here.
    #[must_use]
    pub fn context(&self, name: &str, proof: Proof) -> Context {
        Context {
            name: name.to_owned(),
            cluster: format!("{name}-cluster"),
            server: self.url(),
            authority: self.authority.pem.clone(),
            proof,
            namespace: None,
            impersonate: None,
        }
    }

    /// A kubeconfig with one context, `fake`, of the administrator.
    #[must_use]
    pub fn kubeconfig(&self) -> String {
        kubeconfig(&[self.context("fake", Proof::Token("token-of-admin".to_owned()))])
    }

    /// Creates or replaces an object; returns its version, or `None` when there is no such resource or the
    /// object has no name.
    pub fn put(&self, resource: &str, object: Value) -> Option<u64> {
        self.shared.objects().put(resource, object)
    }

    /// Changes an object; returns its new version, or `None` when there is no such object.
    pub fn edit(
        &self,
        resource: &str,
        namespace: &str,
        name: &str,
        edit: impl FnOnce(&mut Value),
    ) -> Option<u64> {
        let mut objects = self.shared.objects();
        let mut object = objects.shelves.get(resource)?.get(namespace, name)?.value();
        edit(&mut object);
        objects.put(resource, object)
    }

    /// Deletes an object; returns the version of the deletion, or `None` when there was none.
    pub fn delete(&self, resource: &str, namespace: &str, name: &str) -> Option<u64> {
        self.shared.objects().remove(resource, namespace, name)
    }

    /// An object as it is now.
    #[must_use]
    pub fn get(&self, resource: &str, namespace: &str, name: &str) -> Option<Value> {
        Some(self.shared.objects().shelves.get(resource)?.get(namespace, name)?.value())
    }

    /// All objects of a resource as they are now.
    #[must_use]
    pub fn objects(&self, resource: &str) -> Vec<Value> {
        let objects = self.shared.objects();
        let Some(shelf) = objects.shelves.get(resource) else { return Vec::new() };
        shelf.list(None, &Selector::default()).iter().map(|(_, o)| o.value()).collect()
    }

    /// Writes a whole list as it would be sent, in pages of 500, and says how many objects are in it: what the
    /// fake by itself can do.
    #[must_use]
    pub fn write_list(&self, resource: &str) -> usize {
        let served = self.shared.served();
        let served = served.iter().find(|s| s.name() == resource);
        let Some(address) = served.map(Address::of) else { return 0 };
        let (mut parameters, mut bytes) = (BTreeMap::from([("limit".to_owned(), "500".to_owned())]), 0);
        loop {
            let page = listing::list(&mut self.shared.objects(), &address, &parameters, Form::Whole, false);
            let Ok(page) = page else { return 0 };
            bytes += page.len();
            // The token is in the head of the page.
            let head = page.get(..400).unwrap_or_default();
            let token = head.split_once("\"continue\":\"").and_then(|(_, rest)| rest.split_once('"'));
            match token {
                Some((token, _)) => parameters.insert("continue".to_owned(), token.to_owned()),
                None => break,
            };
        }
        if bytes == 0 { 0 } else { self.names(resource).len() }
    }

    /// Namespaces and names of all objects of a resource.
    #[must_use]
    pub fn names(&self, resource: &str) -> Vec<(String, String)> {
        let objects = self.shared.objects();
        let Some(shelf) = objects.shelves.get(resource) else { return Vec::new() };
        let listed = shelf.list(None, &Selector::default());
        listed.iter().map(|((namespace, name), _)| (namespace.to_string(), name.to_string())).collect()
    }

    /// How many objects each resource has.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<String, usize> {
        self.shared.objects().shelves.iter().map(|(name, shelf)| (name.clone(), shelf.len())).collect()
    }

    /// The newest version.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.shared.objects().version
    }

    /// What it serves.
    #[must_use]
    pub fn served(&self) -> Arc<Vec<Served>> {
        self.shared.served()
    }

    /// A definition is installed: its kind is served from now on.
    pub fn define(&self, new: Served) {
        self.shared.objects().shelve(new.clone());
        let (name, definition) = (new.name(), definition(&new));
        self.shared.serve(|served| {
            served.retain(|s| s.name() != name);
            served.push(new);
        });
        self.put(DEFINITIONS, definition);
    }

    /// A definition is removed as a server does it: the objects are deleted, then nothing is served any more, and
    /// the definition goes last. Open watches are not ended.
    pub fn undefine(&self, name: &str) {
        for (namespace, object) in self.names(name) {
            self.delete(name, &namespace, &object);
        }
        self.shared.serve(|served| served.retain(|s| s.name() != name));
        self.delete(DEFINITIONS, "", name);
    }

    /// A definition is removed, and with it its objects, of which no open watch is told: they are cut.
    pub fn forget(&self, name: &str) {
        self.shared.objects().drop_shelf(name);
        self.shared.serve(|served| served.retain(|s| s.name() != name));
        self.delete(DEFINITIONS, "", name);
        self.cut();
    }

    /// Its kind is not served, though its definition is there: as of a server that has just started. Shown again by
    /// [`Self::define`].
    pub fn hide(&self, name: &str) {
        self.shared.serve(|served| served.retain(|s| s.name() != name));
    }

    /// Forgets all events and pages so far: older versions are answered with 410.
    pub fn compact(&self) {
        self.shared.objects().compact();
    }

    /// Requests that fit the rule go wrong as it says.
    pub fn fail(&self, rule: Rule) {
        self.shared.rules().push(rule);
    }

    /// Forgets all rules.
    pub fn heal(&self) {
        self.shared.rules().clear();
    }

    /// Cuts all open connections, watches among them.
    pub fn cut(&self) {
        self.shared.cut.send_modify(|n| *n += 1);
    }

    /// Changes how it behaves.
    pub fn set(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.shared.settings());
    }

    /// The other servers, which answer for some groups, stop or begin to answer.
    pub fn aggregated_apis(&self, answer: bool) {
        let mut settings = self.shared.settings();
        settings.broken_groups.clear();
        if !answer {
            settings.broken_groups.extend(AGGREGATED_GROUPS.map(str::to_owned));
        }
    }

    /// Everything that was asked so far, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.record().clone()
    }

    /// How many watches are open, by resource.
    #[must_use]
    pub fn watches(&self) -> BTreeMap<String, usize> {
        self.shared.open()
    }

    /// Waits until the open watches are as wanted; `false` when they were not in time.
    #[must_use]
    pub fn wait_for_watches(
        &self,
        patience: Duration,
        wanted: impl FnMut(&BTreeMap<String, usize>) -> bool,
    ) -> bool {
        self.shared.wait(patience, wanted)
    }
}

impl Drop for FakeApiServer {
    fn drop(&mut self) {
        self.shared.stop.cancel();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
