//! p50 and p99 of what an answer costs at each key, while batches of 1,000 changed rows arrive: filters typed
//! letter by letter and erased again, sorts, pages, groups, completion, nothing and everything.
//!
//! `CLOUDSCOPE_BENCH_ROWS=1000000 cargo bench -p cloudscope-benches --bench answers`
//!
//! An answer is the counts and the first 50 rows, ready to be shown. A batch is published before every eighth
//! question; every second of these snapshots is prepared first, as the engine does beside the questions, the
//! others are asked before anybody prepared them. An answer that takes long is shared by the processors, so that the
//! time on the wall is what somebody waits, where the machine does nothing else; the time of the processor is that of
//! the thread that asks. `taskset -c 0` measures what one processor takes.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::{
    collections::{BTreeMap, HashSet},
    error::Error,
    sync::Arc,
    time::{Duration, Instant},
};

use cloudscope_benches::{Dice, NOW, in_scope_order, processor, record, rows, scope_of};
use cloudscope_domain::{Query, Revision, Timestamp};
use cloudscope_index::{Hits, IndexWriter, Snapshot};

/// Questions between two publications.
const BETWEEN: usize = 8;
/// How often everything is gone through.
const ROUNDS: usize = 6;

/// What is typed, letter by letter, and under which name its answers are counted.
const TYPED: &[(&str, &str)] = &[
    ("text", "payments-prod"),
    ("text", "web prod 0012"),
    ("text", "nothing-is-called-so"),
    ("structured", "provider:aws region:eu-* status!=running"),
    ("structured", "tag.env=prod category:compute"),
    ("structured", "age>90d ip:10.20.0.0/16"),
    ("fuzzy", "~payprd"),
    ("fuzzy", "~wbstg01"),
];

const SORTS: &[(&str, &[(&str, bool)])] = &[
    ("sort by age", &[("age", true)]),
    ("sort by kind", &[("kind", false)]),
    ("sort by region, age", &[("region", false), ("age", true)]),
    ("sort by a tag", &[("tags.env", false)]),
    ("sort by name from the end", &[("name", true)]),
];

type Times = BTreeMap<&'static str, Vec<(Duration, Duration)>>;

struct Run {
    writer: IndexWriter,
    snapshot: Arc<Snapshot>,
    times: Times,
    /// What took longest of each kind.
    worst: BTreeMap<&'static str, (Duration, String)>,
    asked: usize,
    published: usize,
    dice: Dice,
}

fn timed<T>(times: &mut Times, what: &'static str, work: impl FnOnce() -> T) -> T {
    let (wall, used) = (Instant::now(), processor());
    let out = work();
    times.entry(what).or_default().push((processor().saturating_sub(used), wall.elapsed()));
    out
}

fn sorted(columns: &[(&str, bool)]) -> Vec<(String, bool)> {
    columns.iter().map(|(c, d)| ((*c).to_owned(), *d)).collect()
}

fn now() -> Timestamp {
    Timestamp::from_millis(NOW)
}

impl Run {
    fn new() -> Self {
        let mut writer = IndexWriter::new();
        let mut scopes = HashSet::new();
        for n in in_scope_order() {
            let record = record(n, 0);
            writer.upsert(&record);
            if scopes.insert(record.scope.clone()) {
                writer.scope(&scope_of(&record));
            }
        }
        let snapshot = writer.publish(Revision(1), now());
        let mut times = Times::new();
        timed(&mut times, "first order by name", || snapshot.warm());
        Self { writer, snapshot, times, worst: BTreeMap::new(), asked: 0, published: 0, dice: Dice::new(7) }
    }

    /// Something changes now and then.
    fn go_on(&mut self) {
        self.asked += 1;
        if !self.asked.is_multiple_of(BETWEEN) {
            return;
        }
        self.published += 1;
        let version = self.published as u64;
        let all = rows() as u64;
        let numbers: Vec<usize> =
            (0..1000).filter_map(|_| usize::try_from(self.dice.below(all)).ok()).collect();
        let records: Vec<_> = numbers.into_iter().map(|n| record(n, version)).collect();
        let writer = &mut self.writer;
        self.snapshot = timed(&mut self.times, "write and publish 1,000", || {
            records.iter().for_each(|r| writer.upsert(r));
            writer.publish(Revision(version + 1), now())
        });
        if self.published.is_multiple_of(2) {
            let snapshot = &self.snapshot;
            timed(&mut self.times, "prepare a snapshot", || snapshot.warm());
        }
    }

    fn ask(&mut self, what: &'static str, text: &str, sort: &[(&str, bool)]) -> Result<Hits, Box<dyn Error>> {
        self.go_on();
        let (snapshot, sort) = (&self.snapshot, sorted(sort));
        let answer = timed(&mut self.times, what, || {
            let hits = snapshot.evaluate(&Query::parse(text), &sort, now(), &|| false)?;
            let rows: Vec<_> = hits.window(snapshot, 0, 50).into_iter().map(|r| snapshot.row(r)).collect();
            std::hint::black_box(rows);
            Ok::<Hits, cloudscope_index::SortError>(hits)
        });
        let took = self.times[what].last().map_or(Duration::ZERO, |(_, wall)| *wall);
        let worst = self.worst.entry(what).or_insert_with(|| (took, text.to_owned()));
        if took > worst.0 {
            *worst = (took, text.to_owned());
        }
        Ok(answer?)
    }

    fn page(&mut self, what: &'static str, hits: &Hits, start: usize) {
        let snapshot = &self.snapshot;
        timed(&mut self.times, what, || {
            let rows = hits.window(snapshot, start, 50);
            std::hint::black_box(rows.iter().map(|r| snapshot.row(*r)).collect::<Vec<_>>())
        });
    }

    fn round(&mut self) -> Result<(), Box<dyn Error>> {
        for (what, text) in TYPED {
            let ends: Vec<usize> = (1..=text.len()).filter(|n| text.is_char_boundary(*n)).collect();
            for end in ends.iter().chain(ends.iter().rev().skip(1)) {
                self.ask(what, &text[..*end], &[])?;
            }
        }
        for (what, sort) in SORTS {
            for text in ["", "tag.env=prod", "payments"] {
                self.ask(what, text, sort)?;
            }
        }
        for _ in 0..4 {
            self.ask("everything", "", &[])?;
            self.ask("nothing", "nothing-is-called-so", &[])?;
        }
        let all = self.ask("everything", "", &[])?;
        for _ in 0..20 {
            let start = usize::try_from(self.dice.below(all.len() as u64))?;
            self.page("page, anywhere, by name", &all, start);
            let row = all.window(&self.snapshot, start, 1);
            let snapshot = &self.snapshot;
            let at = timed(&mut self.times, "where a row stands, by name", || all.position(snapshot, row[0]));
            assert_eq!(at, Some(start), "a page and a position disagree");
        }
        let by_age = self.ask("sort by age", "", &[("age", true)])?;
        let snapshot = &self.snapshot;
        timed(&mut self.times, "sort the rest by age, ahead", || by_age.settle(snapshot, &|| false))?;
        for _ in 0..20 {
            let start = usize::try_from(self.dice.below(by_age.len() as u64))?;
            self.page("page, anywhere, by age", &by_age, start);
        }
        for by in [&["kind"][..], &["region", "status"], &["tags.env"]] {
            for text in ["", "payments"] {
                self.go_on();
                let snapshot = &self.snapshot;
                let by: Vec<String> = by.iter().map(|c| (*c).to_owned()).collect();
                let query = Query::parse(text);
                timed(&mut self.times, "groups", || snapshot.groups(&query, &by, 100, now(), &|| false))?;
            }
        }
        for text in ["tag.env=", "reg", "kind:", "region:eu", "tag.te", "has:tag."] {
            self.go_on();
            let snapshot = &self.snapshot;
            timed(&mut self.times, "completion", || snapshot.complete(text, text.len(), 50));
        }
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut run = Run::new();
    for _ in 0..ROUNDS {
        run.round()?;
    }
    let rows = run.snapshot.len();
    println!("{rows} assets, {} batches of 1,000; milliseconds", run.published);
    println!("{:<32}{:>7}{:>28}{:>28}", "", "", "on the wall", "of this thread's processor");
    let heads = ["p50", "p99", "largest", "p50", "p99", "largest"];
    println!("{:<32}{:>7}{}  largest of", "", "times", heads.map(|head| format!("{head:>9}")).concat());
    for (what, times) in run.times {
        let of = |which: fn(&(Duration, Duration)) -> Duration| {
            let mut all: Vec<Duration> = times.iter().map(which).collect();
            all.sort_unstable();
            let at = |share: usize| millis(all[(all.len() * share / 100).min(all.len() - 1)]);
            [50, 99, 100].map(|share| format!("{:>9.2}", at(share))).concat()
        };
        let worst = run.worst.get(what).map_or("", |(_, text)| text);
        println!("{what:<32}{:>7}{}{}  {worst}", times.len(), of(|t| t.1), of(|t| t.0));
    }
    Ok(())
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
