//! Which accounts and regions a source has: profiles, roles, organizations, and the regions that each
//! account enabled.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use aws_config::SdkConfig;
use aws_runtime::env_config::section::EnvConfigSections;
use aws_types::os_shim_internal::Env;
use cloudscope_domain::{ListingMode, Scope, ScopeKey, text::visible};
use cloudscope_ports::{CollectContext, Fault, FaultKind, Plan, SourceSpec};
use futures::{StreamExt, stream};
use serde_json::{Value, json};

use crate::{
    account::{Account, Bundles, Chain, Login, Role},
    client::{Ask, Client, Target},
    endpoints::{self, BUNDLE, Endpoints},
    listing::{Listing, Listings},
    login::{self, Programs},
    model::{EndpointOptions, Models},
    options::{Options, role_account},
    pages::{Pager, Paging},
    session::Session,
    transport::Transport,
    typed::TypedClient,
};

/// Where account-wide questions go when nothing names a region.
const HOME: &str = "us-east-1";
/// Accounts that are asked about at the same time.
const AT_ONCE: usize = 16;
/// Pages of accounts.
const MOST_PAGES: usize = 1_000;
/// The listing that stands for a whole region or account that is switched off.
const WHOLE: &str = "everything";

/// What a source consists of.
pub(crate) struct Found {
    pub(crate) session: Session,
    pub(crate) plan: Plan,
}

/// What planning needs besides the source.
pub(crate) struct Discovery<'a> {
    pub(crate) source: &'a SourceSpec,
    pub(crate) options: Options,
    pub(crate) listings: &'a Listings,
    pub(crate) programs: &'a dyn Programs,
    pub(crate) typed: Option<&'a Arc<dyn TypedClient>>,
    pub(crate) context: &'a CollectContext,
}

impl Discovery<'_> {
    /// Finds accounts and regions, and makes the plan.
    ///
    /// # Errors
    /// When nothing of the source can be planned.
    pub(crate) async fn plan(&self) -> Result<Found, Fault> {
        let (client, bases, mut faults) = self.bases().await?;
        let mut accounts: BTreeMap<String, Arc<Account>> = BTreeMap::new();
        let mut plan = Plan::default();
        let roles = !self.options.roles.is_empty() || self.options.organization_role.is_some();
        client.several.store(roles || bases.len() + faults.len() > 1, std::sync::atomic::Ordering::Relaxed);
        if roles {
            let Some(base) = bases.first() else {
                return Err(faults
                    .pop()
                    .unwrap_or_else(|| self.wrong("has no credentials to assume roles with")));
            };
            let bundles = Arc::new(Bundles::new(self.listings.permissions(|l| self.wants(l))));
            let mut add = |id: String, arn: String| {
                let role = Role::new(
                    arn.clone(),
                    self.options.external_id.clone(),
                    Arc::clone(base),
                    Arc::clone(&bundles),
                );
                let account = Account {
                    partition: base.partition.clone(),
                    identity: arn,
                    home: base.home.clone(),
                    endpoints: Arc::clone(&base.endpoints),
                    login: Login::Role(Box::new(role)),
                    renew: base.renew.clone(),
                    regions: Default::default(),
                    id: id.clone(),
                };
                accounts.entry(id).or_insert_with(|| Arc::new(account));
            };
            for arn in &self.options.roles {
                if let Some(id) = role_account(arn) {
                    add(id.to_owned(), arn.clone());
                }
            }
            if let Some(role) = &self.options.organization_role {
                for (id, active) in self.organization(&client, base).await? {
                    let arn = format!("arn:{}:iam::{id}:role/{role}", base.partition);
                    match (active, id == base.id) {
                        (false, _) => plan.disabled.push((
                            self.everything(&id, ""),
                            "the account is suspended or being closed".to_owned(),
                        )),
                        // The organization's own account needs no role.
                        (true, true) => {}
                        (true, false) => add(id, arn),
                    }
                }
                accounts.entry(base.id.clone()).or_insert_with(|| Arc::clone(base));
            }
        } else {
            for base in bases {
                accounts.entry(base.id.clone()).or_insert(base);
            }
        }
        if accounts.is_empty() {
            return Err(faults.pop().unwrap_or_else(|| self.wrong("names no account")));
        }
        let answers: Vec<(Arc<Account>, Result<Regions, Fault>)> = stream::iter(accounts.values().cloned())
            .map(|account| {
                let client = &client;
                async move {
                    let regions = self.regions(client, &account).await;
                    (account, regions)
                }
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        for (account, answer) in answers {
            match answer {
                Ok(regions) => self.scopes(&account, &regions, &mut plan),
                Err(fault) if accounts.len() == 1 => return Err(fault),
                // Its scopes are planned all the same, so that each says what is wrong.
                Err(fault) => {
                    tracing::warn!(account = account.id, "regions are not known: {fault}");
                    self.scopes(&account, &self.usual(&account), &mut plan);
                }
            }
        }
        for fault in &faults {
            tracing::warn!("an AWS profile is left out: {fault}");
        }
        plan.unread = together(faults);
        plan.scopes.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(Found { session: Session::new(client, accounts.into_values(), self.listings), plan })
    }

    /// Where calls go and by which way, as far as it is not the usual one: of each profile, where they
    /// differ. Asks nobody.
    pub(crate) async fn ways(options: &Options) -> Vec<String> {
        let env = Env::real();
        let Ok(files) = login::files().await else { return Vec::new() };
        let Ok(transport) = Transport::new(None) else { return Vec::new() };
        let mut each: Vec<(Vec<String>, Vec<String>)> = Vec::new();
        for profile in profiles(options, &files) {
            let named = profile.as_deref().unwrap_or_else(|| files.selected_profile());
            let ignored = endpoints::ignores(&files, named, &env);
            let config = login::load(profile.as_deref(), &transport).await;
            let lines = match Endpoints::read(options.endpoint.as_deref(), &config, ignored, &env) {
                Ok(found) => found.lines().into_iter().chain(endpoints::network(&found, &env)).collect(),
                Err(why) => vec![why],
            };
            match each.iter_mut().find(|(_, known)| *known == lines) {
                Some((names, _)) => names.push(named.to_owned()),
                None => each.push((vec![named.to_owned()], lines)),
            }
        }
        by_profile(each)
    }

    /// Who the credentials of the source are.
    ///
    /// # Errors
    /// When none work.
    pub(crate) async fn who(&self) -> Result<Vec<String>, Fault> {
        let (_, bases, mut faults) = self.bases().await?;
        match (bases.is_empty(), faults.pop()) {
            (true, Some(fault)) => Err(fault),
            _ => Ok(bases.iter().map(|a| a.identity.clone()).collect()),
        }
    }

    /// The accounts that the profiles lead to by themselves, and the profiles that do not work.
    async fn bases(&self) -> Result<(Client, Vec<Arc<Account>>, Vec<Fault>), Fault> {
        let bundle = std::env::var(BUNDLE).ok().filter(|path| !path.trim().is_empty());
        let transport = Transport::new(bundle.as_deref())?;
        let files = login::files().await?;
        let client = Client::new(transport.clone(), self.typed.cloned());
        let mut bases = Vec::new();
        let mut faults = Vec::new();
        for profile in profiles(&self.options, &files) {
            if let Some(name) = &profile
                && files.get_profile(name).is_none()
            {
                let mut known: Vec<&str> = files.profiles().collect();
                known.sort_unstable();
                faults.push(self.wrong(&format!(
                    "names the profile `{name}`, which no AWS configuration file defines; those that are: {}",
                    if known.is_empty() { "none".to_owned() } else { known.join(", ") }
                )));
                continue;
            }
            let named = profile.as_deref().unwrap_or_else(|| files.selected_profile());
            if let Some(program) = login::programs(&files, named).iter().find(|p| !self.programs.confirmed(p))
            {
                let words = format!(
                    "the profile `{}` would run a program for its credentials: {}; look at it and run `cloudscope sources confirm {}`",
                    program.profile, program.command, self.source.name
                );
                let words = visible(&words).into_owned();
                faults.push(Fault::new(FaultKind::Unauthenticated, "aws:Login", words));
                continue;
            }
            let config = login::load(profile.as_deref(), &transport).await;
            let ignored = endpoints::ignores(&files, named, &Env::real());
            let own = self.options.endpoint.as_deref();
            let endpoints = match Endpoints::read(own, &config, ignored, &Env::real()) {
                Ok(endpoints) => Arc::new(endpoints),
                Err(why) => {
                    faults.push(self.wrong(&why));
                    continue;
                }
            };
            match self.base(&client, &config, endpoints, login::renew(&files, named)).await {
                Ok(account) => bases.push(Arc::new(account)),
                Err(mut fault) => {
                    let hints = [login::wants_code(&files, named), login::unreadable(&files, named)];
                    for next in hints.into_iter().flatten() {
                        fault.message = visible(&format!("{}; {next}", fault.message)).into_owned();
                    }
                    faults.push(fault);
                }
            }
        }
        Ok((client, bases, faults))
    }

    /// The account that a profile's credentials belong to.
    async fn base(
        &self,
        client: &Client,
        config: &SdkConfig,
        endpoints: Arc<Endpoints>,
        renew: Option<String>,
    ) -> Result<Account, Fault> {
        let Some(provider) = config.credentials_provider() else {
            return Err(Fault::new(FaultKind::Unauthenticated, "aws:Login", "there are no AWS credentials"));
        };
        let home = match config.region() {
            Some(region) => region.to_string(),
            None => self.options.regions.iter().next().cloned().unwrap_or_else(|| HOME.to_owned()),
        };
        let partition = Models::builtin().partition(&home).map_or("aws", |p| &p.name).to_owned();
        let mut account = Account {
            id: String::new(),
            identity: "AWS credentials".to_owned(),
            partition,
            home,
            endpoints,
            login: Login::Chain(Box::new(Chain::new(provider))),
            renew,
            regions: Default::default(),
        };
        let answer = self.ask(client, &account, "sts:GetCallerIdentity", &json!({})).await?;
        let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
        account.id = text("Account");
        account.identity = text("Arn");
        if let Some(partition) = account.identity.split(':').nth(1).filter(|p| p.starts_with("aws")) {
            account.partition = partition.to_owned();
        }
        Ok(account)
    }

    /// One question while planning.
    async fn ask(
        &self,
        client: &Client,
        account: &Account,
        name: &str,
        input: &Value,
    ) -> Result<Value, Fault> {
        let target = Target::find(name, &[]).map_err(|why| Fault::new(FaultKind::Internal, name, why))?;
        let scope = ScopeKey::new(self.source.name.clone(), name).account(account.id.clone());
        let ask = Ask {
            context: self.context,
            scope: &scope,
            account,
            region: &account.home,
            target: &target,
            absent: &[],
            disabled: &[],
        };
        Ok(client.call(&ask, input).await?.unwrap_or_default())
    }

    /// The accounts of the organization, and whether each is active.
    async fn organization(&self, client: &Client, base: &Account) -> Result<Vec<(String, bool)>, Fault> {
        const NAME: &str = "organizations:ListAccounts";
        let target = Target::find(NAME, &[]).map_err(|why| Fault::new(FaultKind::Internal, NAME, why))?;
        let pager = Pager::new(target.operation()?.pages.as_ref(), None);
        let mut accounts = Vec::new();
        let mut paging = Paging::new(serde_json::Map::new(), MOST_PAGES);
        while let Some(input) = paging.input() {
            let page = self.ask(client, base, NAME, &input).await?;
            for account in page["Accounts"].as_array().into_iter().flatten() {
                let Some(id) = account["Id"].as_str() else { continue };
                if self.options.accounts.is_empty() || self.options.accounts.contains(id) {
                    // `Status` gives way to `State`, which tells more.
                    let state = account["State"].as_str().or_else(|| account["Status"].as_str());
                    accounts.push((id.to_owned(), state == Some("ACTIVE")));
                }
            }
            paging.follow(&pager, &page, NAME)?;
        }
        Ok(accounts)
    }

    /// The regions of an account.
    async fn regions(&self, client: &Client, account: &Account) -> Result<Regions, Fault> {
        let answer = self.ask(client, account, "ec2:DescribeRegions", &json!({"AllRegions": true})).await;
        let answer = match answer {
            Ok(answer) => answer,
            // It may not ask: those that are usual, or were named; each scope tells how it goes.
            Err(fault) if matches!(fault.kind, FaultKind::Denied) && fault.missing_permission.is_some() => {
                tracing::warn!(account = account.id, "enabled regions are not known: {fault}");
                return Ok(self.usual(account));
            }
            Err(fault) => return Err(fault),
        };
        let mut regions = Regions::default();
        let told = answer["Regions"].as_array().into_iter().flatten();
        let on = told.filter(|r| r["OptInStatus"] != "not-opted-in").filter_map(|r| r["RegionName"].as_str());
        account.regions.tell(&on.map(str::to_owned).collect());
        for region in answer["Regions"].as_array().into_iter().flatten() {
            let Some(name) = region["RegionName"].as_str() else { continue };
            if !self.options.regions.is_empty() && !self.options.regions.contains(name) {
                continue;
            }
            match region["OptInStatus"].as_str() {
                Some("not-opted-in") => regions.off.insert(name.to_owned()),
                _ => regions.on.insert(name.to_owned()),
            };
        }
        let named: Vec<String> = self
            .options
            .regions
            .iter()
            .filter(|r| !regions.on.contains(*r) && !regions.off.contains(*r))
            .cloned()
            .collect();
        if !named.is_empty() {
            regions.unknown.extend(named);
        }
        Ok(regions)
    }

    /// The regions to try when the account does not say which are enabled.
    fn usual(&self, account: &Account) -> Regions {
        let mut regions = Regions::default();
        if self.options.regions.is_empty() {
            let partition = Models::builtin().partitions().iter().find(|p| *p.name == *account.partition);
            regions.on.extend(partition.into_iter().flat_map(|p| &p.regions).map(ToString::to_string));
        } else {
            regions.on.extend(self.options.regions.iter().cloned());
        }
        regions
    }

    fn wants(&self, listing: &Listing) -> bool {
        self.options.wants(&listing.target.service.name)
    }

    fn scopes(&self, account: &Account, regions: &Regions, plan: &mut Plan) {
        let key = |listing: &Listing, region: &str| {
            ScopeKey::new(self.source.name.clone(), listing.name.clone())
                .account(account.id.clone())
                .region(region)
        };
        for listing in self.listings.all.iter().filter(|l| self.wants(l)) {
            let scope = |region: &str| Scope {
                key: key(listing, region),
                mode: ListingMode::Weak,
                kinds: listing.kind_names(),
            };
            if listing.is_global(&account.home) {
                plan.scopes.push(scope(""));
                continue;
            }
            for region in &regions.on {
                let listed = listing.spec.regions.is_empty() || listing.spec.regions.contains(region);
                let offered = listing.target.service.endpoint(region, EndpointOptions::default()).is_some();
                if listed && offered {
                    plan.scopes.push(scope(region));
                }
            }
        }
        for region in &regions.off {
            let reason = "the account has not enabled the region".to_owned();
            plan.disabled.push((self.everything(&account.id, region), reason));
        }
        for region in &regions.unknown {
            let reason = "AWS knows no such region; correct `regions` of the source".to_owned();
            plan.disabled.push((self.everything(&account.id, region), reason));
        }
    }

    /// The scope that stands for a whole region or account.
    fn everything(&self, account: &str, region: &str) -> Scope {
        let key = ScopeKey::new(self.source.name.clone(), WHOLE).account(account).region(region);
        Scope { key, mode: ListingMode::Weak, kinds: self.listings.kinds() }
    }

    fn wrong(&self, what: &str) -> Fault {
        Fault::new(FaultKind::Malformed, "aws:Configure", format!("the source `{}` {what}", self.source.name))
    }
}

/// The profiles that a source asks for, each once; `None` for the usual chain.
fn profiles(options: &Options, files: &EnvConfigSections) -> Vec<Option<String>> {
    let mut profiles: Vec<Option<String>> = options.profiles.iter().cloned().map(Some).collect();
    if options.all_profiles {
        profiles.extend(files.profiles().map(|p| Some(p.to_owned())));
    }
    if profiles.is_empty() {
        profiles.push(None);
    }
    let mut seen = BTreeSet::new();
    profiles.retain(|p| seen.insert(p.clone()));
    profiles
}

/// The faults of several profiles as one.
fn together(faults: Vec<Fault>) -> Option<Fault> {
    let mut faults = faults.into_iter();
    let mut all = faults.next()?;
    for fault in faults {
        all.message = format!("{}; {}", all.message, fault.message);
        all.renew = all.renew.or(fault.renew);
    }
    Some(all)
}

/// Lines that are the same for all profiles, or with the names of those that they are for.
fn by_profile(each: Vec<(Vec<String>, Vec<String>)>) -> Vec<String> {
    if let [(_, lines)] = &each[..] {
        return lines.clone();
    }
    let mut out = Vec::new();
    for (names, lines) in each {
        let what = if names.len() == 1 { "profile" } else { "profiles" };
        let names = visible(&names.join(", ")).into_owned();
        if lines.is_empty() {
            out.push(format!("{what} {names}: AWS's own endpoints"));
        }
        out.extend(lines.into_iter().map(|line| format!("{what} {names}: {line}")));
    }
    out
}

/// The regions of an account.
#[derive(Debug, Default)]
struct Regions {
    on: BTreeSet<String>,
    off: BTreeSet<String>,
    unknown: BTreeSet<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(each: &[(&[&str], &[&str])]) -> Vec<String> {
        let owned = |list: &[&str]| list.iter().map(|l| (*l).to_owned()).collect::<Vec<_>>();
        by_profile(each.iter().map(|(names, lines)| (owned(names), owned(lines))).collect())
    }

    #[test]
    fn ways_are_told_by_profile_where_they_differ() {
        assert_eq!(lines(&[(&["a", "b"], &["endpoint x"])]), ["endpoint x"]);
        assert_eq!(lines(&[(&["a"], &[])]), [""; 0]);
        assert_eq!(
            lines(&[(&["a", "c"], &["endpoint x", "proxy p"]), (&["b"], &[])]),
            ["profiles a, c: endpoint x", "profiles a, c: proxy p", "profile b: AWS's own endpoints"]
        );
    }

    #[test]
    fn several_profiles_that_fail_are_told_together() {
        let fault = |words: &str| Fault::new(FaultKind::Unauthenticated, "aws:Login", words);
        assert_eq!(together(Vec::new()), None);
        let all = together(vec![fault("a"), fault("b").renew("log in")]).unwrap();
        assert_eq!((all.message.as_str(), all.renew.as_deref()), ("a; b", Some("log in")));
    }
}
