//! AWS: the services' models as data, and the wire formats driven by them. `model` and `wire` know no
//! network, no credentials and no catalog.

pub mod model;
pub mod wire;
