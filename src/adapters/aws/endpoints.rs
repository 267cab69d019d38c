//! Where calls go instead of to AWS's own hosts and by which way: read from the source, the environment and
//! the profile, checked, and told in words, so that nobody is asked without the user seeing whom.

use aws_config::SdkConfig;
use aws_runtime::env_config::section::EnvConfigSections;
use aws_types::{os_shim_internal::Env, service_config::ServiceConfigKey};
use cloudscope_domain::text::visible;

use crate::{
    model::{EndpointOptions, Models, Service},
    options::checked_endpoint,
};

const ALL: &str = "AWS_ENDPOINT_URL";
const IGNORE: &str = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";
/// The variable that names certificates besides the usual ones.
pub(crate) const BUNDLE: &str = "AWS_CA_BUNDLE";

/// An endpoint of the user's own, and what names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Own {
    pub(crate) url: String,
    from: String,
}

/// Where calls go instead of to AWS's own hosts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Endpoints {
    /// For everything.
    pub(crate) all: Option<Own>,
    /// By the service's id, as the environment writes it (`S3`, `SECRETS_MANAGER`).
    pub(crate) services: Vec<(String, Own)>,
    pub(crate) options: EndpointOptions,
}

/// Whether environment or profile say that no endpoint of theirs counts.
pub(crate) fn ignores(files: &EnvConfigSections, profile: &str, env: &Env) -> bool {
    let section = files.get_profile(profile);
    let kept = section.and_then(|p| p.get("ignore_configured_endpoint_urls"));
    let word = variable(env, IGNORE).or_else(|| kept.map(str::to_owned));
    word.is_some_and(|word| word.trim().eq_ignore_ascii_case("true"))
}

fn variable(env: &Env, name: &str) -> Option<String> {
    env.get(name).ok().filter(|value| !value.trim().is_empty())
}

impl Endpoints {
    /// Those of a source that names one itself, else of the environment, else of the profile; none of either
    /// where `ignored`.
    ///
    /// # Errors
    /// The endpoint that cannot be used, and why.
    pub(crate) fn read(
        own: Option<&str>,
        config: &SdkConfig,
        ignored: bool,
        env: &Env,
    ) -> Result<Self, String> {
        let options = EndpointOptions {
            fips: config.use_fips().unwrap_or(false),
            dualstack: config.use_dual_stack().unwrap_or(false),
        };
        if let Some(url) = own {
            let from = "the option `endpoint` of the source".to_owned();
            let all = Some(Own { url: url.to_owned(), from });
            return Ok(Self { all, services: Vec::new(), options });
        }
        if ignored {
            return Ok(Self { options, ..Self::default() });
        }
        let checked = |url: &str, from: String| match checked_endpoint(url) {
            Ok(url) => Ok(Own { url, from }),
            Err(why) => Err(format!("has an endpoint of {from} that cannot be used: {why}")),
        };
        let named = |env: &Env| if variable(env, ALL).is_some() { ALL } else { "the profile" };
        let all = match config.endpoint_url() {
            Some(url) => Some(checked(url, named(env).to_owned())?),
            None => None,
        };
        let models = Models::builtin();
        let mut services = Vec::new();
        for service in models.services().filter_map(|name| models.service(name)) {
            let id = id_of(&service);
            let name = format!("{ALL}_{id}");
            let found = match variable(env, &name) {
                Some(url) => Some(checked(&url, name)?),
                None => match of_profile(config, &id) {
                    Some(url) => Some(checked(&url, "the profile's `services`".to_owned())?),
                    None => None,
                },
            };
            services.extend(found.filter(|f| Some(&f.url) != all.as_ref().map(|a| &a.url)).map(|f| (id, f)));
        }
        services.sort_by(|a, b| a.0.cmp(&b.0));
        services.dedup();
        Ok(Self { all, services, options })
    }

    /// That of a service, if it is not AWS's own.
    pub(crate) fn of(&self, service: &Service) -> Option<&str> {
        let id = if self.services.is_empty() { String::new() } else { id_of(service) };
        let own = self.services.iter().find(|(name, _)| *name == id).map(|(_, own)| own);
        own.or(self.all.as_ref()).map(|own| own.url.as_str())
    }

    /// In words, a line each; none where all calls go to AWS's usual hosts.
    pub(crate) fn lines(&self) -> Vec<String> {
        let told = |own: &Own, what: &str| {
            let line = format!("endpoint {} for {what}, instead of AWS's own ({})", own.url, own.from);
            visible(&line).into_owned()
        };
        let all = self.all.iter().map(|own| {
            let what = if self.services.is_empty() { "every service" } else { "every other service" };
            told(own, what)
        });
        let services = self.services.iter().map(|(id, own)| told(own, &id.to_lowercase().replace('_', " ")));
        let mut lines: Vec<String> = services.chain(all).collect();
        if self.options.fips {
            lines.push("endpoints that follow FIPS 140 (AWS_USE_FIPS_ENDPOINT or the profile)".to_owned());
        }
        if self.options.dualstack {
            lines.push("dual-stack endpoints (AWS_USE_DUALSTACK_ENDPOINT or the profile)".to_owned());
        }
        lines
    }

    /// Whether some call goes out without encryption: to this machine, nowhere else.
    fn has_plain(&self) -> bool {
        let all = self.all.iter().chain(self.services.iter().map(|(_, own)| own));
        all.into_iter().any(|own| own.url.starts_with("http://"))
    }
}

/// How environment variables write the id of a service.
fn id_of(service: &Service) -> String {
    service.id.to_uppercase().replace([' ', '-'], "_")
}

/// What the `services` section of the profile says.
fn of_profile(config: &SdkConfig, id: &str) -> Option<String> {
    let id = id.to_lowercase();
    let key = ServiceConfigKey::builder().service_id(&id).profile("endpoint_url").env(ALL).build().ok()?;
    config.service_config()?.load_config(key)
}

/// Proxies and certificates that calls go through, in words.
pub(crate) fn network(endpoints: &Endpoints, env: &Env) -> Vec<String> {
    let either = |name: &str| {
        let lower = name.to_lowercase();
        variable(env, &lower)
            .map(|url| (lower, url))
            .or_else(|| Some((name.to_owned(), variable(env, name)?)))
    };
    let mut lines = Vec::new();
    let plain = endpoints.has_plain().then_some("HTTP_PROXY");
    let mut proxies: Vec<(String, String)> =
        ["HTTPS_PROXY"].into_iter().chain(plain).filter_map(either).collect();
    if proxies.is_empty() {
        proxies.extend(either("ALL_PROXY"));
    }
    let not = either("NO_PROXY").filter(|_| !proxies.is_empty());
    for (name, url) in proxies {
        lines.push(format!("proxy {} ({name})", without_password(&url)));
    }
    lines.extend(not.map(|(name, hosts)| format!("no proxy for {hosts} ({name})")));
    if let Some(path) = variable(env, BUNDLE) {
        lines.push(format!("certificates of {path} besides the usual ones ({BUNDLE})"));
    }
    lines.iter().map(|line| visible(line).into_owned()).collect()
}

/// A proxy's address; what it asks for to let one through is nobody else's business.
fn without_password(url: &str) -> String {
    let after = url.rfind('@').map_or(url, |at| &url[at + 1..]);
    match url.split_once("://") {
        Some((scheme, _)) if after.len() < url.len() => format!("{scheme}://{after}"),
        _ => after.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(own: Option<&str>, of_config: Option<&str>, env: &[(&str, &str)]) -> Result<Endpoints, String> {
        let mut config = SdkConfig::builder();
        config.set_endpoint_url(of_config.map(str::to_owned));
        Endpoints::read(own, &config.build(), false, &Env::from_slice(env))
    }

    fn lines(own: Option<&str>, of_config: Option<&str>, env: &[(&str, &str)]) -> Vec<String> {
        let endpoints = read(own, of_config, env).unwrap();
        let mut lines = endpoints.lines();
        lines.extend(network(&endpoints, &Env::from_slice(env)));
        lines
    }

    #[test]
    fn what_is_not_aws_is_told_with_what_names_it() {
        assert_eq!(lines(None, None, &[]), [""; 0]);
        let local = "http://127.0.0.1:4566";
        assert_eq!(
            lines(None, Some(local), &[("AWS_ENDPOINT_URL", local)]),
            ["endpoint http://127.0.0.1:4566 for every service, instead of AWS's own (AWS_ENDPOINT_URL)"]
        );
        let both = [
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "https://vpce-1.example.com/"),
            ("AWS_ENDPOINT_URL_S3", local),
        ];
        assert_eq!(
            lines(None, Some("https://all.example.com"), &both),
            [
                "endpoint http://127.0.0.1:4566 for s3, instead of AWS's own (AWS_ENDPOINT_URL_S3)",
                "endpoint https://vpce-1.example.com for secrets manager, instead of AWS's own (AWS_ENDPOINT_URL_SECRETS_MANAGER)",
                "endpoint https://all.example.com for every other service, instead of AWS's own (the profile)",
            ]
        );
        let own = lines(Some("https://own.example.com"), Some(local), &both);
        assert_eq!(own.len(), 1, "{own:?}");
        assert!(own[0].contains("own.example.com for every service"), "{own:?}");
    }

    #[test]
    fn proxies_and_certificates_are_told_without_the_proxy_s_password() {
        let env = [
            ("HTTPS_PROXY", "http://ann:hunter2@proxy.example.com:3128"),
            ("HTTP_PROXY", "http://other:1"),
            ("NO_PROXY", "localhost,.corp"),
            ("AWS_CA_BUNDLE", "/etc/corp\u{1b}.pem"),
        ];
        assert_eq!(
            lines(None, None, &env),
            [
                "proxy http://proxy.example.com:3128 (HTTPS_PROXY)",
                "no proxy for localhost,.corp (NO_PROXY)",
                "certificates of /etc/corp␛.pem besides the usual ones (AWS_CA_BUNDLE)",
            ]
        );
        assert_eq!(lines(None, None, &[("no_proxy", "x")]), [""; 0], "no proxy, no exception");
        assert_eq!(lines(None, None, &[("all_proxy", "socks5://p:1")]), ["proxy socks5://p:1 (all_proxy)"]);
    }

    #[test]
    fn an_endpoint_that_is_not_encrypted_is_refused_by_name() {
        let error = read(None, None, &[("AWS_ENDPOINT_URL_EC2", "http://10.0.0.1")]).unwrap_err();
        assert!(error.contains("AWS_ENDPOINT_URL_EC2") && error.contains("not encrypted"), "{error}");
    }
}
