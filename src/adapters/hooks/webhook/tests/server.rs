//! A receiver on loopback: TLS with a certificate of its own for `hooks.example.com`, one scripted answer
//! per request. Stops when it is dropped.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
    sync::Notify,
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

/// What was sent to it.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) line: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) at: Instant,
}

impl Request {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }
}

/// How it answers.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    Status {
        code: u16,
        headers: String,
        body: String,
        endless: bool,
    },
    /// Closes the connection without a word.
    Cut,
    /// Says nothing, and keeps the connection.
    Silence,
}

impl Answer {
    pub(super) fn status(code: u16) -> Self {
        Self::Status { code, headers: String::new(), body: String::new(), endless: false }
    }

    pub(super) fn cut() -> Self {
        Self::Cut
    }

    pub(super) fn silence() -> Self {
        Self::Silence
    }

    pub(super) fn header(mut self, line: &str) -> Self {
        if let Self::Status { headers, .. } = &mut self {
            *headers += &format!("{line}\r\n");
        }
        self
    }

    pub(super) fn body(mut self, text: &str) -> Self {
        if let Self::Status { body, .. } = &mut self {
            text.clone_into(body);
        }
        self
    }

    pub(super) fn endless(mut self) -> Self {
        if let Self::Status { endless, .. } = &mut self {
            *endless = true;
        }
        self
    }
}

#[derive(Default)]
struct Shared {
    script: Mutex<std::collections::VecDeque<Answer>>,
    requests: Mutex<Vec<Request>>,
    connections: AtomicUsize,
    came: Notify,
}

/// The receiver.
pub(super) struct Server {
    port: u16,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
    dir: tempfile::TempDir,
}

impl Server {
    pub(super) async fn start(script: Vec<Answer>) -> Self {
        Self::serve(script, true).await
    }

    pub(super) async fn start_plain(script: Vec<Answer>) -> Self {
        Self::serve(script, false).await
    }

    async fn serve(script: Vec<Answer>, tls: bool) -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(vec!["hooks.example.com".to_owned()]).unwrap();
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("ca.pem"), cert.pem()).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared { script: Mutex::new(script.into()), ..Shared::default() });
        let state = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            let mut held = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                state.connections.fetch_add(1, Ordering::SeqCst);
                let (state, acceptor) = (Arc::clone(&state), acceptor.clone());
                held.spawn(async move {
                    if tls {
                        if let Ok(stream) = acceptor.accept(stream).await {
                            answer(stream, &state).await;
                        }
                    } else {
                        answer(stream, &state).await;
                    }
                });
            }
        });
        Self { port, shared, task, dir }
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn ca_file(&self) -> PathBuf {
        self.dir.path().join("ca.pem")
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }

    pub(super) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Waits for the next request.
    pub(super) async fn connected(&self) {
        self.shared.came.notified().await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, shared: &Shared) {
    let Some(request) = read(&mut stream).await else { return };
    shared.requests.lock().unwrap().push(request);
    shared.came.notify_one();
    let next = shared.script.lock().unwrap().pop_front();
    match next.unwrap_or(Answer::status(500)) {
        Answer::Cut => {}
        Answer::Silence => std::future::pending().await,
        Answer::Status { code, headers, body, endless } => {
            let length = if endless { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
            let head = format!("HTTP/1.1 {code} X\r\n{headers}{length}Connection: close\r\n\r\n{body}");
            let _ = stream.write_all(head.as_bytes()).await;
            while endless && stream.write_all(&[b'z'; 4096]).await.is_ok() {}
            let _ = stream.shutdown().await;
        }
    }
}

async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Request> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let line = lines.next()?.to_owned();
    let headers: Vec<(String, String)> = lines
        .filter_map(|l| l.split_once(": "))
        .map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned()))
        .collect();
    let length = headers.iter().find(|(n, _)| n == "content-length").map_or(0, |(_, v)| v.parse().unwrap());
    let mut body = bytes[end + 4..].to_vec();
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some(Request { line, headers, body, at: Instant::now() })
}
