//! Replacements of parts of one text, gathered first and made at once.

use std::ops::Range;

use super::Redactor;

/// Byte ranges to replace by marks.
pub(super) struct Edits {
    list: Vec<(Range<usize>, &'static str)>,
    marks: Vec<Range<usize>>,
}

impl Edits {
    /// No edits yet; remembers where marks are already, because the words in a mark are no names.
    pub(super) fn of(text: &str) -> Self {
        let mut marks = Vec::new();
        let mut from = 0;
        while let Some(at) = text[from..].find(super::MARK_START).map(|i| from + i) {
            let Some(end) = text[at..].find('»').map(|i| at + i + '»'.len_utf8()) else { break };
            if super::is_whole_mark(&text[at..end]) {
                marks.push(at..end);
                from = end;
            } else {
                from = at + super::MARK_START.len();
            }
        }
        Self { list: Vec::new(), marks }
    }

    /// Replaces a range. Nothing happens inside of a mark; of two ranges that touch each other one
    /// around both is made.
    pub(super) fn add(&mut self, range: Range<usize>, why: &'static str) {
        let inside = |outer: &Range<usize>| outer.start <= range.start && range.end <= outer.end;
        let near = self.marks.partition_point(|m| m.end < range.end);
        if range.is_empty() || self.marks.get(near).is_some_and(inside) {
            return;
        }
        self.list.push((range, why));
    }

    /// The text with every range replaced; `None` when there are none.
    pub(super) fn apply(mut self, redactor: &Redactor, text: &str) -> Option<String> {
        if self.list.is_empty() {
            return None;
        }
        self.list.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
        let mut merged: Vec<(Range<usize>, &'static str)> = Vec::with_capacity(self.list.len());
        for (range, why) in self.list {
            match merged.last_mut() {
                Some((last, _)) if range.start < last.end => last.end = last.end.max(range.end),
                _ => merged.push((range, why)),
            }
        }
        let mut out = String::with_capacity(text.len() + 32);
        let mut done = 0;
        for (range, why) in merged {
            out.push_str(&text[done..range.start]);
            out.push_str(&redactor.mark(why, &text[range.clone()]));
            done = range.end;
        }
        out.push_str(&text[done..]);
        Some(out)
    }
}
