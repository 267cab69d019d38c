//! A graph as bytes, so that opening a store need not build it again: what is in memory, part by part.
//!
//! ```text
//! "cloudscope graph" | format, u32 | strings per page, u32 | frames
//! ```
//!
//! Whether it fits the store is for the caller to know. Every record is in the graph by its key's hash, so
//! a writer goes on from there.

use std::{
    collections::BTreeMap,
    io::{self, Read, Write},
    sync::Arc,
};

use crate::{
    Graph, GraphWriter,
    frames::{Frames, Items, Unfit},
    graph::{Label, Stated},
    hash::Seed,
    hub::{Block, Hub},
    lists::Lists,
    pages::{PAGE, Pages},
    shards::Shards,
    varint,
};

const MAGIC: [u8; 16] = *b"cloudscope graph";
const FORMAT: u32 = 3;
/// Records per item.
const RECORDS: usize = 4096;

const HEAD: u8 = 1;
const KINDS: u8 = 2;
const BEGINNINGS: u8 = 3;
const NAMES: u8 = 4;
const BY_HASH: u8 = 5;
const LABELS: u8 = 6;
const STATED: u8 = 7;
const KNOWN: u8 = 8;
const OUT: u8 = 9;
const INTO: u8 = 11;

impl Graph {
    /// Writes the graph in small pieces; buffering is not needed.
    ///
    /// # Errors
    /// What writing returned.
    pub fn save(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(&MAGIC)?;
        out.write_all(&FORMAT.to_le_bytes())?;
        out.write_all(&u32::try_from(PAGE).unwrap_or(0).to_le_bytes())?;
        let mut frames = Frames::new(out);
        let counts = [self.names.seed.0, self.names.by_hash.len() as u64, self.known.len() as u64];
        frames.item(HEAD, &counts.map(u64::to_le_bytes).concat())?;
        for kind in self.names.kinds.iter() {
            frames.item(KINDS, kind.as_str().as_bytes())?;
        }
        for beginning in self.names.beginnings.iter() {
            frames.item(BEGINNINGS, beginning.as_bytes())?;
        }
        pages(&mut frames, NAMES, &self.names.nodes)?;
        shards(&mut frames, BY_HASH, &self.names.by_hash)?;
        for label in self.labels.iter() {
            frames.item(LABELS, &label_bytes(label))?;
        }
        let mut item = Vec::new();
        for (n, stated) in self.records.iter().enumerate() {
            let [a, b, c] = stated.key;
            [a, b, c, stated.run].iter().for_each(|n| item.extend_from_slice(&n.to_le_bytes()));
            if (n + 1) % RECORDS == 0 || n + 1 == self.records.len() {
                frames.item(STATED, &item)?;
                item.clear();
            }
        }
        shards(&mut frames, KNOWN, &self.known)?;
        lists(&mut frames, OUT, &self.out)?;
        lists(&mut frames, INTO, &self.into)?;
        frames.finish()
    }
}

fn pages(frames: &mut Frames<'_>, section: u8, pages: &Pages) -> io::Result<()> {
    pages.iter().try_for_each(|page| frames.item(section, page))
}

fn shards(frames: &mut Frames<'_>, section: u8, shards: &Shards) -> io::Result<()> {
    let mut item = Vec::new();
    for shard in shards.iter() {
        item.clear();
        item.extend(shard.iter().flat_map(|n| n.to_le_bytes()));
        frames.item(section, &item)?;
    }
    Ok(())
}

fn lists(frames: &mut Frames<'_>, section: u8, lists: &Lists) -> io::Result<()> {
    pages(frames, section, lists.pages())?;
    for (node, hub) in lists.hubs() {
        for block in hub.blocks() {
            frames.item(section + 1, &[&node.to_le_bytes(), &*block.bytes].concat())?;
        }
    }
    Ok(())
}

fn label_bytes(label: &Label) -> Vec<u8> {
    let mut out = vec![u8::from(label.reverse)];
    out.extend_from_slice(&label.confidence.to_le_bytes());
    varint::put(&mut out, u32::try_from(label.relation.as_str().len()).unwrap_or(u32::MAX));
    out.extend_from_slice(label.relation.as_str().as_bytes());
    out.extend_from_slice(label.rule.as_bytes());
    out
}

fn read_label(bytes: &[u8]) -> Option<Label> {
    let (reverse, rest) = bytes.split_first()?;
    let (confidence, mut rest) = rest.split_first_chunk::<4>()?;
    let len = varint::take(&mut rest)?;
    let (relation, rule) = rest.split_at_checked(len as usize)?;
    Some(Label {
        relation: std::str::from_utf8(relation).ok()?.into(),
        rule: std::str::from_utf8(rule).ok()?.into(),
        confidence: u32::from_le_bytes(*confidence),
        reverse: *reverse == 1,
    })
}

impl GraphWriter {
    /// The writer of a saved graph: goes on as the one that published it would have.
    ///
    /// # Errors
    /// [`Unfit`] when it is not whole and unchanged; trying again does not help, building anew does.
    pub fn restore(input: &mut dyn Read) -> Result<Self, Unfit> {
        let mut head = [0; 24];
        input.read_exact(&mut head)?;
        let page = u32::try_from(PAGE).unwrap_or(0);
        if head != *[&MAGIC[..], &FORMAT.to_le_bytes(), &page.to_le_bytes()].concat() {
            return Err(Unfit::Foreign(FORMAT));
        }
        let mut items = Items::new(input)?;
        let (graph, counts) = graph(&mut items)?;
        items.end()?;
        if counts != [graph.names.by_hash.len() as u64, graph.known.len() as u64] {
            return Err(Unfit::Damaged("something is missing"));
        }
        Self::of(graph).ok_or(Unfit::Damaged("parts do not fit each other"))
    }
}

fn graph(items: &mut Items<'_>) -> Result<(Graph, [u64; 2]), Unfit> {
    let head = items.item(HEAD)?.unwrap_or_default();
    let &[seed, nodes, known] = head.as_chunks::<8>().0 else { return Err(Unfit::Damaged("no head")) };
    let counts = [nodes, known].map(u64::from_le_bytes);
    let mut graph = Graph::new(Seed(u64::from_le_bytes(seed)));
    let bad = || Unfit::Damaged("a part is not what it should be");
    let mut kinds = Vec::new();
    while let Some(item) = items.item(KINDS)? {
        kinds.push(text(item)?.parse().map_err(|_| bad())?);
    }
    graph.names.kinds = Arc::new(kinds);
    while let Some(item) = items.item(BEGINNINGS)? {
        graph.names.beginnings.push(text(item)?.into());
    }
    graph.names.nodes = read_pages(items, NAMES)?;
    graph.names.by_hash = read_shards(items, BY_HASH)?;
    let mut labels = Vec::new();
    while let Some(item) = items.item(LABELS)? {
        labels.push(read_label(item).ok_or_else(bad)?);
    }
    graph.set_labels(labels);
    while let Some(item) = items.item(STATED)? {
        for part in item.as_chunks::<16>().0 {
            let [a, b, c, run] =
                std::array::from_fn(|n| u32::from_le_bytes(std::array::from_fn(|byte| part[4 * n + byte])));
            graph.records.push(Stated { key: [a, b, c], run });
        }
    }
    graph.known = read_shards(items, KNOWN)?;
    graph.out = read_lists(items, OUT)?;
    graph.into = read_lists(items, INTO)?;
    Ok((graph, counts))
}

fn text(bytes: &[u8]) -> Result<&str, Unfit> {
    std::str::from_utf8(bytes).map_err(|_| Unfit::Damaged("a text is none"))
}

fn read_pages(items: &mut Items<'_>, section: u8) -> Result<Pages, Unfit> {
    let mut pages = Pages::default();
    while let Some(item) = items.item(section)? {
        if !pages.append(item) {
            return Err(Unfit::Damaged("a page is none"));
        }
    }
    Ok(pages)
}

fn read_shards(items: &mut Items<'_>, section: u8) -> Result<Shards, Unfit> {
    let mut shards = Shards::default();
    while let Some(item) = items.item(section)? {
        shards.append(item.as_chunks::<2>().0.iter().map(|b| u16::from_le_bytes(*b)).collect());
    }
    Ok(shards)
}

fn read_lists(items: &mut Items<'_>, section: u8) -> Result<Lists, Unfit> {
    let bad = || Unfit::Damaged("the edges of a hub are none");
    let pages = read_pages(items, section)?;
    let mut hubs: BTreeMap<u32, Hub> = BTreeMap::new();
    while let Some(item) = items.item(section + 1)? {
        let (node, bytes) = item.split_first_chunk::<4>().ok_or_else(bad)?;
        let block = Block::from_bytes(bytes).ok_or_else(bad)?;
        if !hubs.entry(u32::from_le_bytes(*node)).or_default().append(block) {
            return Err(bad());
        }
    }
    let hubs = hubs.into_iter().map(|(node, hub)| (node, Arc::new(hub))).collect();
    Lists::of_parts(pages, hubs).ok_or_else(bad)
}
