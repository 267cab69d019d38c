//! A text that is read full screen: describe, YAML, JSON, the problems of a scope. With search.
//!
//! Holds lines of foreign text as they are; drawing makes them visible.

use cloudscope_application::message::RowKey;
use cloudscope_domain::{AssetId, ScopeKey};

use super::past::Then;
use crate::{keymap::Action, theme::Slot};

/// A text that is read.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Document {
    /// Its heading.
    pub(crate) title: String,
    /// What it shows of which asset; `None` when it is not about one.
    pub(crate) subject: Option<(Form, RowKey)>,
    /// What else it is about, to make its lines anew.
    pub(crate) about: Option<About>,
    /// Its last line shows, whatever comes after it.
    pub(crate) follow: bool,
    /// The moment of the past that it is of.
    pub(crate) of: Option<Then>,
    /// The asset that it is about, where it is no document of one.
    pub(crate) asset: Option<AssetId>,
    /// Its lines; `None` while they are on their way.
    pub(crate) lines: Option<Vec<DocLine>>,
    /// First line that shows.
    pub(crate) top: usize,
    /// Columns scrolled away to the left.
    pub(crate) left: usize,
    /// Long lines are wrapped, not cut.
    pub(crate) wrap: bool,
    /// What is searched for, as typed.
    pub(crate) search: String,
    /// Lines that contain it.
    pub(crate) hits: Vec<usize>,
    /// The hit that was gone to.
    pub(crate) hit: usize,
}

/// What a document is about, when that is not an asset.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum About {
    /// A scope: why it is not whole, its attempts, its calls.
    Scope(ScopeKey),
    /// The log.
    Log,
    /// The call ledger, call by call.
    Calls,
    /// The call ledger, summed up.
    CallTotals,
    /// The hooks.
    Hooks,
}

/// What a document shows of an asset.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// For people.
    Describe,
    /// Everything, as YAML.
    Yaml,
    /// Everything, as JSON.
    Json,
}

impl Form {
    /// The word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Describe => "describe",
            Self::Yaml => "yaml",
            Self::Json => "json",
        }
    }
}

/// One line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct DocLine {
    /// Drawn before the text, in its own style; may be empty.
    pub(crate) label: String,
    /// The text.
    pub(crate) text: String,
    /// What the text means.
    pub(crate) slot: Slot,
}

impl DocLine {
    /// A line of ordinary text.
    pub(crate) fn plain(text: impl Into<String>) -> Self {
        Self { label: String::new(), text: text.into(), slot: Slot::Text }
    }

    /// A heading.
    pub(crate) fn title(text: impl Into<String>) -> Self {
        Self { label: String::new(), text: text.into(), slot: Slot::Title }
    }

    /// A line with a label.
    pub(crate) fn fact(label: impl Into<String>, text: impl Into<String>, slot: Slot) -> Self {
        Self { label: label.into(), text: text.into(), slot }
    }
}

impl Document {
    /// A document whose lines are on their way.
    pub(crate) fn waiting(title: impl Into<String>, form: Form, key: RowKey) -> Self {
        Self { subject: Some((form, key)), lines: None, ..Self::of(title, Vec::new()) }
    }

    /// A document with its lines.
    pub(crate) fn of(title: impl Into<String>, lines: Vec<DocLine>) -> Self {
        Self {
            title: title.into(),
            subject: None,
            about: None,
            follow: false,
            of: None,
            asset: None,
            lines: Some(lines),
            top: 0,
            left: 0,
            wrap: false,
            search: String::new(),
            hits: Vec::new(),
            hit: 0,
        }
    }

    /// A document about something else than an asset, whose lines are on their way.
    pub(crate) fn about(title: impl Into<String>, about: About) -> Self {
        Self { about: Some(about), lines: None, ..Self::of(title, Vec::new()) }
    }

    /// Takes newer lines. What was read stays where it was, by its text, as far as it is still there;
    /// what is searched for is found anew.
    pub(crate) fn renew(&mut self, lines: Vec<DocLine>) {
        let first = self.lines.as_ref().and_then(|old| old.get(self.top)).cloned();
        if let Some(first) = first.filter(|_| self.top > 0) {
            let after = |from: usize| lines[from..].iter().position(|line| *line == first).map(|i| i + from);
            let place = if lines.get(self.top) == Some(&first) { Some(self.top) } else { after(0) };
            self.top = place.unwrap_or_else(|| self.top.min(lines.len().saturating_sub(1)));
        }
        self.lines = Some(lines);
        self.seek();
        self.hit = self.hit.min(self.hits.len().saturating_sub(1));
    }

    /// A document about what is different of an asset, from which that asset is reached.
    pub(crate) fn of_asset(title: impl Into<String>, mut lines: Vec<DocLine>, asset: AssetId) -> Self {
        lines.push(DocLine::fact("", "enter: everything about this asset", Slot::Dim));
        Self { asset: Some(asset), ..Self::of(title, lines) }
    }

    /// Whether an action does anything here; those that every document has do.
    pub(crate) fn acts(&self, action: Action) -> bool {
        let asset = self.subject.is_some() || self.asset.is_some();
        match action {
            Action::OtherForm => matches!(self.about, Some(About::Calls | About::CallTotals)),
            Action::ShowAsset => self.asset.is_some(),
            Action::CopyId | Action::Nearby => asset,
            Action::Refresh => self.about.is_some() || self.subject.is_some(),
            Action::ScrollLeft | Action::ScrollRight => !self.wrap,
            Action::SearchNext | Action::SearchPrevious => !self.search.is_empty(),
            _ => true,
        }
    }

    /// How many lines it has.
    pub(crate) fn len(&self) -> usize {
        self.lines.as_ref().map_or(0, Vec::len)
    }

    /// Scrolls so that `line` is the first one, as far as the text goes.
    pub(crate) fn scroll_to(&mut self, line: usize, page: usize) {
        // A wrapped document may need its last line alone on the screen.
        let spare = if self.wrap { 1 } else { page.max(1) };
        self.top = line.min(self.len().saturating_sub(spare));
        // Who goes to the end of a text that grows wants to stay there; who goes up does not.
        self.follow = self.about == Some(About::Log) && line + page.max(1) >= self.len();
    }

    /// The first line that shows, where following the end has not moved it.
    pub(crate) fn first(&self, page: usize) -> usize {
        if self.follow { self.len().saturating_sub(page.max(1)) } else { self.top }
    }

    /// Searches, and goes to the first hit at or after the first line that shows.
    pub(crate) fn find(&mut self, text: &str, page: usize) {
        text.clone_into(&mut self.search);
        self.hit = 0;
        self.seek();
        if text.is_empty() {
            return;
        }
        if let Some(hit) = self.hits.iter().position(|line| *line >= self.top) {
            self.hit = hit;
        }
        self.go(page);
    }

    fn seek(&mut self) {
        self.hits.clear();
        if self.search.is_empty() {
            return;
        }
        let wanted = self.search.to_lowercase();
        if let Some(lines) = &self.lines {
            self.hits = (0..lines.len())
                .filter(|i| {
                    lines[*i].text.to_lowercase().contains(&wanted)
                        || lines[*i].label.to_lowercase().contains(&wanted)
                })
                .collect();
        }
    }

    /// Goes to the next hit, or the one before; round at the ends.
    pub(crate) fn next_hit(&mut self, forward: bool, page: usize) {
        let n = self.hits.len();
        if n > 0 {
            self.hit = if forward { (self.hit + 1) % n } else { (self.hit + n - 1) % n };
            self.go(page);
        }
    }

    fn go(&mut self, page: usize) {
        if let Some(line) = self.hits.get(self.hit).copied()
            && (line < self.top || line >= self.top + page)
        {
            self.scroll_to(line.saturating_sub(page / 3), page);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_goes_round() {
        let lines = ["one", "two", "Three", "two again"].map(DocLine::plain).to_vec();
        let mut doc = Document::of("t", lines);
        doc.find("TWO", 2);
        assert_eq!((doc.hits.clone(), doc.hit, doc.top), (vec![1, 3], 0, 0));
        doc.next_hit(true, 2);
        assert_eq!((doc.hit, doc.top), (1, 2));
        doc.next_hit(true, 2);
        assert_eq!(doc.hit, 0);
        doc.next_hit(false, 2);
        assert_eq!(doc.hit, 1);
        doc.find("absent", 2);
        assert!(doc.hits.is_empty());
    }
}
