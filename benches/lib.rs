//! Shared set-up of the benches: a made-up estate of several clouds, the same for the same seed.
//!
//! Names, tags, statuses and references are spread as in a real estate (few accounts and regions, many
//! ids, one network that half of everything is in), and each record bears a payload of about 1 kB.

use cloudscope_domain::{
    Asset, AssetKey, Category, Coverage, CoverageState, Kind, ListingMode, Payload, Record, Reference,
    Revision, RunId, Scope, ScopeKey, ScopeState, Status, StatusClass, Target, Timestamp, Unseen,
};

/// The wall clock of the estate.
pub const NOW: i64 = 1_795_000_000_000;

/// How many assets a bench works on: `CLOUDSCOPE_BENCH_ROWS`, else 100,000.
#[must_use]
pub fn rows() -> usize {
    std::env::var("CLOUDSCOPE_BENCH_ROWS").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000)
}

/// Bytes of this process that are in memory; 0 where the system does not say.
#[must_use]
pub fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<usize>().ok()).map_or(0, |kb| kb * 1024)
}

/// A small generator of numbers (xorshift64*), so that an estate needs no dependency and never changes.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The same rolls for the same seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// 0 to `n - 1`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) % n.max(1)
    }

    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[usize::try_from(self.below(words.len() as u64)).unwrap_or(0)]
    }
}

struct Shape {
    kind: &'static str,
    category: Category,
    provider: &'static str,
    prefix: &'static str,
}

const SHAPES: [Shape; 6] = [
    Shape { kind: "aws.ec2.instance", category: Category::Compute, provider: "aws", prefix: "i" },
    Shape { kind: "aws.ec2.volume", category: Category::Storage, provider: "aws", prefix: "vol" },
    Shape { kind: "aws.rds.db-instance", category: Category::Database, provider: "aws", prefix: "db" },
    Shape { kind: "gcp.compute.instance", category: Category::Compute, provider: "gcp", prefix: "gce" },
    Shape {
        kind: "azure.compute.virtual-machine",
        category: Category::Compute,
        provider: "azure",
        prefix: "vm",
    },
    Shape { kind: "k8s.apps.deployment", category: Category::Container, provider: "k8s", prefix: "deploy" },
];

const TEAMS: [&str; 8] = ["web", "payments", "search", "billing", "identity", "ledger", "media", "batch"];
const STAGES: [&str; 4] = ["prod", "staging", "test", "dev"];
const REGIONS: [&str; 6] = ["eu-west-1", "eu-central-1", "us-east-1", "us-west-2", "ap-south-1", "sa-east-1"];
const WORDS: [(&str, StatusClass); 4] = [
    ("running", StatusClass::Ok),
    ("stopped", StatusClass::Stopped),
    ("pending", StatusClass::Pending),
    ("impaired", StatusClass::Error),
];

/// Record number `n` of the estate. `version` changes what a later collection would find different.
#[must_use]
pub fn record(n: usize, version: u64) -> Record {
    let mut dice = Dice::new(n as u64 + 1);
    let shape = &SHAPES[n % SHAPES.len()];
    let (team, stage, region) = (dice.of(&TEAMS), dice.of(&STAGES), dice.of(&REGIONS));
    let account = format!("{:012}", 100_000_000_000 + dice.below(24));
    let short = format!("{}-{:017x}", shape.prefix, n);
    let (word, class) = WORDS[usize::try_from((dice.below(10) + version) % 10 / 3).unwrap_or(0)];
    let address = format!("10.{}.{}.{}", dice.below(256), dice.below(256), dice.below(256));
    let created = NOW - i64::try_from(dice.below(2 * 365 * 86_400)).unwrap_or(0) * 1000;
    let name = format!("{team}-{stage}-{n:06}");
    let mut payload = format!(
        "{{\"Id\":\"{short}\",\"Name\":\"{name}\",\"State\":\"{word}\",\"PrivateIp\":\"{address}\",\"Version\":{version},\"Details\":{{"
    );
    while payload.len() < 960 {
        payload.push_str("\"k");
        hex(&mut payload, dice.below(1 << 16), 4);
        payload.push_str("\":\"");
        hex(&mut payload, dice.below(1 << 40), 12);
        payload.push_str("\",");
    }
    payload.push_str("\"end\":true}}");
    let network = if dice.below(2) == 0 { 0 } else { dice.below(64) };
    let reference = |relation: &str, target: Target, rule: &str| Reference {
        relation: relation.into(),
        target,
        reverse: false,
        confidence: 1.0,
        rule: rule.into(),
    };
    let other = |n: u64| Target::Named {
        kind: None,
        name: format!("{}-{:017x}", SHAPES[usize::try_from(n % 6).unwrap_or(0)].prefix, n).into(),
    };
    Record {
        asset: Asset {
            key: AssetKey::new(format!("arn:{}:{region}:{account}:{short}", shape.provider), ""),
            kind: shape.kind.parse().unwrap_or_else(|_| Kind::from_words([shape.kind])),
            category: shape.category,
            provider: shape.provider.into(),
            name: name.as_str().into(),
            account: account.as_str().into(),
            region: region.into(),
            zone: format!("{region}a").into(),
            status: Some(Status { word: word.into(), class }),
            tags: [
                ("env".to_owned(), stage.to_owned()),
                ("team".to_owned(), team.to_owned()),
                ("cost-center".to_owned(), format!("cc-{}", dice.below(40))),
            ]
            .into(),
            created_at: Some(Timestamp::from_millis(created)),
            addresses: vec![address, format!("{name}.{region}.example.com")],
            aliases: vec![short],
            declares: None,
            properties: Payload::from_text(payload).unwrap_or_default(),
        },
        references: vec![
            reference("in-network", Target::Id(format!("arn:net:{network}").as_str().into()), "$.VpcId"),
            reference("uses", other(dice.below(n as u64 + 1)), "$.Volumes[*].Id"),
            reference("uses", other(dice.below(n as u64 + 1)), "$.SecurityGroups[*].GroupId"),
        ],
        scope: ScopeKey::new(format!("{}-org", shape.provider), shape.kind).account(account).region(region),
        first_seen: Timestamp::from_millis(created),
        changed_at: Timestamp::from_millis(NOW - i64::try_from(dice.below(86_400)).unwrap_or(0) * 1000),
        revision: Revision(version + 1),
        run: RunId(version + 1),
        gone: None,
    }
}

/// Appends so many hexadecimal digits. What the benches make up must cost little beside what they measure.
fn hex(out: &mut String, n: u64, digits: u32) {
    for place in (0..digits).rev() {
        let digit = u32::try_from(n >> (4 * place) & 15).unwrap_or(0);
        out.push(char::from_digit(digit, 16).unwrap_or('0'));
    }
}

/// The scope of a record as it stands after a whole listing.
#[must_use]
pub fn scope_of(record: &Record) -> ScopeState {
    ScopeState {
        scope: Scope {
            key: record.scope.clone(),
            mode: ListingMode::Weak,
            kinds: vec![record.asset.kind.clone()],
        },
        coverage: Coverage {
            state: CoverageState::Ok,
            last_good: Some(Timestamp::from_millis(NOW)),
            ..Coverage::default()
        },
        run: record.run,
        unseen: Unseen::None,
        failing_since: None,
        last_seen: Some(Timestamp::from_millis(NOW)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_estate_is_the_same_every_time_and_of_the_size_it_says() {
        assert_eq!(record(17, 0), record(17, 0));
        assert_ne!(record(17, 0).asset.properties, record(17, 1).asset.properties);
        for n in 0..100 {
            let length = record(n, 0).asset.properties.as_str().len();
            assert!((900..1100).contains(&length), "payload of {length} bytes; it may not have been JSON");
        }
    }
}
