//! HTTP/1.1 over TLS, as little of it as clients of an API server need, with every way to break it.

use std::sync::Arc;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{
    answer::{Answer, answer},
    following::{self, End, HEAD},
    gzip,
    request::Head,
    shared::{Asked, Shared},
};

/// No request is larger.
const MOST: usize = 1 << 20;

/// Answers until it is told to stop.
pub(crate) async fn serve(listener: std::net::TcpListener, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    loop {
        tokio::select! {
            () = shared.stop.cancelled() => return,
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    let _ = stream.set_nodelay(true);
                    let (acceptor, shared) = (acceptor.clone(), Arc::clone(&shared));
                    tokio::spawn(async move {
                        if let Ok(stream) = acceptor.accept(stream).await {
                            connection(stream, shared).await;
                        }
                    });
                }
            }
        }
    }
}

async fn connection(mut stream: TlsStream<TcpStream>, shared: Arc<Shared>) -> Option<()> {
    let certificate = stream.get_ref().1.peer_certificates().and_then(|c| c.first()).map(|c| c.to_vec());
    let mut cut = shared.cut.subscribe();
    let mut buffer = Vec::with_capacity(8 << 10);
    loop {
        let head = loop {
            if let Some(end) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
                let head = Head::parse(std::str::from_utf8(&buffer[..end]).ok()?)?;
                let length = head.header("content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
                if length > MOST {
                    return None;
                }
                // Bodies are read over: nothing can be written here.
                while buffer.len() < end + 4 + length {
                    if stream.read_buf(&mut buffer).await.ok()? == 0 {
                        return None;
                    }
                }
                buffer.drain(..end + 4 + length);
                break head;
            }
            if buffer.len() > MOST {
                return None;
            }
            tokio::select! {
                _ = cut.changed() => return None,
                () = shared.stop.cancelled() => return None,
                read = stream.read_buf(&mut buffer) => if read.ok()? == 0 { return None },
            }
        };
        let latency = shared.settings().latency;
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        let (user, answer) = answer(&shared, &head, certificate.as_deref()).await;
        shared.record().push(Asked {
            method: head.method.clone(),
            path: head.path.clone(),
            query: head.query.clone(),
            user,
            status: answer.status(),
        });
        match answer {
            Answer::Nothing => return None,
            Answer::Whole { status, kind, headers, body, half } => {
                let wanted = head.header("accept-encoding").is_some_and(|a| a.contains("gzip"));
                let wrapped = (wanted && body.len() > gzip::LARGE && shared.settings().gzip)
                    .then(|| gzip::wrap(body.as_bytes()));
                let bytes = wrapped.as_deref().unwrap_or(body.as_bytes());
                let mut more: String = headers.iter().map(|(n, v)| format!("{n}: {v}\r\n")).collect();
                if wrapped.is_some() {
                    more.push_str("Content-Encoding: gzip\r\n");
                }
                let head = format!(
                    "HTTP/1.1 {status} {}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n{more}\r\n",
                    http::StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason()).unwrap_or(""),
                    bytes.len()
                );
                stream.write_all(head.as_bytes()).await.ok()?;
                stream.write_all(if half { &bytes[..bytes.len() / 2] } else { bytes }).await.ok()?;
                stream.flush().await.ok()?;
                if half {
                    return None;
                }
            }
            Answer::Stream { watch, fault } => {
                stream.write_all(HEAD.as_bytes()).await.ok()?;
                if following::follow(&shared, &watch, &mut stream, fault).await == End::Cut {
                    return None;
                }
                stream.flush().await.ok()?;
            }
        }
    }
}
