//! What the program takes from the machine it runs on: the clock, the user's name, a safe place for
//! its own secrets, the file that keeps the call ledger, and the look-out for things to collect.
//!
//! Knows nothing of collectors, stores or screens; each item stands alone behind its port.

pub mod clock;
pub mod discover;
pub mod disk;
pub mod fingerprint;
pub mod identity;
pub mod ledger;
pub mod memory;
pub mod secrets;

pub use clock::SystemClock;
pub use disk::free_disk;
pub use fingerprint::{fingerprint_key, random_key};
pub use identity::identity;
pub use ledger::FileLedger;
pub use memory::memory;
pub use secrets::FileSecrets;
