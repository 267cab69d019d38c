//! The wall clock of this machine. Nothing orders by it.

use cloudscope_domain::Timestamp;
use cloudscope_ports::Clock;

/// Tells the time of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        jiff::Timestamp::now().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contract_holds() {
        cloudscope_ports::contract::clock::suite(&SystemClock);
    }

    #[test]
    fn the_clock_agrees_with_the_operating_system() {
        let millis = |t: std::time::SystemTime| {
            i64::try_from(t.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis()).unwrap()
        };
        let before = millis(std::time::SystemTime::now());
        let now = SystemClock.now().millis();
        let after = millis(std::time::SystemTime::now());
        assert!((before..=after).contains(&now), "{before} <= {now} <= {after}");
    }
}
