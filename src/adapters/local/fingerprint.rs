//! The key of the redaction marks: made once from the operating system's random source, kept among
//! the program's secrets, so that the store alone gives nothing to guess against.

use std::{fs::File, io::Read};

use cloudscope_ports::{SecretError, Secrets};

/// Under this name the key is kept.
pub const FINGERPRINT_KEY: &str = "redaction-fingerprint-key";

/// The key of this user's redaction marks; made and kept at the first call. When two processes make
/// one at the same time, both get the one that was kept first.
///
/// # Errors
/// When it cannot be read or kept safely, or when what is kept is not a key.
pub fn fingerprint_key(secrets: &dyn Secrets) -> Result<[u8; 32], SecretError> {
    match secrets.get(FINGERPRINT_KEY) {
        Err(SecretError::Missing(_)) => {
            secrets.put_new(FINGERPRINT_KEY, &random_key()?)?;
            // Read again: what counts is what was kept, and that may be another process's key.
            key_of(&secrets.get(FINGERPRINT_KEY)?)
        }
        found => key_of(&found?),
    }
}

fn key_of(bytes: &[u8]) -> Result<[u8; 32], SecretError> {
    bytes.try_into().map_err(|_| {
        SecretError::Unsafe(format!(
            "the secret `{FINGERPRINT_KEY}` has {} bytes instead of 32; restore it from a backup, or remove it \
             (every redacted value then shows as changed once)",
            bytes.len()
        ))
    })
}

/// A new key from the operating system's random source.
///
/// # Errors
/// When that source cannot be read.
pub fn random_key() -> Result<[u8; 32], SecretError> {
    let mut key = [0; 32];
    File::open("/dev/urandom").and_then(|mut f| f.read_exact(&mut key)).map_err(|e| SecretError::Io {
        name: "a new key".into(),
        reason: format!("the random source /dev/urandom cannot be read: {e}"),
    })?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;
    use crate::FileSecrets;

    #[test]
    fn the_key_is_made_once_and_differs_between_homes() {
        let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let key = |dir: &tempfile::TempDir| fingerprint_key(&FileSecrets::new(dir.path().join("s"))).unwrap();
        let first = key(&a);
        assert_eq!(first, key(&a));
        assert_ne!(first, key(&b));
        assert_ne!(first, [0; 32]);
    }

    #[test]
    fn a_race_has_one_winner() {
        for _ in 0..20 {
            let dir = tempfile::tempdir().unwrap();
            let barrier = Barrier::new(8);
            let keys: Vec<[u8; 32]> = std::thread::scope(|scope| {
                let racers: Vec<_> = (0..8)
                    .map(|_| {
                        scope.spawn(|| {
                            let secrets = FileSecrets::new(dir.path().join("s"));
                            barrier.wait();
                            fingerprint_key(&secrets).unwrap()
                        })
                    })
                    .collect();
                racers.into_iter().map(|r| r.join().unwrap()).collect()
            });
            assert!(keys.windows(2).all(|pair| pair[0] == pair[1]));
        }
    }

    #[test]
    fn a_key_of_the_wrong_length_is_refused_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        let secrets = FileSecrets::new(dir.path().join("s"));
        secrets.put(FINGERPRINT_KEY, b"short").unwrap();
        let error = fingerprint_key(&secrets).unwrap_err().to_string();
        assert!(error.contains("5 bytes instead of 32"), "{error}");
        assert_eq!(secrets.get(FINGERPRINT_KEY).unwrap(), b"short");
    }
}
