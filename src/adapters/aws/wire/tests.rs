//! The codec against botocore's, and against answers that are broken on purpose.

mod broken;
mod conformance;
mod encoding;
mod keeping;
mod same;
mod speed;
mod times;
