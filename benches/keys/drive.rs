//! The keys that are pressed, and what each should lead to.

use std::time::Duration;

use crate::{
    Outcome,
    figures::Figures,
    terminal::{Terminal, first_rows, has_rows, hits},
};

/// What is typed into the filter, letter by letter: words of names, keys with values, what nothing matches.
const FILTERS: [&str; 6] =
    ["payments-prod", "web", "kind:instance", "zzq-none", "tag.env=prod", "region:eu-west-1 sta"];
/// How long a key may take to be answered; after that it counts as not answered.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a person waits between two keys, at the least.
const PAUSE: Duration = Duration::from_millis(45);

/// How many hits each beginning of each filter has.
pub(crate) struct Counts {
    all: u64,
    filters: Vec<(&'static str, Vec<u64>)>,
}

/// Whether the screen shows the answer to a filter: its text, and about as many hits.
pub(crate) fn shows(screen: &str, text: &str, about: u64) -> bool {
    typed(screen, text) && hits(screen).is_some_and(|hits| near(hits, about))
}

/// Whether this text stands in the line where a filter is typed, and perhaps why it is not understood.
fn typed(screen: &str, text: &str) -> bool {
    let after = |line: &str| line.strip_prefix('/')?.strip_prefix(text.trim_end()).map(str::to_owned);
    let lines = screen.lines().rev().take(6);
    lines.filter_map(after).any(|rest| rest.trim().is_empty() || rest.starts_with("  "))
}

/// As many, but for what came and went meanwhile.
fn near(hits: u64, about: u64) -> bool {
    let few = if about < 1_000 { about.div_ceil(8) } else { 0 };
    hits.abs_diff(about) <= (about / 50).max(few)
}

impl Counts {
    /// Types every filter once, and waits each time until nothing moves.
    pub(crate) fn learn(terminal: &mut Terminal) -> Outcome<Self> {
        let all = hits(&terminal.screen()).unwrap_or(0);
        let mut filters = Vec::new();
        for filter in FILTERS {
            let mut counts = Vec::new();
            terminal.keys("/")?;
            terminal.quiet(Duration::from_millis(200))?;
            for (end, letter) in filter.char_indices() {
                terminal.keys(&letter.to_string())?;
                let text = &filter[..end + letter.len_utf8()];
                terminal.wait(Duration::from_secs(10), |screen| typed(screen, text))?;
                terminal.quiet(Duration::from_millis(300))?;
                counts.push(hits(&terminal.screen()).unwrap_or(0));
            }
            filters.push((filter, counts));
            terminal.keys("\x15\r")?;
            terminal.quiet(Duration::from_millis(300))?;
        }
        for (filter, counts) in &filters {
            println!("  `{filter}` letter by letter: {counts:?} of {all}");
        }
        Ok(Self { all, filters })
    }

    /// A filter that is typed at the start, and its hits.
    pub(crate) fn last(&self) -> (&'static str, u64) {
        self.filters.first().map_or(("", 0), |(text, counts)| (*text, counts.last().copied().unwrap_or(0)))
    }
}

/// Presses a key and waits for its answer.
fn press(
    terminal: &mut Terminal,
    figures: &mut Figures,
    sort: &'static str,
    (key, leads_to): (&str, &str),
    answered: impl Fn(&str) -> bool,
) -> Outcome<()> {
    let sent = terminal.keys(key)?;
    let (mut echo, mut answer, mut bytes, mut frames) = (None, None, 0, 0);
    terminal.frames(PATIENCE, |frame| {
        frames += 1;
        bytes += frame.bytes;
        if frame.begun >= sent {
            echo.get_or_insert(frame.ended - sent);
        }
        if frame.ended >= sent && answered(&frame.screen) {
            answer = Some(frame.ended - sent);
        }
        answer.is_some()
    })?;
    figures.took(sort, leads_to, echo, answer, bytes, frames);
    terminal.watch(PAUSE)?;
    Ok(())
}

/// Presses a key after which other rows are at the top of the table, though one of them may stand where it was.
fn moves(terminal: &mut Terminal, figures: &mut Figures, sort: &'static str, key: &str) -> Outcome<()> {
    let before = first_rows(&terminal.screen());
    press(terminal, figures, sort, (key, key), |screen| has_rows(screen) && first_rows(screen) != before)
}

/// All keys once.
pub(crate) fn pass(terminal: &mut Terminal, counts: &Counts, figures: &mut Figures) -> Outcome<()> {
    for (filter, hits) in &counts.filters {
        terminal.keys("/")?;
        terminal.wait(5 * PATIENCE, |screen| typed(screen, ""))?;
        let mut before = counts.all;
        for (letter, count) in filter.char_indices().zip(hits) {
            let text = &filter[..letter.0 + letter.1.len_utf8()];
            let sort = sort(before, *count, "a letter typed");
            let key = letter.1.to_string();
            press(terminal, figures, sort, (&key, text), |screen| shows(screen, text, *count))?;
            before = *count;
        }
        for end in (0..filter.len()).rev() {
            let (text, count) = (&filter[..end], end.checked_sub(1).map_or(counts.all, |n| hits[n]));
            let sort = if end == 0 {
                "the last letter erased: all match"
            } else {
                sort(before, count, "a letter erased")
            };
            press(terminal, figures, sort, ("\x7f", text), |screen| shows(screen, text, count))?;
            before = count;
        }
        terminal.keys("\r")?;
        terminal.wait(5 * PATIENCE, |screen| !typed(screen, ""))?;
    }
    for _ in 0..6 {
        moves(terminal, figures, "a page down or up", "\x1b[6~")?;
    }
    for _ in 0..6 {
        moves(terminal, figures, "a page down or up", "\x1b[5~")?;
    }
    moves(terminal, figures, "to the end or the top", "G")?;
    moves(terminal, figures, "to the end or the top", "\x1b[1~")?;
    for _ in 0..2 {
        moves(terminal, figures, "the order turned round", "I")?;
    }
    for column in ["-age", "name"] {
        terminal.keys(&format!(":sort {column}"))?;
        terminal.watch(PAUSE)?;
        moves(terminal, figures, "another column sorted by", "\r")?;
        moves(terminal, figures, "to the end or the top", "G")?;
        moves(terminal, figures, "to the end or the top", "\x1b[1~")?;
    }
    Ok(())
}

/// What a key in the filter is counted as. Where the number of hits stays about the same, an answer cannot be
/// told from the echo.
fn sort(before: u64, after: u64, usual: &'static str) -> &'static str {
    match after {
        0 => "nothing matches",
        _ if near(before, after) || near(after, before) => "a letter that changes nothing (echo)",
        _ => usual,
    }
}
