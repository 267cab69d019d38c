//! What nodes are called. Names share their beginnings (an account's ARN, a namespace's path), so a node
//! keeps the number of its beginning and the rest:
//!
//! ```text
//! sort: 0 an id, 1 a name, 2, 4.. a name of that kind, 3, 5.. a selection of that kind
//! | beginning, 0 for none | the rest; of a selection, which begins with its place, what it wants, and where
//! ```

use std::{borrow::Cow, collections::HashMap, ops::Range, sync::Arc};

use cloudscope_domain::{Kind, Selection, Tags, Target};

use crate::{
    cow::CowList,
    hash::Seed,
    pages::{PAGE, Pages},
    selections::{Selections, anchor},
    shards::Shards,
    varint, wants,
};

/// Shorter beginnings are not worth a number.
const SHARED: usize = 4;

/// The names of one revision.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    pub(crate) nodes: Pages,
    pub(crate) by_hash: Shards,
    pub(crate) beginnings: CowList<Arc<str>, 64>,
    pub(crate) kinds: Arc<Vec<Kind>>,
    /// Those of the nodes that are selections; found anew from the nodes when a graph is restored.
    pub(crate) selections: Selections,
    pub(crate) seed: Seed,
}

/// A name as it is kept.
#[derive(Clone, Copy)]
pub(crate) struct Name<'a> {
    /// What it is: see above.
    sort: u32,
    /// One more than the number of its beginning.
    beginning: u32,
    first: &'a str,
    rest: &'a [u8],
}

impl<'a> Name<'a> {
    fn is_selection(self) -> bool {
        self.sort > 1 && self.sort % 2 == 1
    }

    /// The number of its kind.
    fn kind(self) -> Option<usize> {
        Some(self.sort.checked_sub(2)? as usize / 2)
    }

    fn is(self, text: &str) -> bool {
        text.as_bytes().strip_prefix(self.first.as_bytes()) == Some(self.rest)
    }

    fn text(self) -> Cow<'a, str> {
        let rest = String::from_utf8_lossy(self.rest);
        if self.first.is_empty() { rest } else { Cow::Owned([self.first, &rest].concat()) }
    }
}

impl Names {
    pub(crate) fn new(seed: Seed) -> Self {
        Self {
            nodes: Pages::default(),
            by_hash: Shards::default(),
            beginnings: CowList::default(),
            kinds: Arc::default(),
            selections: Selections::default(),
            seed,
        }
    }

    /// The name of a node; `None` when the number is free.
    #[inline]
    pub(crate) fn name(&self, node: u32) -> Option<Name<'_>> {
        self.read(self.nodes.get(node as usize))
    }

    fn read<'a>(&'a self, mut rest: &'a [u8]) -> Option<Name<'a>> {
        let (sort, beginning) = (varint::take(&mut rest)?, varint::take(&mut rest)?);
        let first = match beginning.checked_sub(1) {
            Some(n) => self.beginnings.get(n as usize)?,
            None => "",
        };
        Some(Name { sort, beginning, first, rest })
    }

    /// The text of a name, whatever its sort.
    fn text<'a>(&'a self, name: Name<'a>) -> Option<Cow<'a, str>> {
        if name.is_selection() {
            return Some(self.selection_of(name)?.to_string().into());
        }
        Some(name.text())
    }

    /// What a node is called; `None` when the number is free.
    pub(crate) fn text_of(&self, node: u32) -> Option<Cow<'_, str>> {
        self.text(self.name(node)?)
    }

    fn selection_of(&self, name: Name<'_>) -> Option<Selection> {
        let kind = self.kinds.get(name.kind().filter(|_| name.is_selection())?)?.clone();
        let (wants, places) = wants::decode(name.rest)?;
        Some(Selection { kind, within: name.first.into(), wants, places })
    }

    /// The selection that a node is; `None` when it is anything else.
    pub(crate) fn selection(&self, node: u32) -> Option<Selection> {
        self.selection_of(self.name(node)?)
    }

    /// What a node that is no selection was called.
    pub(crate) fn target(&self, node: u32) -> Option<Target> {
        let name = self.name(node).filter(|name| !name.is_selection())?;
        let text: Arc<str> = match name.text() {
            Cow::Borrowed(text) => text.into(),
            Cow::Owned(text) => text.into(),
        };
        let kind = match name.kind() {
            None if name.sort == 0 => return Some(Target::Id(text.into())),
            None => None,
            Some(kind) => Some(self.kinds.get(kind)?.clone()),
        };
        Some(Target::Named { kind, name: text })
    }

    /// Whether a node is an id, or a name of whatever kind.
    pub(crate) fn is_of_any_kind(&self, node: u32) -> bool {
        self.name(node).is_some_and(|name| name.kind().is_none())
    }

    /// The nodes of this text, of whatever sort.
    pub(crate) fn find<'a>(&'a self, text: &'a str) -> impl Iterator<Item = u32> + 'a {
        let found = self.by_hash.find(self.seed.hash(text.as_bytes()));
        found.filter(move |n| {
            let bears = |name: Name<'_>| {
                if name.is_selection() { self.text(name).is_some_and(|t| t == text) } else { name.is(text) }
            };
            self.name(*n).is_some_and(bears)
        })
    }

    /// The selections, by node, that mean something of this id and kind with these tags. `lies_in` says whether
    /// an id is that of one of some places.
    pub(crate) fn selecting(
        &self,
        id: &str,
        kind: &str,
        tags: &Tags<'_>,
        lies_in: &dyn Fn(&str, &Selection) -> bool,
    ) -> Vec<u32> {
        let value = |key: &str| tags.iter().find(|(k, _)| *k == key).map(|(_, value)| *value);
        let mut nodes = Vec::new();
        for place in self.selections.places(id) {
            for node in self.selections.candidates(self.seed, place, kind, tags) {
                let Some(selection) = self.selection(node) else { continue };
                if selection.kind.as_str() != kind || *selection.within != *place || !selection.fits(value) {
                    continue;
                }
                let there = match &selection.places {
                    None => true,
                    Some(places) => selection.place_of(id).is_some_and(|place| lies_in(&place, places)),
                };
                if there {
                    nodes.push(node);
                }
            }
        }
        nodes
    }

    /// Bytes that the names take, and those that looking them up takes.
    pub(crate) fn memory(&self) -> (usize, usize) {
        let beginnings = self.beginnings.iter().map(|b| 16 + b.len()).sum::<usize>();
        (
            self.nodes.memory() + self.beginnings.memory() + beginnings,
            self.by_hash.memory() + self.selections.memory(),
        )
    }
}

/// What the writer needs besides, to give names numbers and to take them back.
#[derive(Debug, Default)]
pub(crate) struct Register {
    beginnings: HashMap<Arc<str>, u32>,
    /// Nodes of each beginning.
    uses: Vec<u32>,
    free_beginnings: Vec<u32>,
    kinds: HashMap<Kind, u32>,
    free: Vec<u32>,
    /// Nodes that are not in the pages yet, by where their bytes are; a page is rewritten once for many.
    fresh: HashMap<u32, Range<usize>>,
    bytes: Vec<u8>,
    /// The lowest number that no node ever had.
    next: u32,
}

impl Register {
    /// What a writer would know that had made these names, which get to know their selections; `None` when
    /// a part of them is missing.
    pub(crate) fn of(names: &mut Names) -> Option<Self> {
        let mut register = Self { uses: vec![0; names.beginnings.len()], ..Self::default() };
        for (n, kind) in (0..).zip(names.kinds.iter()) {
            register.kinds.insert(kind.clone(), n);
        }
        let used = |names: &Names, n: u32| !names.nodes.get(n as usize).is_empty();
        let all = u32::try_from(names.nodes.len()).ok()?;
        register.next = (0..all).rev().find(|n| used(names, *n)).map_or(0, |n| n + 1);
        for node in (0..register.next).rev() {
            if !used(names, node) {
                register.free.push(node);
                continue;
            }
            let name = names.name(node)?;
            if name.kind().is_some_and(|kind| kind >= names.kinds.len()) {
                return None;
            }
            let is_selection = name.is_selection();
            if let Some(n) = name.beginning.checked_sub(1) {
                register.uses[n as usize] += 1;
            }
            if is_selection {
                let selection = names.selection(node)?;
                register.select(names, node, &selection);
            }
        }
        for (n, text) in (0..).zip(names.beginnings.iter()) {
            if register.uses[n as usize] == 0 {
                register.free_beginnings.push(n);
            } else if register.beginnings.insert(text.clone(), n).is_some() {
                return None;
            }
        }
        Some(register)
    }

    /// The node of a target, a new one if need be.
    pub(crate) fn node(&mut self, names: &mut Names, target: &Target) -> u32 {
        let (text, kind, selection) = match target {
            Target::Id(id) => (Cow::Borrowed(id.as_str()), None, None),
            Target::Named { kind, name } => (Cow::Borrowed(&**name), Some(kind.as_ref()), None),
            Target::Selected(selection) => {
                (Cow::Owned(selection.to_string()), Some(Some(&selection.kind)), Some(&**selection))
            }
        };
        let sort = match kind {
            None => 0,
            Some(None) => 1,
            Some(Some(kind)) => 2 + 2 * self.kind(names, kind) + u32::from(selection.is_some()),
        };
        let mut rest = Vec::new();
        let (first, rest) = match selection {
            Some(selection) => {
                wants::encode(selection, &mut rest);
                (&*selection.within, rest.as_slice())
            }
            None => {
                let split = text.rfind(['/', ':']).map_or(0, |at| at + 1);
                let (first, rest) = text.split_at(if split < SHARED { 0 } else { split });
                (first, rest.as_bytes())
            }
        };
        let hash = names.seed.hash(text.as_bytes());
        let same = |n: &u32| {
            let is = |name: Name<'_>| name.sort == sort && name.first == first && name.rest == rest;
            self.name(names, *n).is_some_and(is)
        };
        if let Some(node) = names.by_hash.find(hash).find(same) {
            return node;
        }
        let node = self.free.pop().unwrap_or_else(|| {
            self.next += 1;
            self.next - 1
        });
        let beginning = if first.is_empty() { 0 } else { self.beginning(names, first) + 1 };
        let start = self.bytes.len();
        varint::put(&mut self.bytes, sort);
        varint::put(&mut self.bytes, beginning);
        self.bytes.extend_from_slice(rest);
        self.fresh.insert(node, start..self.bytes.len());
        let mut by_hash = std::mem::take(&mut names.by_hash);
        by_hash.insert(hash, node, |n| self.hash(names, n));
        names.by_hash = by_hash;
        if let Some(selection) = selection {
            self.select(names, node, selection);
        }
        node
    }

    /// Enters a node among the selections.
    fn select(&self, names: &mut Names, node: u32, selection: &Selection) {
        let mut all = std::mem::take(&mut names.selections);
        let selection_of = |n| self.name(names, n).and_then(|name| names.selection_of(name));
        all.add(names.seed, node, selection, |n| selection_of(n).map_or(0, |s| anchor(names.seed, &s)));
        names.selections = all;
    }

    /// The name of a node, also of one that is not in the pages yet.
    fn name<'a>(&'a self, names: &'a Names, node: u32) -> Option<Name<'a>> {
        names.name(node).or_else(|| names.read(self.bytes.get(self.fresh.get(&node)?.clone())?))
    }

    fn hash(&self, names: &Names, node: u32) -> u64 {
        let text = self.name(names, node).and_then(|name| names.text(name));
        text.map_or(0, |text| names.seed.hash(text.as_bytes()))
    }

    /// Puts new nodes into the pages.
    pub(crate) fn settle(&mut self, names: &mut Names) {
        let mut fresh: Vec<_> = self.fresh.drain().collect();
        fresh.sort_unstable_by_key(|(node, _)| *node);
        for of_page in fresh.chunk_by(|a, b| a.0 as usize / PAGE == b.0 as usize / PAGE) {
            let parts: Vec<_> = of_page.iter().map(|(n, part)| (*n as usize % PAGE, part.clone())).collect();
            names.nodes.rewrite(of_page[0].0 as usize / PAGE, &parts, &self.bytes);
        }
        self.bytes.clear();
        // What a bulk of records needed is not kept for ever.
        self.bytes.shrink_to(1 << 20);
        self.fresh.shrink_to(1 << 14);
    }

    /// Forgets a node that is in the pages; its number is given away again.
    pub(crate) fn release(&mut self, names: &mut Names, node: u32) {
        let Some(name) = names.name(node) else { return };
        let (hash, beginning) = (self.hash(names, node), name.beginning);
        if let Some(selection) = names.selection(node) {
            names.selections.remove(names.seed, node, &selection);
        }
        names.by_hash.remove(hash, node);
        names.nodes.set(node as usize, &[]);
        self.free.push(node);
        let Some(n) = beginning.checked_sub(1) else { return };
        self.uses[n as usize] -= 1;
        if self.uses[n as usize] == 0 {
            if let Some(text) = names.beginnings.get(n as usize) {
                self.beginnings.remove(text);
            }
            names.beginnings.set(n as usize, "".into());
            self.free_beginnings.push(n);
        }
    }

    fn kind(&mut self, names: &mut Names, kind: &Kind) -> u32 {
        if let Some(n) = self.kinds.get(kind) {
            return *n;
        }
        let n = u32::try_from(names.kinds.len()).unwrap_or(u32::MAX);
        Arc::make_mut(&mut names.kinds).push(kind.clone());
        self.kinds.insert(kind.clone(), n);
        n
    }

    fn beginning(&mut self, names: &mut Names, text: &str) -> u32 {
        if let Some(n) = self.beginnings.get(text) {
            self.uses[*n as usize] += 1;
            return *n;
        }
        let text: Arc<str> = text.into();
        let new = || u32::try_from(names.beginnings.len()).unwrap_or(u32::MAX);
        let n = self.free_beginnings.pop().unwrap_or_else(new);
        names.beginnings.set(n as usize, text.clone());
        if n as usize == self.uses.len() {
            self.uses.push(0);
        }
        self.uses[n as usize] = 1;
        self.beginnings.insert(text, n);
        n
    }

    /// Bytes that it takes.
    pub(crate) fn memory(&self) -> usize {
        self.beginnings.capacity() * 25
            + 4 * (self.uses.capacity() + self.free.capacity() + self.free_beginnings.capacity())
    }
}
