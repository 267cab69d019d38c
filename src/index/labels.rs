//! What people call accounts: the names of the assets that say so of themselves by the alias `account:ID`
//! (an AWS account, as its sign-in alias and its organization name it). Looked up per account, not kept per
//! row: when an account is renamed no other row changes.

use std::{collections::BTreeMap, sync::Arc};

use cloudscope_domain::query::fold;

use crate::{Snapshot, parts::place, snapshot::Labels, symbols::Col};

/// What the alias of an asset begins with that names an account.
const NAMES_ACCOUNT: &str = "account:";

impl Snapshot {
    /// What people call this account, where something names it. Two accounts may be called alike.
    #[must_use]
    pub fn account_label(&self, account: &str) -> Option<Arc<str>> {
        self.account_labels(account).first().cloned()
    }

    /// Everything that this account is called.
    #[must_use]
    pub fn account_labels(&self, account: &str) -> &[Arc<str>] {
        let symbol = self.parts.columns[Col::Account as usize].number(account);
        symbol.and_then(|s| self.labels().get(s as usize)).map_or(&[], Vec::as_slice)
    }

    /// The accounts that something names, and what people call them.
    #[must_use]
    pub fn named_accounts(&self) -> BTreeMap<String, String> {
        let accounts = self.parts.columns[Col::Account as usize].values().iter().zip(self.labels());
        accounts.filter_map(|(id, names)| Some((id.to_string(), names.first()?.to_string()))).collect()
    }

    /// That of an account by its number in the column.
    pub(crate) fn label_of(&self, symbol: u32) -> Option<Arc<str>> {
        self.labels().get(symbol as usize)?.first().cloned()
    }

    /// The names of all accounts, by their number in the column.
    pub(crate) fn labels(&self) -> &Labels {
        self.labels.get_or_init(|| {
            let accounts = self.parts.columns[Col::Account as usize].values();
            accounts.iter().map(|account| self.names_of(account)).collect()
        })
    }

    fn names_of(&self, account: &str) -> Vec<Arc<str>> {
        if account.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<_> = self
            .by_alias(&format!("{NAMES_ACCOUNT}{account}"))
            .map(|row| {
                let (slot, n) = place(row);
                let chunk = &self.parts.slots[slot].chunk;
                let text = chunk.text(n);
                let kind = self.parts.columns[Col::Kind as usize].text(chunk.symbols(Col::Kind)[n]);
                (kind, text.id(), Arc::<str>::from(text.name()))
            })
            .filter(|(_, _, name)| !name.is_empty() && **name != *account)
            .collect();
        found.sort_unstable();
        let mut names: Vec<Arc<str>> = Vec::new();
        for (.., name) in found {
            if !names.iter().any(|n| fold(n) == fold(&name)) {
                names.push(name);
            }
        }
        names
    }
}
