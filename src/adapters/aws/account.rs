//! One account: who we are there, and the credentials that a call is signed with.
//!
//! Roles are assumed once for each bundle of permissions, because a session policy that names every
//! operation of this program does not fit into one.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex as StdMutex, OnceLock, PoisonError},
    time::{Duration, SystemTime},
};

use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider, error::CredentialsError},
};
use cloudscope_ports::{Fault, FaultKind};
use tokio::sync::{Mutex, OnceCell};

use crate::endpoints::Endpoints;

/// An account that is collected.
#[derive(Debug)]
pub(crate) struct Account {
    /// Twelve digits.
    pub(crate) id: String,
    /// `aws`, `aws-cn`, `aws-us-gov`, ...
    pub(crate) partition: String,
    /// The caller's ARN, or the role's.
    pub(crate) identity: String,
    /// The region that account-wide questions are asked in.
    pub(crate) home: String,
    /// Where calls go; each profile says so for itself.
    pub(crate) endpoints: Arc<Endpoints>,
    /// How calls are signed.
    pub(crate) login: Login,
    /// The command that renews the credentials.
    pub(crate) renew: Option<String>,
    /// What is known of its regions.
    pub(crate) regions: Regions,
}

/// What is known of an account's regions in this run.
#[derive(Debug, Default)]
pub(crate) struct Regions {
    /// Those that AWS calls enabled; empty while it was not asked, or would not say.
    enabled: OnceLock<BTreeSet<String>>,
    /// For a region where the credentials are not known: whether they are at home.
    at_home: StdMutex<HashMap<String, Arc<OnceCell<bool>>>>,
}

impl Regions {
    /// What AWS said.
    pub(crate) fn tell(&self, enabled: &BTreeSet<String>) {
        // A second plan makes other accounts.
        let _ = self.enabled.set(enabled.clone());
    }

    /// Whether AWS said that the account enabled it.
    pub(crate) fn are_told(&self, region: &str) -> bool {
        self.enabled.get().is_some_and(|enabled| enabled.contains(region))
    }

    /// Where the answer is kept whether credentials that this region does not know are good at home.
    pub(crate) fn works_at_home(&self, region: &str) -> Arc<OnceCell<bool>> {
        let mut kept = self.at_home.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(kept.entry(region.to_owned()).or_default())
    }
}

/// How calls of an account are signed.
#[derive(Debug)]
pub(crate) enum Login {
    /// By the official chain.
    Chain(Box<Chain>),
    /// By a role that was assumed with those of another account.
    Role(Box<Role>),
}

/// The official chain of a profile, and what it gave last.
#[derive(Debug)]
pub(crate) struct Chain {
    provider: SharedCredentialsProvider,
    kept: Mutex<Option<Credentials>>,
}

impl Chain {
    pub(crate) fn new(provider: SharedCredentialsProvider) -> Self {
        Self { provider, kept: Mutex::default() }
    }

    /// Credentials that are good for a while.
    ///
    /// # Errors
    /// `Unauthenticated`, with what to do.
    pub(crate) async fn credentials(
        &self,
        now: SystemTime,
        renew: Option<&str>,
    ) -> Result<Credentials, Fault> {
        let mut kept = self.kept.lock().await;
        if let Some(credentials) = kept.as_ref().filter(|c| is_good(c, now)) {
            return Ok(credentials.clone());
        }
        let fresh = chained(&self.provider, renew).await?;
        *kept = Some(fresh.clone());
        Ok(fresh)
    }

    /// Forgets credentials that were refused, unless they were renewed meanwhile.
    pub(crate) async fn forget(&self, refused: &Credentials) {
        forget(&self.kept, refused).await;
    }
}

async fn forget(slot: &Mutex<Option<Credentials>>, refused: &Credentials) {
    let mut kept = slot.lock().await;
    if kept.as_ref().is_some_and(|c| c.access_key_id() == refused.access_key_id()) {
        *kept = None;
    }
}

/// A role to assume.
#[derive(Debug)]
pub(crate) struct Role {
    pub(crate) arn: String,
    pub(crate) external_id: Option<String>,
    /// Signs the call that assumes it.
    pub(crate) base: Arc<Account>,
    /// What each session may do.
    pub(crate) bundles: Arc<Bundles>,
    sessions: Vec<Mutex<Option<Credentials>>>,
}

impl Role {
    pub(crate) fn new(
        arn: String,
        external_id: Option<String>,
        base: Arc<Account>,
        bundles: Arc<Bundles>,
    ) -> Self {
        let sessions = (0..bundles.policies.len()).map(|_| Mutex::default()).collect();
        Self { arn, external_id, base, bundles, sessions }
    }

    /// The policy of a bundle's session, and where its credentials are kept.
    ///
    /// # Errors
    /// When no session may do what is asked.
    pub(crate) fn session(&self, bundle: usize) -> Result<(&str, &Mutex<Option<Credentials>>), Fault> {
        match (self.bundles.policies.get(bundle), self.sessions.get(bundle)) {
            (Some(policy), Some(kept)) => Ok((policy, kept)),
            _ => Err(Fault::new(FaultKind::Internal, "sts:AssumeRole", "no session policy allows the call")),
        }
    }

    /// Forgets a session whose credentials were refused, unless it was renewed meanwhile.
    pub(crate) async fn forget(&self, bundle: usize, refused: &Credentials) {
        if let Some(slot) = self.sessions.get(bundle) {
            forget(slot, refused).await;
        }
    }
}

/// Credentials are renewed so long before they end.
const EARLY: Duration = Duration::from_secs(300);

/// Whether credentials last for a while.
pub(crate) fn is_good(credentials: &Credentials, now: SystemTime) -> bool {
    credentials.expiry().is_none_or(|at| at > now + EARLY)
}

/// Session policies: each names some of the permissions, together all of them.
#[derive(Debug, Default)]
pub(crate) struct Bundles {
    policies: Vec<String>,
    permissions: Vec<(String, usize)>,
}

/// AWS takes 2,048 characters; packed they may be more, hence some room.
const LONGEST_POLICY: usize = 1_800;

impl Bundles {
    /// Bundles of permissions; those of one service stay together where they fit.
    pub(crate) fn new(permissions: impl IntoIterator<Item = String>) -> Self {
        let mut sorted: Vec<String> = permissions.into_iter().collect();
        sorted.sort();
        sorted.dedup();
        let mut bundles = Self::default();
        let mut part: Vec<String> = Vec::new();
        let mut length = policy(&[]).len();
        for permission in sorted {
            let more = permission.len() + 3;
            if length + more > LONGEST_POLICY && !part.is_empty() {
                bundles.policies.push(policy(&part));
                part.clear();
                length = policy(&[]).len();
            }
            length += more;
            bundles.permissions.push((permission.clone(), bundles.policies.len()));
            part.push(permission);
        }
        if !part.is_empty() {
            bundles.policies.push(policy(&part));
        }
        bundles
    }

    /// The bundle whose session may do all of these; several permissions of one call are asked for in
    /// the bundle of the first that has them all.
    pub(crate) fn of(&self, permission: &str) -> usize {
        let at = self.permissions.binary_search_by(|(p, _)| p.as_str().cmp(permission));
        at.map_or(usize::MAX, |at| self.permissions[at].1)
    }
}

fn policy(actions: &[String]) -> String {
    serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}],
    })
    .to_string()
}

/// The credentials of the official chain.
///
/// # Errors
/// `Unauthenticated`, with what to do.
async fn chained(provider: &SharedCredentialsProvider, renew: Option<&str>) -> Result<Credentials, Fault> {
    provider.provide_credentials().await.map_err(|error| {
        let kind = match &error {
            CredentialsError::ProviderTimedOut(_) => FaultKind::Timeout,
            _ => FaultKind::Unauthenticated,
        };
        let mut words = error.to_string();
        let mut inner = std::error::Error::source(&error);
        while let Some(error) = inner {
            let more = error.to_string();
            if !words.contains(&more) {
                words = format!("{words}: {more}");
            }
            inner = error.source();
        }
        let next = match renew {
            Some(command) => format!("run `{command}`"),
            None => "set up a profile, keys in the environment or a role of this machine".to_owned(),
        };
        // The chain tells each of its ways on a line.
        let words = words.lines().map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join("; ");
        let words = cloudscope_domain::text::visible(&words).into_owned();
        let fault = Fault::new(kind, "aws:Login", format!("no usable AWS credentials: {words}; {next}"));
        match renew {
            Some(command) => fault.renew(command),
            None => fault,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permissions(n: usize) -> Vec<String> {
        (0..n).map(|i| format!("service{}:DescribeThing{i}", i % 7)).collect()
    }

    #[test]
    fn every_permission_is_in_exactly_one_policy_that_fits() {
        let bundles = Bundles::new(permissions(500));
        assert!(bundles.policies.len() > 5);
        for policy in &bundles.policies {
            assert!(policy.len() <= 2_048, "{}", policy.len());
        }
        for permission in permissions(500) {
            let quoted = format!("\"{permission}\"");
            let holders: Vec<usize> =
                (0..bundles.policies.len()).filter(|i| bundles.policies[*i].contains(&quoted)).collect();
            assert_eq!(holders, [bundles.of(&permission)]);
        }
        assert_eq!(bundles.of("s3:GetObject"), usize::MAX);
        assert!(Bundles::new([]).policies.is_empty());
    }
}
