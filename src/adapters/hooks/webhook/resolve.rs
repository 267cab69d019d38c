//! Turns the name of a webhook's host into addresses, each of which is checked. The connection goes to
//! exactly those: the name is not looked up a second time, so an answer that changes meanwhile (DNS
//! rebinding) changes nothing. One bad address among good ones refuses all.

use std::{
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::address::Allow;

/// The addresses of a name.
pub(crate) type Found = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;
/// Asks for them.
pub(crate) type Ask = Arc<dyn Fn(String) -> Found + Send + Sync>;

/// The resolver of the system.
pub(crate) fn system() -> Ask {
    Arc::new(|name| {
        Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.map(|a| a.ip()).collect()) })
    })
}

/// A resolver that checks.
pub(crate) struct Checked {
    pub(crate) ask: Ask,
    pub(crate) allow: Allow,
}

/// An address that may not be connected to.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Refused(pub(crate) String);

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let (found, allow) = ((self.ask)(name.as_str().to_owned()), self.allow.clone());
        Box::pin(async move {
            let found = found.await?;
            if found.is_empty() {
                return Err(io::Error::other("the name has no address").into());
            }
            for ip in &found {
                allow.check(*ip).map_err(Refused)?;
            }
            // Port 0 stands for the port of the URL.
            Ok(Box::new(found.into_iter().map(|ip| SocketAddr::new(ip, 0))) as Addrs)
        })
    }
}
