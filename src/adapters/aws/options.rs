//! The options of an AWS source, checked: which credentials, accounts, regions and services.
//!
//! Text in, types out; knows no network.

use std::collections::BTreeSet;

use cloudscope_ports::{Fault, FaultKind, SourceSpec};

/// What a source asks for.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Options {
    /// Profiles of the configuration files; empty for the usual chain alone.
    pub(crate) profiles: Vec<String>,
    /// Every profile that the configuration files define.
    pub(crate) all_profiles: bool,
    /// The only regions; empty for every enabled one.
    pub(crate) regions: BTreeSet<String>,
    /// Roles to assume, one account each.
    pub(crate) roles: Vec<String>,
    /// Find the accounts of the organization and assume this role in each.
    pub(crate) organization_role: Option<String>,
    /// The external id that the roles ask for.
    pub(crate) external_id: Option<String>,
    /// The only accounts of the organization; empty for all.
    pub(crate) accounts: BTreeSet<String>,
    /// The only services; empty for all.
    pub(crate) services: BTreeSet<String>,
    /// Services to leave out.
    pub(crate) skip: BTreeSet<String>,
    /// An endpoint for everything, instead of AWS's own.
    pub(crate) endpoint: Option<String>,
}

const KNOWN: [&str; 11] = [
    "profile",
    "profiles",
    "regions",
    "role",
    "roles",
    "organization",
    "external_id",
    "accounts",
    "services",
    "skip",
    "endpoint",
];

impl Options {
    /// Reads the options of a source.
    ///
    /// # Errors
    /// The option that is wrong, and what would be right.
    pub(crate) fn read(source: &SourceSpec) -> Result<Self, Fault> {
        let wrong = |message: String| {
            let message = format!("the source `{}` {message}", source.name);
            Err(Fault::new(FaultKind::Malformed, "aws:Configure", message))
        };
        let mut options = Self::default();
        let mut organization = false;
        let mut role = None;
        for (key, value) in &source.options {
            let value = value.trim();
            if value.is_empty() {
                return wrong(format!("has an empty option `{key}`; give it a value or remove it"));
            }
            let list = || value.split(['+', ' ']).filter(|v| !v.is_empty()).map(str::to_owned);
            match key.as_str() {
                "profile" | "profiles" if value == "all" && key == "profiles" => options.all_profiles = true,
                "profile" | "profiles" => options.profiles.extend(list()),
                "regions" => options.regions.extend(list()),
                "role" => role = Some(value.to_owned()),
                "roles" => options.roles.extend(list()),
                "organization" => match value {
                    "true" | "yes" => organization = true,
                    "false" | "no" => organization = false,
                    _ => return wrong(format!("has `organization={value}`; write `true` or `false`")),
                },
                "external_id" => options.external_id = Some(value.to_owned()),
                "accounts" => options.accounts.extend(list()),
                "services" => options.services.extend(list()),
                "skip" => options.skip.extend(list()),
                "endpoint" => match checked_endpoint(value) {
                    Ok(endpoint) => options.endpoint = Some(endpoint),
                    Err(why) => return wrong(format!("has an endpoint that cannot be used: {why}")),
                },
                _ => {
                    return wrong(format!(
                        "has an option `{key}` that aws does not know; it knows {}",
                        KNOWN.join(", ")
                    ));
                }
            }
        }
        if let Some(account) = options.accounts.iter().find(|a| !is_account(a)) {
            return wrong(format!("names the account `{account}`; an account id has twelve digits"));
        }
        if let Some(arn) = options.roles.iter().find(|r| role_account(r).is_none()) {
            return wrong(format!(
                "names the role `{arn}`; write its ARN, such as arn:aws:iam::123456789012:role/inventory"
            ));
        }
        match (organization, role) {
            (true, Some(name)) if !name.starts_with("arn:") => options.organization_role = Some(name),
            (true, Some(arn)) => {
                return wrong(format!(
                    "has `role={arn}` with `organization=true`; there it is the role's name, the same in each account"
                ));
            }
            (true, None) => {
                return wrong(
                    "has `organization=true` without `role=NAME`, the role to assume in each account".into(),
                );
            }
            (false, Some(arn)) if role_account(&arn).is_some() => options.roles.push(arn),
            (false, Some(name)) => {
                return wrong(format!(
                    "names the role `{name}` without an account; write its ARN, or add `organization=true`"
                ));
            }
            (false, None) if !options.accounts.is_empty() => {
                return wrong(
                    "has `accounts` without `organization=true`; name roles or profiles instead".into(),
                );
            }
            (false, None) => {}
        }
        Ok(options)
    }

    /// Whether a service is asked for.
    pub(crate) fn wants(&self, service: &str) -> bool {
        (self.services.is_empty() || self.services.contains(service)) && !self.skip.contains(service)
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// The account of a role's ARN.
pub(crate) fn role_account(arn: &str) -> Option<&str> {
    let mut parts = arn.splitn(6, ':');
    let (arn, _partition, service, _region) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let (account, rest) = (parts.next()?, parts.next()?);
    (arn == "arn" && service == "iam" && is_account(account) && rest.starts_with("role/")).then_some(account)
}

/// An endpoint that may be called: `https`, or `http` to this machine itself.
///
/// # Errors
/// Why not, and what would do.
pub(crate) fn checked_endpoint(text: &str) -> Result<String, String> {
    let url = reqwest::Url::parse(text).map_err(|e| format!("`{text}` is no URL: {e}"))?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let near = host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match url.scheme() {
        "https" => {}
        "http" if near => {}
        "http" => return Err(format!("`{text}` is not encrypted; use https, http is for this machine only")),
        other => return Err(format!("`{text}` has the scheme `{other}`; use https")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it carries a user name or password; remove them".to_owned());
    }
    Ok(text.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(options: &[(&str, &str)]) -> Result<Options, String> {
        let options = options.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let source = SourceSpec { name: "aws".into(), collector: "aws".into(), options };
        Options::read(&source).map_err(|f| f.message)
    }

    #[test]
    fn lists_are_joined_by_a_plus() {
        let o = read(&[("profiles", "a+b"), ("regions", "eu-west-1+us-east-1"), ("skip", "s3")]).unwrap();
        assert_eq!(o.profiles, ["a", "b"]);
        assert_eq!(o.regions.iter().map(String::as_str).collect::<Vec<_>>(), ["eu-west-1", "us-east-1"]);
        assert!(o.wants("ec2") && !o.wants("s3"));
        let arn = "arn:aws-cn:iam::123456789012:role/a/b";
        assert_eq!(read(&[("role", arn)]).unwrap().roles, [arn]);
        assert_eq!(role_account(arn), Some("123456789012"));
        let o =
            read(&[("organization", "true"), ("role", "inventory"), ("accounts", "111111111111")]).unwrap();
        assert_eq!(o.organization_role.as_deref(), Some("inventory"));
    }

    #[test]
    fn mistakes_say_what_would_be_right() {
        let check = |options: &[(&str, &str)], part: &str| {
            let error = read(options).unwrap_err();
            assert!(error.contains(part), "{error}");
        };
        check(&[("regoins", "x")], "it knows profile");
        check(&[("role", "inventory")], "organization=true");
        check(&[("organization", "true")], "role=NAME");
        check(&[("organization", "maybe")], "`true` or `false`");
        check(&[("organization", "true"), ("role", "arn:aws:iam::123456789012:role/x")], "the role's name");
        check(&[("accounts", "12")], "twelve digits");
        check(&[("roles", "arn:aws:iam::1:role/x")], "ARN");
        check(&[("profile", " ")], "empty option");
        check(&[("endpoint", "http://example.com")], "not encrypted");
        check(&[("endpoint", "ftp://127.0.0.1")], "use https");
        check(&[("endpoint", "https://u:p@example.com")], "password");
    }

    #[test]
    fn an_endpoint_without_encryption_is_this_machine_only() {
        for good in [
            "http://127.0.0.1:5000/",
            "http://[::1]:5000",
            "http://localhost:4566",
            "https://vpce.example.com",
        ] {
            assert_eq!(checked_endpoint(good).unwrap(), good.trim_end_matches('/'));
        }
        for bad in ["http://127.0.0.1.example.com", "http://10.0.0.1", "nonsense"] {
            assert!(checked_endpoint(bad).is_err(), "{bad}");
        }
    }
}
