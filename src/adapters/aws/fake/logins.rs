//! Who hands out credentials: an instance's metadata, a container's agent, the portal and the token service of
//! single sign-on, and STS for a web identity. Each gives other keys each time, so that a renewal shows.
//!
//! Each asks for the secret that the real one asks for, in the same place; the secrets are these constants.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::{
    Shared,
    fault::{Called, Fault},
    request::{Head, pairs},
    serve::{self, Reply, now},
};

/// What the metadata service gives for a session, and asks for after that.
const METADATA: &str = "fake-metadata-token";
/// What has to stand in the cache of single sign-on, or is given for a refresh token.
pub const SSO_TOKEN: &str = "fake-sso-token";
/// What a refresh of a single sign-on is asked with.
pub const SSO_REFRESH: &str = "fake-sso-refresh";
/// What has to stand in the file of a web identity.
pub const WEB_TOKEN: &str = "fake-web-token";
/// What a container's agent asks for.
pub const CONTAINER_TOKEN: &str = "fake-container-token";
/// The path of a container's credentials.
pub const CONTAINER_PATH: &str = "/container/credentials";
const INSTANCE: &str = "/latest/meta-data/iam/security-credentials/";

/// What is asked of whom.
enum Door {
    MetadataToken,
    Metadata,
    Container,
    Sso,
    SsoToken,
    Web,
}

impl Door {
    fn of(head: &Head, path: &str, body: &str) -> Option<Self> {
        match (head.method.as_str(), path) {
            ("PUT", "/latest/api/token") => Some(Self::MetadataToken),
            ("GET", _) if path.starts_with("/latest/meta-data/") => Some(Self::Metadata),
            ("GET", CONTAINER_PATH) => Some(Self::Container),
            ("GET", "/federation/credentials") => Some(Self::Sso),
            ("POST", "/token") => Some(Self::SsoToken),
            ("POST", "/") if body.contains("Action=AssumeRoleWithWebIdentity") => Some(Self::Web),
            _ => None,
        }
    }

    /// As the program's own list calls it.
    fn name(&self) -> (&'static str, &'static str) {
        match self {
            Self::MetadataToken => ("imds", "GetToken"),
            Self::Metadata => ("imds", "GetMetadata"),
            Self::Container => ("container", "GetCredentials"),
            Self::Sso => ("sso", "GetRoleCredentials"),
            Self::SsoToken => ("sso-oidc", "CreateToken"),
            Self::Web => ("sts", "AssumeRoleWithWebIdentity"),
        }
    }
}

/// Keys that are good for a while.
struct Keys {
    id: String,
    until: jiff::Timestamp,
}

impl Shared {
    /// The answer to a call for credentials; nothing for any other call, nothing inside for a broken connection.
    pub(super) async fn logs_in(&self, head: &Head, body: &[u8]) -> Option<Option<Reply>> {
        let (path, query) = head.target.split_once('?').unwrap_or((&head.target, ""));
        let body = std::str::from_utf8(body).ok()?;
        let door = Door::of(head, path, body)?;
        let (service, operation) = door.name();
        *self.counts().entry(format!("{service}:{operation}")).or_default() += 1;
        let input = [pairs(query), pairs(body)].concat();
        let called = Called { service, operation, region: "", account: "", input: &input };
        let fault = self.script().fault(&called);
        Some(match fault {
            Some(Fault::Drop) => None,
            Some(Fault::Refuse { status, code, message }) => Some(refusal(&door, status, &code, &message)),
            Some(Fault::Slow(time)) => {
                tokio::time::sleep(time).await;
                Some(self.handed(&door, head, path, body, &input))
            }
            _ => Some(self.handed(&door, head, path, body, &input)),
        })
    }

    fn handed(&self, door: &Door, head: &Head, path: &str, body: &str, input: &[(String, String)]) -> Reply {
        let text = |name: &str| input.iter().find(|(key, _)| key == name).map_or("", |(_, v)| v.as_str());
        let is = |header: &str, secret: &str| head.header(header) == Some(secret);
        let plain = |body: &str| serve::reply(200, "text/plain", &[], body.to_owned(), 0);
        let json = |body: Value| serve::reply(200, "application/json", &[], body.to_string(), 0);
        let own = self.estate.accounts.first().map_or("", String::as_str);
        match door {
            Door::MetadataToken => {
                let seconds = ("x-aws-ec2-metadata-token-ttl-seconds", "21600".to_owned());
                serve::reply(200, "text/plain", &[seconds], METADATA.to_owned(), 0)
            }
            Door::Metadata if !is("x-aws-ec2-metadata-token", METADATA) => refusal(door, 401, "", ""),
            Door::Metadata if path == INSTANCE => plain("reader"),
            Door::Metadata if path.strip_prefix(INSTANCE) == Some("reader") => json(self.flat(own, true)),
            Door::Metadata if path == "/latest/meta-data/placement/region" => plain("us-east-1"),
            Door::Metadata => refusal(door, 404, "", ""),
            Door::Container if !is("authorization", CONTAINER_TOKEN) => {
                refusal(door, 401, "Unauthorized", "the token is not the agent's")
            }
            Door::Container => json(self.flat(own, false)),
            Door::Sso if !is("x-amz-sso_bearer_token", SSO_TOKEN) => {
                refusal(door, 401, "UnauthorizedException", "Session token not found or invalid")
            }
            Door::Sso => {
                let keys = self.keys_for(text("account_id"));
                json(json!({"roleCredentials": {
                    "accessKeyId": keys.id, "secretAccessKey": "fake", "sessionToken": "fake",
                    "expiration": keys.until.as_millisecond(),
                }}))
            }
            Door::SsoToken if !body.contains(SSO_REFRESH) => {
                refusal(door, 400, "InvalidGrantException", "the refresh token is not known")
            }
            Door::SsoToken => json(json!({
                "accessToken": SSO_TOKEN, "expiresIn": 3600, "tokenType": "Bearer", "refreshToken": SSO_REFRESH,
            })),
            Door::Web if text("WebIdentityToken").trim() != WEB_TOKEN => {
                refusal(door, 400, "InvalidIdentityToken", "No OpenIDConnect provider found in your account")
            }
            Door::Web => {
                let keys = self.keys_for(text("RoleArn").split(':').nth(4).unwrap_or_default());
                let body = format!(
                    "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>{}</AccessKeyId><SecretAccessKey>fake</SecretAccessKey><SessionToken>fake</SessionToken><Expiration>{}</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>",
                    keys.id, keys.until
                );
                serve::reply(200, "text/xml", &[], body, 0)
            }
        }
    }

    fn keys_for(&self, account: &str) -> Keys {
        let serial = self.logins.fetch_add(1, Ordering::Relaxed) + 1;
        let until = jiff::Timestamp::from_second(now() + self.estate.session).unwrap_or_default();
        Keys { id: format!("ASIA{account}N{serial}"), until }
    }

    fn flat(&self, account: &str, instance: bool) -> Value {
        let keys = self.keys_for(account);
        let mut out = json!({
            "AccessKeyId": keys.id, "SecretAccessKey": "fake", "Token": "fake",
            "Expiration": keys.until.to_string(),
        });
        if instance {
            out["Code"] = "Success".into();
            out["Type"] = "AWS-HMAC".into();
            out["LastUpdated"] = "2026-01-01T00:00:00Z".into();
        }
        out
    }
}

fn refusal(door: &Door, status: u16, code: &str, message: &str) -> Reply {
    match door {
        Door::Web => {
            let body = format!(
                "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>0</RequestId></ErrorResponse>"
            );
            serve::reply(status, "text/xml", &[], body, 0)
        }
        _ => {
            let body = json!({"code": code, "message": message, "error": code, "error_description": message});
            serve::reply(
                status,
                "application/json",
                &[("x-amzn-errortype", code.to_owned())],
                body.to_string(),
                0,
            )
        }
    }
}
