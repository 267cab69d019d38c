//! The wire formats, driven by the models: a request from JSON, JSON from an answer. Bytes in, bytes out.
//!
//! ```text
//!  JSON input --encode--> method, path, headers, body ~~> status, headers, body --decode--> JSON output
//!                                                                               \-error---> code, message
//! ```

mod bounds;
mod decode;
mod encode;
mod error;
mod json;
mod scalar;
#[cfg(test)]
mod tests;
mod time;
mod tokens;
mod xml;

pub use bounds::{Bounds, DecodeError, Unknown};
pub use decode::decode;
pub use encode::{EncodeError, WireRequest, encode};
pub use error::{ServiceError, error};
