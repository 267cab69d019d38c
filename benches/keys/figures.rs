//! What was measured, by what the keys were for.

use std::{collections::BTreeMap, time::Duration};

pub(crate) fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[derive(Default)]
struct Sort {
    /// To the first frame that began after the key, which is its echo at the least.
    echoes: Vec<Duration>,
    /// To the frame that answers it.
    answers: Vec<Duration>,
    bytes: Vec<usize>,
    unanswered: usize,
}

/// Times of keys.
#[derive(Default)]
pub(crate) struct Figures {
    sorts: BTreeMap<&'static str, Sort>,
    frames: usize,
    /// Which keys took how long, the slowest first.
    slowest: Vec<(Duration, String)>,
}

/// Of how many slow keys it is told which they were.
const SLOWEST: usize = 8;

impl Figures {
    /// Keys that were pressed.
    pub(crate) fn keys(&self) -> usize {
        self.sorts.values().map(|s| s.answers.len() + s.unanswered).sum()
    }

    pub(crate) fn took(
        &mut self,
        sort: &'static str,
        leads_to: &str,
        echo: Option<Duration>,
        answer: Option<Duration>,
        bytes: usize,
        frames: usize,
    ) {
        self.frames += frames;
        let sort = self.sorts.entry(sort).or_default();
        sort.echoes.extend(echo);
        sort.bytes.push(bytes);
        match answer {
            Some(answer) => {
                sort.answers.push(answer);
                self.slowest.push((answer, leads_to.to_owned()));
                self.slowest.sort_unstable_by(|a, b| b.cmp(a));
                self.slowest.truncate(SLOWEST);
            }
            None => sort.unanswered += 1,
        }
    }

    /// A line for every sort of key, and one for all.
    pub(crate) fn print(&self, when: &str, processor: Duration) {
        println!(
            "  {when}: {} keys, {} frames, {:.1} s of the program's processor time",
            self.keys(),
            self.frames,
            processor.as_secs_f64()
        );
        let slowest =
            self.slowest.iter().map(|(took, to)| format!("`{}` {:.0} ms", to.escape_debug(), millis(*took)));
        println!("    slowest: {}", slowest.collect::<Vec<_>>().join(", "));
        let all = |pick: fn(&Sort) -> &Vec<Duration>| self.sorts.values().flat_map(pick).copied().collect();
        let unanswered = self.sorts.values().map(|s| s.unanswered).sum();
        let bytes = self.sorts.values().flat_map(|s| s.bytes.iter().copied()).collect();
        line("all keys", all(|s| &s.echoes), all(|s| &s.answers), bytes, unanswered);
        for (name, sort) in &self.sorts {
            line(name, sort.echoes.clone(), sort.answers.clone(), sort.bytes.clone(), sort.unanswered);
        }
    }
}

fn line(
    name: &str,
    mut echoes: Vec<Duration>,
    mut answers: Vec<Duration>,
    mut bytes: Vec<usize>,
    unanswered: usize,
) {
    echoes.sort_unstable();
    answers.sort_unstable();
    bytes.sort_unstable();
    fn at<T: Copy + Default>(sorted: &[T], percent: usize) -> T {
        sorted.get((sorted.len().max(1) - 1) * percent / 100).copied().unwrap_or_default()
    }
    let missing =
        if unanswered == 0 { String::new() } else { format!(", {unanswered} not answered in time") };
    println!(
        "    {name} ({}): answer p50 {:.1} ms, p99 {:.1} ms, worst {:.1} ms{missing}; echo p50 {:.1} ms, p99 {:.1} ms; {} B a key (p99 {} B)",
        answers.len() + unanswered,
        millis(at(&answers, 50)),
        millis(at(&answers, 99)),
        millis(at(&answers, 100)),
        millis(at(&echoes, 50)),
        millis(at(&echoes, 99)),
        at(&bytes, 50),
        at(&bytes, 99),
    );
}
