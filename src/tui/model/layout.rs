//! Where everything stands, computed from the size alone, so that `update` knows the height of the
//! table before anything is drawn.

use ratatui::layout::Rect;

/// Below this many columns there is one pane.
pub(crate) const TWO_PANES: u16 = 100;
/// Below this size the screen is a plain list.
pub(crate) const SMALL: (u16, u16) = (60, 15);

/// Where everything stands. A part that has no room has no height.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Layout {
    /// Too small for panes: a plain list in `main`, with a line that says so in `header`.
    pub(crate) small: bool,
    /// Row 1.
    pub(crate) header: Rect,
    /// Row 2.
    pub(crate) crumbs: Rect,
    /// Everything between the crumbs and the filter line.
    pub(crate) body: Rect,
    /// The main pane of the body.
    pub(crate) main: Rect,
    /// The detail, when it shows.
    pub(crate) detail: Option<Rect>,
    /// The line of time, while the past is looked at.
    pub(crate) timeline: Rect,
    /// Last line but one.
    pub(crate) filter: Rect,
    /// Last line.
    pub(crate) hints: Rect,
}

impl Layout {
    /// A layout for so many columns and rows.
    pub(crate) fn new((width, height): (u16, u16), detail: bool, full: bool) -> Self {
        let row = |y: u16, h: u16| {
            let y = y.min(height);
            Rect::new(0, y, width, h.min(height - y))
        };
        let small = width < SMALL.0 || height < SMALL.1;
        let crumbs = u16::from(!small);
        let body = row(1 + crumbs, height.saturating_sub(3 + crumbs));
        let below = body.y + body.height;
        let (main, detail) = match (detail && !small, width >= TWO_PANES) {
            (false, _) => (body, None),
            (true, true) => {
                let right = (width * 2 / 5).clamp(38, 76);
                let left = body.width - right;
                let pane = Rect { x: left, width: right, ..body };
                (Rect { width: left, ..body }, Some(pane))
            }
            (true, false) if full => (body, Some(body)),
            (true, false) => (body, None),
        };
        Self {
            small,
            header: row(0, 1),
            crumbs: row(1, crumbs),
            body,
            main,
            detail,
            timeline: row(below, 0),
            filter: row(below, 1),
            hints: row(below + 1, 1),
        }
    }

    /// The same with a row for the line of time, taken from the body where that has room.
    pub(crate) fn with_timeline(mut self) -> Self {
        if self.small || self.body.height < 2 {
            return self;
        }
        let less = |area: Rect| Rect { height: area.height - 1, ..area };
        self.body = less(self.body);
        self.main = less(self.main);
        self.detail = self.detail.map(less);
        self.timeline = Rect { y: self.body.y + self.body.height, height: 1, ..self.body };
        self
    }

    /// Rows of the main table that show: what its heading leaves.
    pub(crate) fn table_rows(&self) -> u64 {
        u64::from(self.main.height.saturating_sub(u16::from(!self.small)))
    }

    /// The rows of a list that fill the whole body, below a title line.
    pub(crate) fn page_rows(&self) -> u64 {
        u64::from(self.body.height.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_adds_up() {
        for width in 0..220 {
            for height in 0..60 {
                for detail in [false, true] {
                    let l = Layout::new((width, height), detail, false);
                    let sum =
                        l.header.height + l.crumbs.height + l.body.height + l.filter.height + l.hints.height;
                    assert!(sum <= height && (height < 4 || sum == height), "{width}x{height}: {l:?}");
                    let t = l.with_timeline();
                    assert_eq!(t.body.height + t.timeline.height, l.body.height, "{width}x{height}");
                    assert_eq!(t.main.height, t.body.height);
                    if let Some(pane) = l.detail {
                        assert_eq!(l.main.width + pane.width, width);
                    }
                }
            }
        }
    }
}
