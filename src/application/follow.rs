//! Following: what happens in a scope after it was listed, taken in as it happens, for as long as somebody
//! wants it. Runs go on beside it: a run that lists a followed scope again stops its follow first, and it
//! goes on after that. What a source consists of is asked for as well, so that new scopes are followed at once.
//!
//! Knows nothing of the engine, which switches it on, nor of how a run goes.

mod book;
mod keep;
mod sink;
mod survey;
mod wait;

pub(crate) use book::{Follows, Listed};
