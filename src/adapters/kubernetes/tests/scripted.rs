//! A server that answers as a test tells it, over plain HTTP on this machine: what arrives when, and where it
//! breaks off. It knows nothing of Kubernetes.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) uri: String,
    pub(crate) accept: String,
    pub(crate) authorization: String,
    pub(crate) impersonates: Vec<String>,
}

/// What is sent back.
pub(crate) enum Reply {
    /// Status, further headers, body.
    Whole(u16, Vec<(&'static str, String)>, String),
    /// Pieces as the test sends them; the connection breaks when the sender is dropped.
    Pieces(mpsc::UnboundedReceiver<String>),
}

/// A whole answer of JSON.
pub(crate) fn json(body: impl Into<String>) -> Reply {
    Reply::Whole(200, Vec::new(), body.into())
}

/// An error.
pub(crate) fn error(code: u16, reason: &str) -> Reply {
    let body =
        format!(r#"{{"kind":"Status","code":{code},"reason":"{reason}","message":"{reason} as scripted"}}"#);
    Reply::Whole(code, Vec::new(), body)
}

type Answer = dyn Fn(&Asked) -> Reply + Send + Sync;

/// The server. Ends with the test.
pub(crate) struct Scripted {
    pub(crate) address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Scripted {
    pub(crate) async fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let answer: Arc<Answer> = Arc::new(answer);
        let log = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                tokio::spawn(async move {
                    let _ = serve(stream, &log, &*answer).await;
                });
            }
        });
        Self { address, asked }
    }

    /// Every request so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, log: &Mutex<Vec<Asked>>, answer: &Answer) -> std::io::Result<()> {
    let mut rest = Vec::new();
    loop {
        let end = loop {
            if let Some(at) = rest.windows(4).position(|w| w == b"\r\n\r\n") {
                break at + 4;
            }
            let mut piece = [0; 4096];
            let n = stream.read(&mut piece).await?;
            if n == 0 {
                return Ok(());
            }
            rest.extend_from_slice(&piece[..n]);
        };
        let head: Vec<u8> = rest.drain(..end).collect();
        let asked = parse(&String::from_utf8_lossy(&head));
        log.lock().unwrap().push(asked.clone());
        match answer(&asked) {
            Reply::Whole(status, headers, body) => {
                let mut text = format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n");
                for (name, value) in headers {
                    text.push_str(&format!("{name}: {value}\r\n"));
                }
                text.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
                stream.write_all(text.as_bytes()).await?;
            }
            Reply::Pieces(mut pieces) => {
                stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await?;
                while let Some(piece) = pieces.recv().await {
                    stream.write_all(format!("{:x}\r\n{piece}\r\n", piece.len()).as_bytes()).await?;
                }
                return Ok(());
            }
        }
    }
}

fn parse(head: &str) -> Asked {
    let mut lines = head.lines();
    let mut first = lines.next().unwrap_or_default().split(' ');
    let (method, uri) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
    let headers: Vec<(String, String)> = lines
        .filter_map(|l| l.split_once(": "))
        .map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned()))
        .collect();
    let all =
        |name: &str| headers.iter().filter(|(n, _)| n == name).map(|(_, v)| v.clone()).collect::<Vec<_>>();
    let mut impersonates = all("impersonate-user");
    impersonates.extend(all("impersonate-group"));
    Asked {
        method: method.to_owned(),
        uri: uri.to_owned(),
        accept: all("accept").concat(),
        authorization: all("authorization").concat(),
        impersonates,
    }
}

/// Answers that are given one after the other; the last one again and again.
pub(crate) struct Script<T>(Mutex<VecDeque<T>>);

impl<T> Script<T> {
    pub(crate) fn new(steps: impl IntoIterator<Item = T>) -> Self {
        Self(Mutex::new(steps.into_iter().collect()))
    }

    /// The next one, if any is left.
    pub(crate) fn next(&self) -> Option<T> {
        self.0.lock().unwrap().pop_front()
    }
}
