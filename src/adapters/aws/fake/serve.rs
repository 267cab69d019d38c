//! HTTP/1.1 over a socket, as little of it as the collector's client needs, with every way to break it.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::{
    Shared,
    fault::{self, Fault, Refusal, Turn},
    request::{Asked, Head},
};
use crate::model::Protocol;

/// No request is larger.
const MOST: usize = 4 << 20;

/// Answers until it is told to stop.
pub(super) async fn serve(listener: std::net::TcpListener, shared: Arc<Shared>) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    loop {
        tokio::select! {
            () = shared.stop.notified() => return,
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    let _ = stream.set_nodelay(true);
                    tokio::spawn(connection(stream, Arc::clone(&shared)));
                }
            }
        }
    }
}

/// What is sent, and whether the connection lives on.
pub(super) struct Reply {
    head: String,
    body: String,
    cut: Option<usize>,
    alive: bool,
    /// Instead of head and body.
    raw: Option<Vec<u8>>,
}

async fn connection(mut stream: TcpStream, shared: Arc<Shared>) -> Option<()> {
    let mut buffer = Vec::with_capacity(8 << 10);
    loop {
        let (head, length, start) = loop {
            if let Some(end) = find(&buffer) {
                let head = Head::parse(std::str::from_utf8(&buffer[..end]).ok()?)?;
                let length = head.header("content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
                break (head, length, end + 4);
            }
            if buffer.len() > MOST || stream.read_buf(&mut buffer).await.ok()? == 0 {
                return None;
            }
        };
        while buffer.len() < start + length {
            if length > MOST || stream.read_buf(&mut buffer).await.ok()? == 0 {
                return None;
            }
        }
        let body = buffer[start..start + length].to_vec();
        buffer.drain(..start + length);
        let reply = answer(&shared, &head, &body).await?;
        if let Some(raw) = reply.raw {
            stream.write_all(&raw).await.ok()?;
            return None;
        }
        let mut bytes = reply.head.into_bytes();
        let whole = reply.body.as_bytes();
        bytes.extend_from_slice(&whole[..reply.cut.unwrap_or(whole.len())]);
        stream.write_all(&bytes).await.ok()?;
        if !reply.alive {
            return None;
        }
    }
}

fn find(buffer: &[u8]) -> Option<usize> {
    buffer.windows(4).position(|w| w == b"\r\n\r\n")
}

/// `None` breaks the connection.
async fn answer(shared: &Shared, head: &Head, body: &[u8]) -> Option<Reply> {
    if let Some(reply) = shared.logs_in(head, body).await {
        return reply;
    }
    let Some(asked) = shared.operations.asked(head, body) else {
        let words = format!("the fake knows no operation for {} {}", head.method, head.target);
        return Some(reply(400, "text/plain", &[], words, 0));
    };
    *shared.counts().entry(asked.name()).or_default() += 1;
    shared.keys.lock().unwrap_or_else(PoisonError::into_inner).insert((asked.name(), asked.key.clone()));
    let fault = shared.script().fault(&(&asked).into());
    if !shared.estate.latency.is_zero() {
        tokio::time::sleep(shared.estate.latency).await;
    }
    let mut skew = 0;
    let mut turn = Turn::On;
    match &fault {
        None => {}
        Some(Fault::Drop) => return None,
        Some(Fault::Slow(time)) => tokio::time::sleep(*time).await,
        Some(Fault::Html(status)) => {
            let page =
                "<html><head><title>Sign in</title></head><body>The proxy wants to know you.</body></html>";
            return Some(reply(*status, "text/html", &[], page.to_owned(), 0));
        }
        Some(Fault::Skew(ahead)) => {
            skew = *ahead;
            if (asked.signed_at()? - (now() + ahead)).abs() > 300 {
                let out = match &*asked.service.name {
                    "s3" => fault::refused(
                        &asked,
                        403,
                        "RequestTimeTooSkewed",
                        "The difference between the request time and the current time is too large.",
                    ),
                    _ => fault::refused(
                        &asked,
                        403,
                        "SignatureDoesNotMatch",
                        "Signature expired: 20261125T000000Z is now earlier than 20261125T001500Z (20261125T002000Z - 5 min.)",
                    ),
                };
                return Some(refusal(&asked, out, skew));
            }
        }
        Some(Fault::Throttle(after)) => return Some(refusal(&asked, fault::throttled(&asked, *after), 0)),
        Some(Fault::Denied) => return Some(refusal(&asked, fault::denied(&asked), 0)),
        Some(Fault::Refuse { status, code, message }) => {
            return Some(refusal(&asked, fault::refused(&asked, *status, code, message), 0));
        }
        Some(Fault::Expired) => {
            let (status, code) = match asked.service.protocol {
                Protocol::Ec2 => (400, "RequestExpired"),
                Protocol::Json | Protocol::RestJson => (400, "ExpiredTokenException"),
                Protocol::Query | Protocol::RestXml => (403, "ExpiredToken"),
            };
            // EC2 has a word of its own for clocks; tokens are told as everywhere.
            let code = if code == "RequestExpired" { "ExpiredToken" } else { code };
            let words = "The security token included in the request is expired";
            return Some(refusal(&asked, fault::refused(&asked, status, code, words), 0));
        }
        Some(Fault::Repeat) => turn = Turn::Circle(1),
        Some(Fault::Circle(many)) => turn = Turn::Circle(*many),
        Some(Fault::NoToken) => turn = Turn::Nowhere,
        Some(Fault::Raw(bytes)) => {
            return Some(Reply { raw: Some(bytes.clone()), ..reply(200, "", &[], String::new(), 0) });
        }
        Some(Fault::Truncate(_) | Fault::Pieces(_) | Fault::Padded(_) | Fault::Unknown) => {}
    }
    let mut body = shared.page(&asked, turn);
    match fault {
        Some(Fault::Pieces(broken)) => {
            let raw = Some(in_pieces(kind(asked.service.protocol), &body, broken));
            return Some(Reply { raw, ..reply(200, "", &[], String::new(), 0) });
        }
        Some(Fault::Padded(many)) => body.extend(std::iter::repeat_n(' ', many)),
        Some(Fault::Unknown) => body = with_unknown(asked.service.protocol, &body),
        _ => {}
    }
    if fault == Some(Fault::Truncate(true)) {
        let mut at = body.len() * 2 / 3;
        while !body.is_char_boundary(at) {
            at -= 1;
        }
        body.truncate(at);
    }
    let mut out = reply(200, kind(asked.service.protocol), &[], body, skew);
    if fault == Some(Fault::Truncate(false)) {
        out.cut = Some(out.body.len() / 2);
        out.alive = false;
    }
    Some(out)
}

/// `Transfer-Encoding: chunked`, in two chunks of which the second may lack its second half.
fn in_pieces(kind: &str, body: &str, broken: bool) -> Vec<u8> {
    let (first, second) = body.as_bytes().split_at(body.len() / 2);
    let mut out = format!(
        "HTTP/1.1 200 .\r\ncontent-type: {kind}\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n",
        first.len()
    )
    .into_bytes();
    out.extend_from_slice(first);
    out.extend_from_slice(format!("\r\n{:x}\r\n", second.len()).as_bytes());
    if broken {
        out.extend_from_slice(&second[..second.len() / 2]);
    } else {
        out.extend_from_slice(second);
        out.extend_from_slice(b"\r\n0\r\n\r\n");
    }
    out
}

/// The body with fields that no model knows.
fn with_unknown(protocol: Protocol, body: &str) -> String {
    if protocol.is_xml() {
        let at = body.rfind("</").unwrap_or(body.len());
        let more = "<fieldOfTomorrow><item a=\"b\"/>x<item>y</item></fieldOfTomorrow>";
        format!("{}{more}{}", &body[..at], &body[at..])
    } else {
        let more = "{\"fieldOfTomorrow\":{\"a\":[null,1.5e3,{\"b\":\"\\u00e9\"}]}";
        match body.strip_prefix('{').map(str::trim_start) {
            // Nothing but unknown fields is no answer.
            Some("}") => body.to_owned(),
            Some(rest) => format!("{more},{rest}"),
            None => body.to_owned(),
        }
    }
}

fn kind(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Json => "application/x-amz-json-1.1",
        Protocol::RestJson => "application/json",
        Protocol::Ec2 | Protocol::Query | Protocol::RestXml => "text/xml",
    }
}

fn refusal(asked: &Asked, out: Refusal, skew: i64) -> Reply {
    reply(out.status, kind(asked.service.protocol), &out.headers, out.body, skew)
}

/// Seconds since 1970.
pub(super) fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_secs()).unwrap_or(0)
}

pub(super) fn reply(
    status: u16,
    kind: &str,
    headers: &[(&'static str, String)],
    body: String,
    skew: i64,
) -> Reply {
    let date = jiff::Timestamp::from_second(now() + skew).unwrap_or_default();
    let mut head = format!(
        "HTTP/1.1 {status} .\r\ndate: {}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n",
        date.strftime("%a, %d %b %Y %H:%M:%S GMT"),
        body.len()
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    Reply { head, body, cut: None, alive: true, raw: None }
}
