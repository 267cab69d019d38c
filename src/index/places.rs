//! The rows of one chunk by what their ids begin with, in the order of those beginnings: found out when it
//! is first asked for, and kept with the chunk, two bytes a row. Beginnings are affixes, by number.

/// The rows by the beginnings of their ids.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    /// The beginnings in order, each with the end of its rows in `rows`.
    beginnings: Vec<(Option<u32>, u32)>,
    rows: Vec<u16>,
}

impl Places {
    /// Of rows with these beginnings. `text` says what a beginning is.
    pub(crate) fn new<'t>(rows: &[Option<u32>], text: impl Fn(Option<u32>) -> &'t str) -> Self {
        let slot = |beginning: Option<u32>| beginning.map_or(0, |n| n as usize + 1);
        let slots = rows.iter().map(|b| slot(*b) + 1).max().unwrap_or(0);
        let mut next = vec![0_u32; slots];
        rows.iter().for_each(|beginning| next[slot(*beginning)] += 1);
        let all = std::iter::once(None).chain((0..).map(Some)).zip(&next);
        let mut order: Vec<Option<u32>> = all.filter(|(_, n)| **n > 0).map(|(b, _)| b).collect();
        order.sort_by_key(|beginning| text(*beginning));
        let mut end = 0;
        let mut beginnings = Vec::with_capacity(order.len());
        for beginning in order {
            let start = end;
            end += std::mem::replace(&mut next[slot(beginning)], start);
            beginnings.push((beginning, end));
        }
        let mut places = vec![0; rows.len()];
        for (row, beginning) in (0..).zip(rows) {
            let next = &mut next[slot(*beginning)];
            places[*next as usize] = row;
            *next += 1;
        }
        Self { beginnings, rows: places }
    }

    /// Calls `visit` with rows whose ids begin with a text: all of them where it is told `true`; of the
    /// others those whose ids do are among them.
    pub(crate) fn within<'t>(
        &self,
        within: &str,
        text: impl Fn(Option<u32>) -> &'t str,
        visit: &mut dyn FnMut(&[u16], bool),
    ) {
        let before = |text_of: &str| self.beginnings.partition_point(|(b, _)| text(*b) < text_of);
        let first = before(within);
        let same = self.beginnings[first..].iter().take_while(|(b, _)| text(*b).starts_with(within)).count();
        if same > 0 {
            visit(self.rows_of(first, first + same), true);
        }
        // What begins `within` stands before it, and begins everything between the two; and it ends where ids
        // are cut.
        let (mut rest, mut at) = (&within.as_bytes()[..within.len().saturating_sub(1)], first);
        while let Some(before_it) = at.checked_sub(1) {
            let place = text(self.beginnings[before_it].0);
            let common = place.bytes().zip(rest).take_while(|(a, b)| a == *b).count();
            let Some(cut) = rest[..common].iter().rposition(|b| matches!(b, b'/' | b':')) else {
                break;
            };
            let Some(shorter) = within.get(..=cut) else { break };
            at = before(shorter);
            if self.beginnings.get(at).is_some_and(|(b, _)| text(*b) == shorter) {
                visit(self.rows_of(at, at + 1), false);
            }
            rest = &rest[..cut];
        }
        if !within.is_empty() && self.beginnings.first().is_some_and(|(b, _)| b.is_none()) {
            visit(self.rows_of(0, 1), false);
        }
    }

    fn rows_of(&self, first: usize, end: usize) -> &[u16] {
        let end_of = |n: usize| n.checked_sub(1).map_or(0, |n| self.beginnings[n].1 as usize);
        &self.rows[end_of(first)..end_of(end)]
    }

    pub(crate) fn bytes(&self) -> usize {
        self.beginnings.capacity() * size_of::<(Option<u32>, u32)>() + self.rows.capacity() * 2
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn rows_are_found_by_what_their_ids_begin_with(
            texts in prop::collection::btree_set("[ab]{0,2}[/:]([ab]{0,1}[/:])?", 1..8),
            ids in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>(), "[ab]{1,2}"), 0..50),
            within in "[ab/:]{0,5}",
        ) {
            let texts: Vec<String> = texts.into_iter().collect();
            let begin = |(at, cut, _): &(prop::sample::Index, bool, String)| cut.then(|| at.index(texts.len()));
            let begins: Vec<Option<u32>> = ids.iter().map(|id| begin(id).map(|n| u32::try_from(n).unwrap())).collect();
            let text = |n: Option<u32>| n.map_or("", |n| texts[n as usize].as_str());
            let id = |n: usize| [text(begins[n]), &ids[n].2].concat();
            let places = Places::new(&begins, text);
            let mut found = Vec::new();
            places.within(&within, text, &mut |rows, whole| {
                for n in rows.iter().map(|n| usize::from(*n)) {
                    assert!(!whole || id(n).starts_with(&within));
                    if id(n).starts_with(&within) {
                        found.push(n);
                    }
                }
            });
            found.sort_unstable();
            let expected: Vec<usize> = (0..ids.len()).filter(|n| id(*n).starts_with(&within)).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
