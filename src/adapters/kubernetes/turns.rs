//! When it is looked again at what each cluster of a source serves: soon after something was heard of it, now and
//! then otherwise, and at longer and longer intervals where it cannot be looked at. Pure: time is what the caller
//! says.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use cloudscope_ports::{Disposition, Fault};

/// After something was heard it is looked so often, after these times: a server needs a while until what it says it
/// serves is what is defined.
const SOON: [Duration; 5] = [
    Duration::from_millis(700),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(12),
    Duration::from_secs(30),
];
/// Two looks are no nearer than that.
const APART: Duration = Duration::from_secs(2);
/// Where nothing is heard.
const SELDOM: Duration = Duration::from_secs(300);
/// The first try after a failure that may pass; it doubles with each.
const FIRST: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Turn {
    due: Duration,
    looked: Option<Duration>,
    /// How many of [`SOON`] are done.
    soon: usize,
    /// Failures in a row.
    failures: u32,
}

/// The next look of each context. The source as a whole has one as well, under no name, while it cannot be planned.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    turns: BTreeMap<String, Turn>,
    seed: u32,
}

impl Turns {
    /// These contexts there are, each as it stands since the last look.
    pub(crate) fn stand<'a>(
        &mut self,
        now: Duration,
        contexts: impl Iterator<Item = (&'a str, Option<&'a Fault>)>,
    ) {
        let mut before = std::mem::take(&mut self.turns);
        for (context, fault) in contexts {
            let known = before.remove(context);
            let turn = match known {
                // Not looked at this time.
                Some(turn) if turn.due > now && (turn.failures > 0) == fault.is_some() => turn,
                _ => {
                    let known =
                        known.unwrap_or(Turn { due: now, looked: None, soon: SOON.len(), failures: 0 });
                    self.next(now, known, fault)
                }
            };
            self.turns.insert(context.to_owned(), turn);
        }
    }

    fn next(&mut self, now: Duration, turn: Turn, fault: Option<&Fault>) -> Turn {
        let looked = Some(now);
        let Some(fault) = fault else {
            let wait = SOON.get(turn.soon).copied().unwrap_or_else(|| self.around(SELDOM));
            return Turn { due: now + wait, looked, soon: (turn.soon + 1).min(SOON.len()), failures: 0 };
        };
        let wait = match fault.disposition() {
            Disposition::Retry { after } => {
                let doubled = FIRST.saturating_mul(1 << turn.failures.min(10)).min(SELDOM);
                self.around(doubled).max(after.unwrap_or_default().min(SELDOM))
            }
            // Somebody has to mend it first.
            Disposition::SkipScope | Disposition::Stop => self.around(SELDOM),
        };
        Turn { due: now + wait, looked, soon: SOON.len(), failures: turn.failures + 1 }
    }

    /// Something was heard of a context.
    pub(crate) fn heard(&mut self, now: Duration, context: &str) {
        if let Some(turn) = self.turns.get_mut(context) {
            let after = turn.looked.map_or(Duration::ZERO, |at| at + APART).max(now + SOON[0]);
            (turn.due, turn.soon) = (turn.due.min(after), 1);
        }
    }

    /// When the next look is due, if there is anything to look at.
    pub(crate) fn soonest(&self) -> Option<Duration> {
        self.turns.values().map(|turn| turn.due).min()
    }

    /// What is to be looked at now.
    pub(crate) fn due(&self, now: Duration) -> BTreeSet<String> {
        self.turns.iter().filter(|(_, turn)| turn.due <= now).map(|(context, _)| context.clone()).collect()
    }

    /// Up to a quarter more, other than the last time.
    fn around(&mut self, time: Duration) -> Duration {
        self.seed = (self.seed + 7) % 25;
        time + time * self.seed / 100
    }
}

#[cfg(test)]
mod tests {
    use cloudscope_ports::FaultKind;

    use super::*;

    fn looks(turns: &mut Turns, from: Duration, until: Duration, fault: Option<&Fault>) -> Vec<u64> {
        let (mut now, mut at) = (from, Vec::new());
        loop {
            turns.stand(now, std::iter::once(("prod", fault)));
            now = turns.soonest().unwrap();
            if now > until {
                return at;
            }
            assert!(turns.due(now).contains("prod"));
            at.push(u64::try_from(now.as_millis()).unwrap());
        }
    }

    #[test]
    fn it_is_looked_now_and_then_and_soon_after_something_was_heard() {
        let (mut turns, secs) = (Turns::default(), Duration::from_secs);
        let seldom = looks(&mut turns, secs(0), secs(3_600), None);
        assert!((9..=12).contains(&seldom.len()), "{seldom:?}");
        turns.stand(secs(4_000), std::iter::once(("prod", None)));
        for n in 0..100 {
            turns.heard(secs(4_010) + Duration::from_millis(n), "prod");
        }
        assert_eq!(turns.soonest(), Some(secs(4_010) + SOON[0]), "a flood does not put it off");
        let now = turns.soonest().unwrap();
        let soon = looks(&mut turns, now, secs(4_080), None);
        assert_eq!(soon.len(), 4, "{soon:?}");
        let now = secs(5_000);
        turns.stand(now, std::iter::once(("prod", None)));
        let before = turns.soonest().unwrap();
        turns.heard(now, "other");
        assert_eq!(turns.soonest(), Some(before));
    }

    #[test]
    fn what_is_down_is_tried_at_longer_and_longer_intervals_and_what_must_be_mended_seldom() {
        let secs = Duration::from_secs;
        let down = Fault::new(FaultKind::Unreachable, "k8s:Discover", "no route");
        let at = looks(&mut Turns::default(), secs(0), secs(3_600), Some(&down));
        assert!(at[0] <= 6_500 && at[1] - at[0] >= 9_000, "{at:?}");
        assert!((12..24).contains(&at.len()), "{at:?}");
        let denied = Fault::new(FaultKind::Denied, "k8s:Discover", "no");
        let at = looks(&mut Turns::default(), secs(0), secs(3_600), Some(&denied));
        assert!(at[0] >= 300_000 && at.len() <= 12, "{at:?}");
    }

    #[test]
    fn contexts_come_go_and_recover() {
        let (mut turns, secs) = (Turns::default(), Duration::from_secs);
        let down = Fault::new(FaultKind::Unreachable, "k8s:Discover", "no route");
        turns.stand(secs(0), [("a", None), ("b", Some(&down))].into_iter());
        let due = turns.soonest().unwrap();
        assert_eq!(turns.due(due), ["b".to_owned()].into());
        turns.stand(due, [("a", None), ("b", None), ("c", None)].into_iter());
        assert!(turns.soonest().unwrap() >= secs(300));
        turns.stand(due, std::iter::empty());
        assert_eq!(turns.soonest(), None);
    }
}
