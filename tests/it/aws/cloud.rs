//! A user, the real binary, and our own fake of AWS on this machine: what the tests of faults and of credentials
//! talk to.

use std::collections::{BTreeMap, BTreeSet};

use cloudscope_aws::fake::{Estate, FakeAws};
use serde_json::Value;

use super::text;
use crate::home::{Home, Ran, wait};

pub(super) const HERE: &str = "eu-west-1";
/// Listings of each wire protocol but EC2's, few enough that no pace holds them up.
const SERVICES: &str = "autoscaling+directconnect+kms+lambda+route53";

/// See above.
pub(super) struct Cloud {
    pub(super) fake: FakeAws,
    pub(super) home: Home,
    pub(super) source: String,
    /// The user's variables.
    pub(super) env: BTreeMap<&'static str, String>,
}

impl Cloud {
    pub(super) fn new(estate: Estate, options: &str) -> Self {
        let home = Home::new();
        let fake = FakeAws::start(estate).unwrap();
        let env = BTreeMap::from([
            ("AWS_ACCESS_KEY_ID", fake.estate().key(0)),
            ("AWS_SECRET_ACCESS_KEY", "fake".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("AWS_ENDPOINT_URL", fake.url()),
        ]);
        let source = if options.is_empty() { "aws".to_owned() } else { format!("aws:{options}") };
        let cloud = Self { fake, home, source, env };
        cloud.configure(1);
        cloud
    }

    /// So many seconds for a call.
    pub(super) fn configure(&self, seconds: u64) {
        let dir = self.home.path().join(".config/cloudscope");
        std::fs::create_dir_all(&dir).unwrap();
        let config = format!(
            "version: 1\ndiscover: false\ncollect: {{attempts: 1, call_seconds: {seconds}, call_tries: 2}}\n"
        );
        std::fs::write(dir.join("config.yaml"), config).unwrap();
    }

    /// Few enough calls that the pace of an endpoint holds none of them up.
    pub(super) fn of(services: &str, items: usize, page: usize) -> Self {
        let estate = Estate { items, page, ..Estate::new(1, &[HERE, "us-east-1"]) };
        let cloud = Self::new(estate, &format!("regions={HERE},services={services}"));
        cloud.collect().with(0);
        cloud
    }

    pub(super) fn usual() -> Self {
        Self::of(SERVICES, 3, 2)
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = self.home.command(arguments);
        command.envs(&self.env).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        Ran::of(wait(command.spawn().unwrap()), arguments)
    }

    pub(super) fn collect(&self) -> Ran {
        self.run(&["collect", "--quiet", &self.source])
    }

    pub(super) fn ids(&self, filter: &str) -> BTreeSet<String> {
        let ran = self.run(&["query", filter, "--format", "ndjson", "--limit", "1000000"]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        let id = |line: &str| text(&serde_json::from_str(line).unwrap(), "id").to_owned();
        ran.out.lines().map(id).collect()
    }

    /// Everything that is there or may be.
    pub(super) fn alive(&self) -> BTreeSet<String> {
        self.ids("provider:aws")
    }

    pub(super) fn gone(&self) -> BTreeSet<String> {
        self.ids("provider:aws presence:gone")
    }

    pub(super) fn health(&self) -> Vec<Value> {
        let ran = self.run(&["health", "--format", "json"]);
        assert!(matches!(ran.code, Some(0 | 3)), "{}", ran.err);
        serde_json::from_str(&ran.out).unwrap()
    }

    /// The state of every scope, by listing and region.
    pub(super) fn states(&self) -> BTreeMap<(String, String), String> {
        let key = |s: &Value| (text(s, "listing").to_owned(), text(s, "region").to_owned());
        self.health().iter().map(|s| (key(s), text(s, "state").to_owned())).collect()
    }

    pub(super) fn state(&self, listing: &str) -> Vec<String> {
        let is = |key: &str| key == listing || key.strip_prefix(listing).is_some_and(|r| r.starts_with(' '));
        self.states().into_iter().filter(|((l, _), _)| is(l)).map(|(_, state)| state).collect()
    }

    /// The coverage of one listing in this region, or of a global one.
    pub(super) fn scope(&self, listing: &str) -> Value {
        here(&self.health(), listing).clone()
    }

    /// The actions that the policy that would mend the denials allows.
    pub(super) fn policy(&self) -> BTreeSet<String> {
        let out = self.run(&["policy"]).with(0);
        if out.trim().is_empty() {
            return BTreeSet::new();
        }
        let policy: Value = serde_json::from_str(&out).unwrap();
        let statements = policy["Statement"].as_array().unwrap();
        let actions = statements.iter().flat_map(|s| s["Action"].as_array().unwrap());
        actions.map(|a| a.as_str().unwrap().to_owned()).collect()
    }
}

/// The row of one listing in this region, or of a global one.
pub(super) fn here<'a>(health: &'a [Value], listing: &str) -> &'a Value {
    let found = health.iter().filter(|s| text(s, "listing") == listing);
    let here: Vec<&Value> = found.filter(|s| [HERE, ""].contains(&text(s, "region"))).collect();
    assert_eq!(here.len(), 1, "{listing}: {here:?}");
    here[0]
}
