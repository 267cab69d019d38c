//! EC2 through AWS's own typed client: the same calls, made and read by another's code.
//!
//! It takes the place of the wire client under the AWS collector, which keeps its rows, pages, details and
//! mapping, its credentials, its gate and its HTTP client. What both collect must be the same: that is
//! tested here, and is what this crate is for.

mod convert;

use async_trait::async_trait;
use aws_sdk_ec2::{
    Client,
    config::{BehaviorVersion, Config, Region, retry::RetryConfig, timeout::TimeoutConfig},
};
use aws_smithy_async::time::StaticTimeSource;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use cloudscope_aws::{TypedCall, TypedClient};
use serde_json::Value;

/// The typed client of EC2.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ec2;

#[async_trait]
impl TypedClient for Ec2 {
    fn service(&self) -> &'static str {
        "ec2"
    }

    async fn call(&self, call: TypedCall<'_>) -> Result<Value, String> {
        // Retries, time limits and the pace are the gate's.
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(call.region.to_owned()))
            .endpoint_url(call.endpoint)
            .credentials_provider(call.credentials)
            .http_client(call.http)
            .time_source(StaticTimeSource::new(call.time))
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        calls::call(&Client::from_conf(config), call.operation, call.input).await
    }
}

/// Written by `build.rs` from the models.
#[allow(deprecated, clippy::all, clippy::pedantic, reason = "written by a program, for the compiler")]
mod calls {
    use aws_sdk_ec2::Client;
    use serde_json::{Map, Value};

    use crate::convert::{failed, filters, flag, float, number, odd, only, text, texts, time};

    include!(concat!(env!("OUT_DIR"), "/calls.rs"));
}
