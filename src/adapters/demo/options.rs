//! The options of a demo source: how many assets, which dice, how fast.

use std::{collections::BTreeMap, time::Duration};

use cloudscope_ports::{Fault, FaultKind};

/// What a source's options say; what they do not say is as the collector was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// Another estate for every number.
    pub(crate) seed: u64,
    /// About so many assets.
    pub(crate) size: usize,
    /// Rest between two pages, so that a person can watch the bars move.
    pub(crate) pace: Duration,
}

impl Options {
    /// Reads options over `usual`.
    ///
    /// # Errors
    /// `Malformed` for an unknown name or a value that is out of bounds.
    pub(crate) fn read(options: &BTreeMap<String, String>, usual: Self) -> Result<Self, Fault> {
        let mut read = usual;
        for (name, value) in options {
            match name.as_str() {
                "seed" => read.seed = number(name, value, u64::MAX)?,
                "size" => read.size = usize::try_from(number(name, value, 5_000_000)?).unwrap_or(usize::MAX),
                "pace_ms" => read.pace = Duration::from_millis(number(name, value, 10_000)?),
                _ => {
                    let message = format!("there is no option `{name}`; use seed, size or pace_ms");
                    return Err(Fault::new(FaultKind::Malformed, "demo:Options", message));
                }
            }
        }
        Ok(read)
    }
}

fn number(name: &str, value: &str, most: u64) -> Result<u64, Fault> {
    value.parse::<u64>().ok().filter(|n| *n <= most).ok_or_else(|| {
        let message = format!("`{name}={value}` is not a whole number from 0 to {most}");
        Fault::new(FaultKind::Malformed, "demo:Options", message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: Options = Options { seed: 7, size: 2_400, pace: Duration::ZERO };

    fn read(pairs: &[(&str, &str)]) -> Result<Options, Fault> {
        let map = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Options::read(&map, USUAL)
    }

    #[test]
    fn options_stand_over_the_usual_ones() {
        assert_eq!(read(&[]).unwrap(), USUAL);
        let pace = Duration::from_millis(40);
        assert_eq!(read(&[("pace_ms", "40"), ("size", "10")]).unwrap(), Options { size: 10, pace, ..USUAL });
    }

    #[test]
    fn what_is_not_understood_is_named() {
        assert!(read(&[("speed", "1")]).unwrap_err().message.contains("`speed`; use seed, size"));
        assert!(read(&[("size", "many")]).unwrap_err().message.contains("`size=many`"));
        assert!(read(&[("size", "-1")]).is_err());
        assert!(read(&[("pace_ms", "99999999")]).is_err());
    }
}
