//! The wire protocols that are spoken.

use serde::Deserialize;

/// A wire protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// A form with EC2's names, answered in XML.
    Ec2,
    /// A form, answered in XML.
    Query,
    /// JSON both ways, the operation in a header.
    Json,
    /// Paths, headers and JSON bodies.
    RestJson,
    /// Paths, headers and XML bodies.
    RestXml,
}

impl Protocol {
    /// Whether paths and headers carry members.
    #[must_use]
    pub fn is_rest(self) -> bool {
        matches!(self, Self::RestJson | Self::RestXml)
    }

    /// Whether answers are XML.
    #[must_use]
    pub fn is_xml(self) -> bool {
        matches!(self, Self::Ec2 | Self::Query | Self::RestXml)
    }
}
