//! From a request to an answer: who asks, what goes wrong, whether they may, and what there is.

use serde_json::Value;

use super::{
    discovery,
    fault::{Call, Fault},
    following::{Watch, is_watch},
    form::Form,
    listing,
    request::{Address, Asks, Head},
    shared::Shared,
    status::Refused,
    users::User,
};

/// What is sent.
pub(crate) enum Answer {
    /// The connection is closed.
    Nothing,
    /// An answer in one piece, or the first half of it.
    Whole { status: u16, kind: String, headers: Vec<(&'static str, String)>, body: String, half: bool },
    /// A watch.
    Stream { watch: Box<Watch>, fault: Option<Fault> },
}

impl Answer {
    /// HTTP status; 0 for none.
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Nothing => 0,
            Self::Whole { status, .. } => *status,
            Self::Stream { .. } => 200,
        }
    }

    fn json(body: String) -> Self {
        Self::Whole {
            status: 200,
            kind: "application/json".to_owned(),
            headers: Vec::new(),
            body,
            half: false,
        }
    }

    fn other(status: u16, kind: &str, body: &str) -> Self {
        let (kind, body) = (kind.to_owned(), body.to_owned());
        Self::Whole { status, kind, headers: Vec::new(), body, half: false }
    }

    fn refused(refused: &Refused) -> Self {
        let mut headers = Vec::new();
        if let Some(seconds) = refused.retry_after {
            headers.push(("Retry-After", seconds.to_string()));
        }
        let body = format!("{}\n", refused.body());
        Self::Whole { status: refused.code, kind: "application/json".to_owned(), headers, body, half: false }
    }
}

/// The answer, and the name of who asked.
pub(crate) async fn answer(
    shared: &Shared,
    head: &Head,
    certificate: Option<&[u8]>,
) -> (Option<String>, Answer) {
    let user = {
        let users = shared.users();
        let own = users.who(head.bearer(), certificate).cloned();
        match (own, head.header("impersonate-user")) {
            (Some(own), Some(other)) if own.may("impersonate", "users", None) => {
                users.by_name.get(other).cloned().or_else(|| Some(User::limited(other, Vec::new())))
            }
            (Some(own), Some(other)) => {
                let refused = Refused::forbidden(&own.name, "impersonate", ("", "users"), other, None);
                return (Some(own.name), Answer::refused(&refused));
            }
            (own, None) => own,
            (None, Some(_)) => None,
        }
    };
    let name = user.as_ref().map(|u| u.name.clone());
    let parameters = head.parameters();
    let asks = Asks::of(&head.path);
    let (resource, call) = match &asks {
        Asks::Objects(address) => {
            let call = match (&address.name, is_watch(&parameters), parameters.contains_key("continue")) {
                (_, true, _) => Call::Watch,
                (Some(_), false, _) => Call::Get,
                (None, false, true) => Call::NextPage,
                (None, false, false) => Call::List,
            };
            (address.resource(), call)
        }
        Asks::Group(group) | Asks::Resources { group, .. } => (group.clone(), Call::Discovery),
        _ => (String::new(), Call::Discovery),
    };
    let fault = shared.fault(&resource, call);
    let mut half = false;
    let mut empty = false;
    match &fault {
        Some(Fault::Drop) => return (name, Answer::Nothing),
        Some(Fault::Status { code, reason, message, retry_after }) => {
            let mut refused = Refused::new(*code, reason, *message);
            refused.retry_after = *retry_after;
            return (name, Answer::refused(&refused));
        }
        Some(Fault::Html(status)) => {
            let page = "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>\n";
            return (name, Answer::other(*status, "text/html", page));
        }
        Some(Fault::Garbage) => {
            return (
                name,
                Answer::other(200, "application/json", "{\"kind\":\"PodList\",\"items\":[{]\u{1b}[2J\u{0}"),
            );
        }
        Some(Fault::Slow(time)) => tokio::time::sleep(*time).await,
        Some(Fault::Cut) => half = true,
        Some(Fault::Empty) => empty = true,
        Some(Fault::ExpiredPages) => shared.objects().forget_pages(),
        _ => {}
    }
    let Some(user) = user else { return (name, Answer::refused(&Refused::unauthorized())) };
    if head.method != "GET" {
        let words = "the server does not allow this method on the requested resource";
        return (name, Answer::refused(&Refused::new(405, "MethodNotAllowed", words)));
    }
    let accept = head.header("accept").unwrap_or_default();
    let mut out = match &asks {
        Asks::Objects(address) if call == Call::Watch => {
            let verb = allowed(shared, &user, address, "watch");
            match verb.and_then(|()| Watch::new(shared, address, &parameters, Form::of(accept))) {
                Ok(watch) => Answer::Stream { watch: Box::new(watch), fault: fault.clone() },
                Err(refused) => Answer::refused(&refused),
            }
        }
        Asks::Objects(address) => {
            let verb = if call == Call::Get { "get" } else { "list" };
            let form = Form::of(accept);
            let done = allowed(shared, &user, address, verb).and_then(|()| match call {
                Call::Get => listing::get(&shared.objects(), address, form),
                _ => listing::list(&mut shared.objects(), address, &parameters, form, empty),
            });
            match done {
                Ok(body) => Answer::json(body),
                Err(refused) => Answer::refused(&refused),
            }
        }
        Asks::Health => Answer::other(200, "text/plain", "ok"),
        Asks::Unknown => Answer::refused(&Refused::no_such_path()),
        _ => document(shared, &asks, accept),
    };
    if let (true, Answer::Whole { half: cut, .. }) = (half, &mut out) {
        *cut = true;
    }
    (name, out)
}

/// Whether there is such a resource with such a verb, and the user may.
fn allowed(shared: &Shared, user: &User, address: &Address, verb: &str) -> Result<(), Refused> {
    let fits = |s: &&super::kinds::Served| {
        s.plural == address.plural && s.group == address.group && s.version == address.version
    };
    let all = shared.served();
    let served = all.iter().find(fits);
    if shared.settings().broken_groups.contains(&address.group) {
        let words = "the server is currently unable to handle the request";
        return Err(Refused::new(503, "ServiceUnavailable", words));
    }
    let name = address.name.as_deref().unwrap_or_default();
    let mut place = address.namespace.as_deref();
    // A namespace is an object of the cluster, and lies in itself where rights are concerned.
    if address.plural == "namespaces" && address.name.is_some() {
        place = address.name.as_deref();
    }
    let full = match &address.part {
        Some(part) => format!("{}/{part}", address.resource()),
        None => address.resource(),
    };
    if !user.may(verb, &full, place) && !user.may(verb, &full, None) {
        let about = (address.group.as_str(), address.plural.as_str());
        return Err(Refused::forbidden(&user.name, verb, about, name, place));
    }
    let served = served.ok_or_else(Refused::no_such_path)?;
    if address.part.as_deref().is_some_and(|p| p != "status")
        || (address.namespace.is_some() && !served.namespaced)
    {
        return Err(Refused::no_such_path());
    }
    if !served.can(verb) {
        let words = "the server does not allow this method on the requested resource";
        return Err(Refused::new(405, "MethodNotAllowed", words));
    }
    Ok(())
}

/// A document of discovery.
fn document(shared: &Shared, asks: &Asks, accept: &str) -> Answer {
    let settings = shared.settings().clone();
    let served = &shared.served()[..];
    let done = |value: Value| Answer::json(format!("{value}\n"));
    let newest = ["v2", "v2beta1"].into_iter().find(|v| {
        accept.split(',').any(|kind| {
            let has = |word: &str| kind.split(';').any(|p| p.trim() == word);
            has("as=APIGroupDiscoveryList") && has("g=apidiscovery.k8s.io") && has(&format!("v={v}"))
        })
    });
    match (asks, newest.filter(|_| settings.aggregated)) {
        (Asks::Version, _) => done(discovery::version()),
        (Asks::Core | Asks::Groups, Some(version)) => {
            let core = *asks == Asks::Core;
            let body = discovery::aggregated(served, core, version, &settings.broken_groups);
            let kind = format!("application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList");
            Answer::other(200, &kind, &format!("{body}\n"))
        }
        (Asks::Core, None) => done(discovery::core()),
        (Asks::Groups, None) => done(discovery::groups(served)),
        (Asks::Group(group), _) => match discovery::one_group(served, group) {
            Some(value) => done(value),
            None => Answer::refused(&Refused::no_such_path()),
        },
        (Asks::Resources { group, .. }, _) if settings.broken_groups.contains(group) => {
            let words = "the server is currently unable to handle the request";
            Answer::refused(&Refused::new(503, "ServiceUnavailable", words))
        }
        (Asks::Resources { group, version }, _) => match discovery::resources(served, group, version) {
            Some(value) => done(value),
            None => Answer::refused(&Refused::no_such_path()),
        },
        _ => Answer::refused(&Refused::no_such_path()),
    }
}
