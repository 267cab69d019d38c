//! What every `Secrets` promises: what was put is what is got, whole, under its own name only.
#![expect(clippy::unwrap_used, reason = "a suite fails by panicking")]

use crate::{SecretError, Secrets};

/// Puts, gets, replaces; every byte survives, and an absent name says so.
pub fn suite(secrets: &dyn Secrets) {
    let absent = secrets.get("contract-absent");
    assert!(matches!(&absent, Err(SecretError::Missing(name)) if name == "contract-absent"), "{absent:?}");

    let all: Vec<u8> = (0..=255).collect();
    for secret in [&b""[..], b"x", &all, &[0; 4096]] {
        secrets.put("contract-one", secret).unwrap();
        assert_eq!(secrets.get("contract-one").unwrap(), secret, "a secret is replaced as a whole");
    }
    secrets.put("contract-two", b"second").unwrap();
    assert_eq!(secrets.get("contract-one").unwrap(), [0; 4096], "another name is another secret");
    assert_eq!(secrets.get("contract-two").unwrap(), b"second");
    // A name must never become a path.
    let outside = secrets.put("../contract-outside", b"x");
    if outside.is_ok() {
        assert_eq!(secrets.get("../contract-outside").unwrap(), b"x", "what was accepted must be there");
    }
}
