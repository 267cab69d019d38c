//! Through which proxy a server is reached: the kubeconfig's own, else the environment's unless `NO_PROXY`
//! names the server.
//!
//! The client library holds `NO_PROXY` against the proxy instead of the server, so this is decided here.

use http::Uri;

/// The variables that are looked at, of a lookup.
pub(crate) fn proxy(
    server: &Uri,
    own: Option<&str>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<Uri>, String> {
    let read = |text: &str| -> Result<Uri, String> {
        let text = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let uri: Uri = text.parse().map_err(|_| "the proxy is no URL; write http://HOST:PORT".to_owned())?;
        match uri.scheme_str() {
            Some("http" | "https" | "socks5") => Ok(uri),
            _ => Err("the proxy's scheme is not http, https or socks5".to_owned()),
        }
    };
    if let Some(own) = own.filter(|o| !o.is_empty()) {
        return read(own).map(Some);
    }
    let either = |upper: &str, lower: &str| {
        variable(upper).filter(|v| !v.is_empty()).or_else(|| variable(lower).filter(|v| !v.is_empty()))
    };
    let secure = server.scheme_str() == Some("https");
    let named =
        if secure { either("HTTPS_PROXY", "https_proxy") } else { either("HTTP_PROXY", "http_proxy") };
    let Some(named) = named else { return Ok(None) };
    let host = server.host().unwrap_or_default().trim_matches(['[', ']']).to_ascii_lowercase();
    let near =
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    let spared = either("NO_PROXY", "no_proxy").is_some_and(|list| is_spared(&host, &list));
    if near || spared { Ok(None) } else { read(&named).map(Some) }
}

/// Whether `NO_PROXY` names a host: by name, by domain, by address, by network, or everything.
fn is_spared(host: &str, list: &str) -> bool {
    list.split(',').map(|part| part.trim().to_ascii_lowercase()).filter(|part| !part.is_empty()).any(|part| {
        let bare = part.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
        let part = match bare {
            Some((name, _)) if !name.contains(':') => name,
            _ => part.as_str(),
        };
        if part == "*" || part == host {
            return true;
        }
        if let (Some((network, bits)), Ok(address)) = (part.split_once('/'), host.parse()) {
            return is_in(address, network, bits);
        }
        let domain = part.trim_start_matches('*').trim_start_matches('.');
        host.strip_suffix(domain).is_some_and(|rest| !domain.is_empty() && rest.ends_with('.'))
    })
}

fn is_in(address: std::net::IpAddr, network: &str, bits: &str) -> bool {
    use std::net::IpAddr::{V4, V6};
    let (Ok(network), Ok(bits)) = (network.parse(), bits.parse::<u32>()) else { return false };
    match (address, network) {
        (V4(a), V4(n)) if bits <= 32 => {
            let shift = 32 - bits;
            u32::from(a).checked_shr(shift).unwrap_or(0) == u32::from(n).checked_shr(shift).unwrap_or(0)
        }
        (V6(a), V6(n)) if bits <= 128 => {
            let shift = 128 - bits;
            u128::from(a).checked_shr(shift).unwrap_or(0) == u128::from(n).checked_shr(shift).unwrap_or(0)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(server: &str, own: Option<&str>, variables: &[(&str, &str)], expected: Option<&str>) {
        let server: Uri = server.parse().unwrap();
        let variable =
            |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        let found = proxy(&server, own, variable).unwrap().map(|u| u.to_string());
        assert_eq!(found.as_deref(), expected, "{server} {variables:?}");
    }

    #[test]
    fn the_kubeconfig_comes_first_and_no_proxy_is_about_the_server() {
        let through = [("HTTPS_PROXY", "http://p:3128")];
        check("https://k.example.com", None, &through, Some("http://p:3128/"));
        check("https://k.example.com", Some("socks5://q:1080"), &through, Some("socks5://q:1080/"));
        check("https://k.example.com", None, &[("https_proxy", "p:3128")], Some("http://p:3128/"));
        check("http://k.example.com", None, &through, None);
        check("https://127.0.0.1:6443", None, &through, None);
        let spared = |list: &'static str| [("HTTPS_PROXY", "http://p:3128"), ("NO_PROXY", list)];
        check("https://k.example.com", None, &spared("a, .example.com"), None);
        check("https://k.example.com", None, &spared("example.com:443"), None);
        check("https://kexample.com", None, &spared("example.com"), Some("http://p:3128/"));
        check("https://10.1.2.3:6443", None, &spared("10.0.0.0/8"), None);
        check("https://11.1.2.3:6443", None, &spared("10.0.0.0/8"), Some("http://p:3128/"));
        check("https://11.1.2.3:6443", None, &spared("*"), None);
        check("https://[2001:db8::1]:6443", None, &spared("2001:db8::/32"), None);
    }

    #[test]
    fn an_odd_proxy_is_told() {
        let server: Uri = "https://k".parse().unwrap();
        assert!(proxy(&server, Some("ftp://x"), |_| None).is_err());
    }
}
