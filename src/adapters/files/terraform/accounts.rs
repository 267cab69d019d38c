//! Whose an AWS resource is whose id does not say it (`arn:aws:s3:::name`): one provider configuration has one
//! account, so it is that of everything else that the same configuration of the same state manages.

use std::collections::BTreeMap;

use super::state::{Instance, Resource};
use crate::cloud;

/// The account of each provider configuration, `None` where its resources are of several.
#[derive(Debug, Default)]
pub(crate) struct Accounts(BTreeMap<String, Option<String>>);

impl Accounts {
    /// Learns from one instance, if its ARN says an account.
    pub(crate) fn learn(&mut self, resource: &Resource<'_>, instance: &Instance<'_>) {
        let Some(provider) = resource.provider.as_ref().filter(|_| !resource.is_data()) else { return };
        let attributes = instance.attributes();
        let arn = attributes.get("arn").and_then(serde_json::Value::as_str);
        let Some(account) = arn.and_then(cloud::parse).map(|id| id.account).filter(|a| is_account(a)) else {
            return;
        };
        self.0
            .entry(provider.clone())
            .and_modify(|known| *known = known.take().filter(|known| *known == account))
            .or_insert(Some(account));
    }

    /// The account of what this resource stands for, where its provider configuration has one.
    pub(crate) fn of(&self, resource: &Resource<'_>) -> Option<&str> {
        let provider = resource.provider.as_ref().filter(|_| resource.type_.starts_with("aws_"))?;
        self.0.get(provider)?.as_deref()
    }
}

/// Twelve digits; `aws` stands for what AWS itself made.
fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}
