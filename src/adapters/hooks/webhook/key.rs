//! The key of a webhook, and the signature that the receiver checks: HMAC-SHA256 over
//! `id.timestamp.body`, as <https://www.standardwebhooks.com> has it, so that its libraries verify ours.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use cloudscope_domain::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What a written key begins with.
const PREFIX: &str = "whsec_";
/// The shortest key that is taken.
const SHORTEST: usize = 16;

/// A key. Never shown, never logged.
#[derive(Clone)]
pub struct Key(Vec<u8>);

/// What is kept is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not a key: write `whsec_` and base64 of at least {SHORTEST} bytes, or those bytes themselves")]
pub struct BadKey;

impl Key {
    /// From what is kept: `whsec_` and base64, or the bytes themselves. A line break at the end is not
    /// part of it.
    ///
    /// # Errors
    /// When it is too short to be a key, or begins like base64 and is not.
    pub fn parse(kept: &[u8]) -> Result<Self, BadKey> {
        let kept = kept.strip_suffix(b"\n").unwrap_or(kept);
        let kept = kept.strip_suffix(b"\r").unwrap_or(kept);
        let bytes = match kept.strip_prefix(PREFIX.as_bytes()) {
            Some(text) => STANDARD.decode(text).map_err(|_| BadKey)?,
            None => kept.to_vec(),
        };
        if bytes.len() < SHORTEST { Err(BadKey) } else { Ok(Self(bytes)) }
    }

    /// As it is written down for the receiver.
    #[must_use]
    pub fn written(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    /// The value of the header `webhook-signature`.
    pub(crate) fn sign(&self, id: &str, at: Timestamp, body: &[u8]) -> String {
        let head = format!("{id}.{}.", seconds(at));
        format!("v1,{}", STANDARD.encode(self.mac(&[head.as_bytes(), body])))
    }

    /// An id that no other delivery has, and that tells nothing of the key or the body.
    pub(crate) fn id(&self, hook: &str, at: Timestamp, number: u64, body: &str) -> String {
        let head = format!("id\n{hook}\n{}\n{number}\n{}\n", at.millis(), std::process::id());
        let mac = self.mac(&[head.as_bytes(), body.as_bytes()]);
        let hex = mac.iter().take(16).fold(String::new(), |mut out, byte| {
            use fmt::Write as _;
            let _ = write!(out, "{byte:02x}");
            out
        });
        format!("msg_{hex}")
    }

    fn mac(&self, parts: &[&[u8]]) -> Vec<u8> {
        // HMAC takes a key of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return Vec::new() };
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().to_vec()
    }
}

/// The value of the header `webhook-timestamp`.
pub(crate) fn seconds(at: Timestamp) -> i64 {
    at.millis().div_euclid(1_000)
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}
