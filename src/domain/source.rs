//! The name of a source: who speaks. `host`, `file:/abs/path`, or a name from the configuration.

use crate::name::name_type;
use serde::{Deserialize, Serialize};
use std::{borrow::Borrow, fmt, sync::Arc};

name_type! {
    /// The name of one configured or discovered source of records.
    SourceName
}
