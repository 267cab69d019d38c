//! A watch: what is there first, where that is asked for, then events as they happen, and bookmarks.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde_json::json;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::Instant,
};

use super::{
    fault::Fault,
    form::Form,
    kinds::Served,
    objects::{Became, Event, Stored},
    request::Address,
    select::Selector,
    shared::Shared,
    status::Refused,
};

/// What a watch is to tell.
pub(crate) struct Watch {
    resource: String,
    namespace: Option<String>,
    selector: Selector,
    form: Form,
    /// After this version; 0 for everything that is there, first.
    from: u64,
    everything: bool,
    /// Whether the end of what was there is marked.
    marked: bool,
    bookmarks: bool,
    timeout: Duration,
    served: Served,
}

impl Watch {
    /// From the parameters of a request.
    pub(crate) fn new(
        shared: &Shared,
        address: &Address,
        parameters: &BTreeMap<String, String>,
        form: Form,
    ) -> Result<Self, Refused> {
        let text = |name: &str| parameters.get(name).map(String::as_str).unwrap_or_default();
        let yes = |name: &str| matches!(text(name), "true" | "1");
        let bad = |words: String| Refused::new(400, "BadRequest", words);
        let labels = text("labelSelector");
        let mut fields = text("fieldSelector").to_owned();
        if let Some(name) = &address.name {
            fields = format!("metadata.name={name}");
        }
        let selector = Selector::parse(labels, &fields).map_err(bad)?;
        let initial = yes("sendInitialEvents");
        if parameters.contains_key("sendInitialEvents") && !shared.settings().watch_list {
            return Err(Refused::no_watch_list());
        }
        if initial && text("resourceVersionMatch") != "NotOlderThan" {
            let words = "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
            return Err(Refused::new(422, "Invalid", words));
        }
        let from: u64 = match text("resourceVersion") {
            "" => 0,
            version => version.parse().map_err(|_| bad(format!("invalid resource version \"{version}\"")))?,
        };
        let objects = shared.objects();
        let shelf = objects.shelves.get(&address.resource()).ok_or_else(Refused::no_such_path)?;
        if from > 0 && !initial && from < shelf.floor {
            return Err(Refused::expired(shelf.floor, from));
        }
        let seconds = text("timeoutSeconds").parse().unwrap_or(1800);
        Ok(Self {
            resource: address.resource(),
            namespace: address.namespace.clone(),
            selector,
            form,
            from,
            everything: initial || (from == 0 && !parameters.contains_key("sendInitialEvents")),
            marked: initial,
            bookmarks: yes("allowWatchBookmarks"),
            timeout: Duration::from_secs(seconds),
            served: shelf.served.clone(),
        })
    }

    fn line(&self, kind: &str, object: &Stored) -> String {
        let mut out = format!("{{\"type\":\"{kind}\",\"object\":");
        self.form.single(&self.served, object, &mut out);
        out.push_str("}\n");
        out
    }

    fn bookmark(&self, version: u64, ends: bool) -> String {
        let mut metadata = json!({"resourceVersion": version.to_string(), "creationTimestamp": null});
        if ends {
            metadata["annotations"] = json!({"k8s.io/initial-events-end": "true"});
        }
        let object = match self.form {
            Form::Whole => {
                json!({"kind": self.served.kind, "apiVersion": self.served.api_version(), "metadata": metadata})
            }
            Form::Metadata => json!({
                "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
            }),
            Form::Table => json!({
                "kind": "Table", "apiVersion": "meta.k8s.io/v1",
                "metadata": {"resourceVersion": version.to_string()}, "columnDefinitions": [], "rows": [],
            }),
        };
        format!("{}\n", json!({"type": "BOOKMARK", "object": object}))
    }

    /// What an event is to this watch: an object that is no longer selected is deleted for it.
    fn told(&self, event: &Event) -> Option<String> {
        if self.namespace.as_deref().is_some_and(|n| n != &*event.namespace) {
            return None;
        }
        let plain = match event.became {
            Became::Added => "ADDED",
            Became::Modified => "MODIFIED",
            Became::Deleted => "DELETED",
        };
        if self.selector.is_everything() {
            return Some(self.line(plain, &event.now));
        }
        let takes = |object: &Arc<Stored>| self.selector.takes(&object.value());
        let was = event.before.as_ref().is_some_and(takes);
        let is = event.became != Became::Deleted && takes(&event.now);
        match (was, is) {
            (false, false) => None,
            (false, true) => Some(self.line("ADDED", &event.now)),
            (true, true) => Some(self.line("MODIFIED", &event.now)),
            (true, false) => Some(self.line("DELETED", &event.now)),
        }
    }
}

/// How a watch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// As it should: the connection can be used again.
    Well,
    /// The connection is broken, or is to be.
    Cut,
}

/// Sends lines, with what is to go wrong.
struct Lines<'a, S> {
    stream: &'a mut S,
    fault: Option<Fault>,
    sent: usize,
    held: Option<String>,
}

impl<S: AsyncWrite + Unpin> Lines<'_, S> {
    async fn chunk(&mut self, text: &str) -> Result<(), End> {
        let chunk = format!("{:x}\r\n{text}\r\n", text.len());
        self.stream.write_all(chunk.as_bytes()).await.map_err(|_| End::Cut)
    }

    /// One event.
    async fn event(&mut self, line: String) -> Result<(), End> {
        match self.fault.clone() {
            Some(Fault::Silent) => return Ok(()),
            Some(Fault::CutAfter(n)) if self.sent >= n => {
                self.flush().await?;
                return Err(End::Cut);
            }
            Some(Fault::EndAfter(n)) if self.sent >= n => return Err(End::Well),
            Some(Fault::HalfLineAfter(n)) if self.sent >= n => {
                let mut half = line.len() / 2;
                while !line.is_char_boundary(half) {
                    half -= 1;
                }
                self.chunk(&line[..half]).await?;
                self.flush().await?;
                return Err(End::Cut);
            }
            Some(Fault::GoneAfter(n)) if self.sent >= n => {
                self.gone(&Refused::expired(1, 0)).await?;
                return Err(End::Well);
            }
            Some(Fault::GarbageAfter(n)) if self.sent >= n => {
                self.chunk("{\"type\":\"MODIFIED\",\"object\":}}\u{1b}[2J\n").await?;
                return Err(End::Well);
            }
            Some(Fault::LongLine(bytes)) => {
                self.chunk("{\"type\":\"ADDED\",\"object\":{\"kind\":\"").await?;
                let part = "x".repeat(64 << 10);
                for _ in 0..bytes.div_ceil(part.len()) {
                    self.chunk(&part).await?;
                }
                self.flush().await?;
                return Err(End::Cut);
            }
            Some(Fault::Twice) => {
                self.chunk(&line).await?;
                self.chunk(&line).await?;
            }
            Some(Fault::Disorder) => match self.held.take() {
                None => self.held = Some(line),
                Some(earlier) => {
                    self.chunk(&line).await?;
                    self.chunk(&earlier).await?;
                }
            },
            _ => self.chunk(&line).await?,
        }
        self.sent += 1;
        Ok(())
    }

    async fn gone(&mut self, refused: &Refused) -> Result<(), End> {
        let line = format!("{}\n", json!({"type": "ERROR", "object": refused.body()}));
        self.chunk(&line).await
    }

    /// A bookmark, which stands behind all events before it.
    async fn bookmark(&mut self, line: &str) -> Result<(), End> {
        if let Some(held) = self.held.take() {
            self.chunk(&held).await?;
        }
        if self.fault == Some(Fault::Silent) {
            return Ok(());
        }
        self.chunk(line).await
    }

    async fn flush(&mut self) -> Result<(), End> {
        self.stream.flush().await.map_err(|_| End::Cut)
    }
}

/// Tells a watch until it ends.
pub(crate) async fn follow<S: AsyncRead + AsyncWrite + Unpin>(
    shared: &Shared,
    watch: &Watch,
    stream: &mut S,
    fault: Option<Fault>,
) -> End {
    shared.watching(&watch.resource, true);
    let mut lines = Lines { stream, fault, sent: 0, held: None };
    let end = match run(shared, watch, &mut lines).await {
        Ok(end) | Err(end) => end,
    };
    shared.watching(&watch.resource, false);
    if end == End::Well && lines.stream.write_all(b"0\r\n\r\n").await.is_err() {
        return End::Cut;
    }
    end
}

async fn run<S: AsyncRead + AsyncWrite + Unpin>(
    shared: &Shared,
    watch: &Watch,
    lines: &mut Lines<'_, S>,
) -> Result<End, End> {
    let mut cut = shared.cut.subscribe();
    let mut at = watch.from;
    let mut news = {
        let objects = shared.objects();
        objects.shelves.get(&watch.resource).ok_or(End::Cut)?.news()
    };
    if watch.everything {
        let (listed, version) = {
            let objects = shared.objects();
            let shelf = objects.shelves.get(&watch.resource).ok_or(End::Cut)?;
            (shelf.list(watch.namespace.as_deref(), &watch.selector), objects.version)
        };
        for (_, object) in &listed {
            lines.event(watch.line("ADDED", object)).await?;
        }
        at = version;
        if watch.marked {
            lines.bookmark(&watch.bookmark(version, true)).await?;
        }
    } else if at == 0 {
        at = shared.objects().version;
    }
    lines.flush().await?;
    let pause = shared.settings().bookmarks;
    let ends = Instant::now() + watch.timeout;
    let mut next = Instant::now() + pause;
    let mut byte = [0_u8; 1];
    loop {
        let (events, version, floor) = {
            let objects = shared.objects();
            let shelf = objects.shelves.get(&watch.resource).ok_or(End::Cut)?;
            (shelf.since(at), objects.version, shelf.floor)
        };
        if floor > at {
            lines.gone(&Refused::expired(floor, at)).await?;
            return Ok(End::Well);
        }
        at = version.max(at);
        for event in &events {
            if let Some(line) = watch.told(event) {
                lines.event(line).await?;
            }
        }
        if !events.is_empty() {
            lines.flush().await?;
        }
        tokio::select! {
            changed = news.changed() => changed.map_err(|_| End::Cut)?,
            () = tokio::time::sleep_until(next), if watch.bookmarks => {
                next = Instant::now() + pause;
                // What happened meanwhile comes before it.
                let quiet = shared.objects().shelves.get(&watch.resource).is_some_and(|s| s.since(at).is_empty());
                if quiet {
                    let version = if lines.fault == Some(Fault::StaleBookmark) { 1 } else { at };
                    lines.bookmark(&watch.bookmark(version, false)).await?;
                    lines.flush().await?;
                }
            }
            () = tokio::time::sleep_until(ends) => return Ok(End::Well),
            _ = cut.changed() => return Err(End::Cut),
            () = shared.stop.cancelled() => return Err(End::Cut),
            read = lines.stream.read(&mut byte) => {
                // Clients say nothing meanwhile; what they do is go.
                if !matches!(read, Ok(n) if n > 0) {
                    return Err(End::Cut);
                }
            }
        }
    }
}

/// The head of an answer that is a stream.
pub(crate) const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nCache-Control: no-cache, private\r\n\r\n";

/// A parameter of a request that is a watch.
pub(crate) fn is_watch(parameters: &BTreeMap<String, String>) -> bool {
    parameters.get("watch").is_some_and(|w| matches!(w.as_str(), "true" | "1" | ""))
}
