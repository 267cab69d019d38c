//! A client that knows nothing of Kubernetes: requests and answers as text.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    sync::Arc,
    time::Duration,
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use serde_json::Value;

use crate::fake::FakeApiServer;

type Stream = BufReader<StreamOwned<ClientConnection, TcpStream>>;

/// One connection.
pub(crate) struct Client {
    stream: Stream,
    token: String,
    pub(crate) accept: String,
}

/// What was answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The body of an answer that is well.
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.json()
    }
}

/// An open watch.
pub(crate) struct Watch {
    stream: Stream,
    rest: String,
}

impl Client {
    pub(crate) fn admin(server: &FakeApiServer) -> Self {
        Self::new(server, "token-of-admin")
    }

    pub(crate) fn new(server: &FakeApiServer, token: &str) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(server.authority().as_bytes()).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        let socket = TcpStream::connect(server.url().trim_start_matches("https://")).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let stream = BufReader::new(StreamOwned::new(connection, socket));
        Self { stream, token: token.to_owned(), accept: "application/json".to_owned() }
    }

    fn ask(&mut self, path: &str) {
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nAccept: {}\r\n\r\n",
            self.token, self.accept
        );
        self.stream.get_mut().write_all(head.as_bytes()).unwrap();
    }

    fn head(&mut self) -> String {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(self.stream.read_line(&mut head).unwrap() > 0, "the server hung up");
        }
        head
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.ask(path);
        let head = self.head();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = head.lines().find_map(|l| l.strip_prefix("Content-Length: ")).unwrap().parse().unwrap();
        let mut body = Vec::new();
        // A connection that breaks leaves what came before.
        let _ = (&mut self.stream).take(length).read_to_end(&mut body);
        Answer { status, head, body: String::from_utf8(body).unwrap() }
    }

    pub(crate) fn watch(mut self, path: &str) -> Watch {
        self.ask(path);
        let head = self.head();
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        Watch { stream: self.stream, rest: String::new() }
    }
}

impl Watch {
    /// The next event; `None` at the end, however it came.
    pub(crate) fn line(&mut self) -> Option<Value> {
        loop {
            if let Some((line, rest)) = self.rest.split_once('\n') {
                let value = serde_json::from_str(line).unwrap();
                self.rest = rest.to_owned();
                return Some(value);
            }
            let mut size = String::new();
            if self.stream.read_line(&mut size).unwrap_or(0) == 0 {
                return None;
            }
            let size = usize::from_str_radix(size.trim(), 16).unwrap();
            let mut chunk = vec![0; size + 2];
            self.stream.read_exact(&mut chunk).ok()?;
            if size == 0 {
                return None;
            }
            self.rest.push_str(std::str::from_utf8(&chunk[..size]).unwrap());
        }
    }
}
