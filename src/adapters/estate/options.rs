//! The options of the source: `estate:assets=1000000,seed=1,round=0,churn=10,rate=0`.

use std::collections::BTreeMap;

use cloudscope_ports::{Fault, FaultKind};

use crate::estate::Estate;

/// What a source asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) estate: Estate,
    pub(crate) round: u64,
    /// Assets a second at the most; 0 for as fast as they are taken.
    pub(crate) rate: u64,
}

impl Options {
    /// Reads options over 100,000 assets of seed 1 in round 0.
    ///
    /// # Errors
    /// `Malformed` for an unknown name or a value that is out of bounds.
    pub(crate) fn read(options: &BTreeMap<String, String>) -> Result<Self, Fault> {
        let (mut seed, mut assets, mut churn, mut round, mut rate) = (1, 100_000, 10, 0, 0);
        for (name, value) in options {
            let (place, most) = match name.as_str() {
                "seed" => (&mut seed, u64::MAX),
                "assets" => (&mut assets, 100_000_000),
                "churn" => (&mut churn, 1_000),
                "round" => (&mut round, 10_000),
                "rate" => (&mut rate, 10_000_000),
                _ => {
                    let message =
                        format!("there is no option `{name}`; use assets, seed, round, churn or rate");
                    return Err(Fault::new(FaultKind::Malformed, "estate:Options", message));
                }
            };
            *place = value.parse::<u64>().ok().filter(|n| *n <= most).ok_or_else(|| {
                let message = format!("`{name}={value}` is not a whole number from 0 to {most}");
                Fault::new(FaultKind::Malformed, "estate:Options", message)
            })?;
        }
        let estate = Estate::new(seed, usize::try_from(assets).unwrap_or(0)).churn(churn);
        Ok(Self { estate, round, rate })
    }
}
