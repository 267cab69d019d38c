//! One asset of the estate before it is written down: which cell and place it is in, what it is, and its
//! dice.

use crate::{
    dice::{below, mix},
    kinds::{AWS, AZURE, GCP, K8S, Shape},
};

/// Who provides a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Provider {
    Aws,
    Gcp,
    Azure,
    K8s,
}

impl Provider {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Gcp => "gcp",
            Self::Azure => "azure",
            Self::K8s => "k8s",
        }
    }

    pub(crate) fn shapes(self) -> &'static [Shape] {
        match self {
            Self::Aws => AWS,
            Self::Gcp => GCP,
            Self::Azure => AZURE,
            Self::K8s => K8S,
        }
    }
}

/// An account in a region, or a cluster.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) number: usize,
    pub(crate) provider: Provider,
    pub(crate) region: &'static str,
    seed: u64,
}

const AWS_REGIONS: [&str; 6] =
    ["eu-west-1", "eu-central-1", "us-east-1", "us-west-2", "ap-south-1", "sa-east-1"];
const GCP_REGIONS: [&str; 3] = ["europe-west1", "us-central1", "asia-east1"];
const AZURE_REGIONS: [&str; 3] = ["westeurope", "eastus", "southeastasia"];

impl Place {
    /// Of ten places six are of AWS, one each of GCP and Azure, two are clusters.
    pub(crate) fn new(seed: u64, number: usize) -> Self {
        let turn = number / 10;
        let (provider, region) = match number % 10 {
            0..=5 => (Provider::Aws, AWS_REGIONS[number % 10]),
            6 => (Provider::Gcp, GCP_REGIONS[turn % 3]),
            7 => (Provider::Azure, AZURE_REGIONS[turn % 3]),
            _ => (Provider::K8s, ""),
        };
        Self { number, provider, region, seed }
    }

    /// The account, project, subscription or cluster. The places of AWS share one in groups of six.
    pub(crate) fn account(&self) -> String {
        let group = self.number / 10;
        let h = mix(self.seed ^ 0xacc0, group as u64);
        match self.provider {
            Provider::Aws => format!("{:012}", 100_000_000_000 + h % 899_999_999_999),
            Provider::Gcp => format!("shop-{}-{:03}", self.stage(), group),
            Provider::Azure => {
                format!(
                    "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
                    h >> 32,
                    h >> 16 & 0xffff,
                    h & 0xfff,
                    h >> 8 & 0xfff,
                    mix(h, 1) & 0xffff_ffff_ffff
                )
            }
            Provider::K8s => format!("{}-{:03}", self.stage(), self.number / 5),
        }
    }

    /// What the place is for: half of all is production.
    pub(crate) fn stage(&self) -> &'static str {
        ["prod", "prod", "prod", "staging", "test", "dev"]
            [below(mix(self.seed ^ 0x57a6, self.number as u64), 6)]
    }
}

/// One asset.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Thing {
    pub(crate) place: Place,
    pub(crate) cell: usize,
    pub(crate) shape: &'static Shape,
    /// Which of its kind in its cell.
    pub(crate) nth: usize,
    hash: u64,
}

/// Services of the company, each with the team that owns it.
const SERVICES: [(&str, &str); 16] = [
    ("checkout", "payments"),
    ("payments", "payments"),
    ("billing", "payments"),
    ("catalog", "storefront"),
    ("search", "storefront"),
    ("cart", "storefront"),
    ("pricing", "storefront"),
    ("recommendations", "data"),
    ("reports", "data"),
    ("warehouse", "data"),
    ("orders", "fulfilment"),
    ("shipping", "fulfilment"),
    ("inventory", "fulfilment"),
    ("identity", "platform"),
    ("gateway", "platform"),
    ("notifications", "platform"),
];

impl Thing {
    pub(crate) fn new(seed: u64, place: Place, cell: usize, shape: &'static Shape, nth: usize) -> Self {
        let start = shape.short.bytes().fold(seed, |a, b| mix(a, u64::from(b)));
        Self { place, cell, shape, nth, hash: mix(start, (cell * crate::kinds::CELL + nth) as u64) }
    }

    /// A number of its own for each purpose.
    pub(crate) fn roll(&self, purpose: u64) -> u64 {
        mix(self.hash, purpose)
    }

    /// True in so many of a hundred.
    pub(crate) fn chance(&self, purpose: u64, percent: usize) -> bool {
        below(self.roll(purpose), 100) < percent
    }

    pub(crate) fn pick<T: Copy>(&self, purpose: u64, list: &[T]) -> T {
        list[below(self.roll(purpose), list.len())]
    }

    /// The service that it belongs to, and the team.
    pub(crate) fn service(&self) -> (&'static str, &'static str) {
        self.pick(1, &SERVICES)
    }

    /// Which of its kind in the whole place.
    pub(crate) fn serial(&self, places: usize) -> usize {
        self.cell / places.max(1) * self.shape.count + self.nth
    }
}
