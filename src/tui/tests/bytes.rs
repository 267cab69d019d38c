//! What a key sends to the terminal, at 200x50: the bytes that the real backend writes for the difference
//! of two frames. The bars are those of a bad line; see docs/PERFORMANCE.md.

use std::{cell::RefCell, io, rc::Rc};

use cloudscope_domain::{AssetRow, StatusClass};
use ratatui::{Terminal, TerminalOptions, Viewport, backend::CrosstermBackend, layout::Rect};

use super::harness::{Bench, numbered};
use crate::view::view;

const SIZE: (u16, u16) = (200, 50);

/// Counts what is written.
#[derive(Clone, Default)]
struct Count(Rc<RefCell<usize>>);

impl io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        *self.0.borrow_mut() += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A terminal that shows a bench.
struct Wire {
    terminal: Terminal<CrosstermBackend<Count>>,
    count: Count,
}

impl Wire {
    fn new(bench: &mut Bench) -> Self {
        let count = Count::default();
        let options = TerminalOptions { viewport: Viewport::Fixed(Rect::new(0, 0, SIZE.0, SIZE.1)) };
        let terminal = Terminal::with_options(CrosstermBackend::new(count.clone()), options).unwrap();
        let mut wire = Self { terminal, count };
        wire.frame(bench);
        wire
    }

    /// Bytes of the next frame; none where nothing changed.
    fn frame(&mut self, bench: &mut Bench) -> usize {
        *self.count.0.borrow_mut() = 0;
        if std::mem::take(&mut bench.model.dirty) {
            self.terminal.draw(|frame| view(&bench.model, frame)).unwrap();
        }
        *self.count.0.borrow()
    }

    /// The most bytes that any of these keys sends.
    fn most(&mut self, bench: &mut Bench, keys: &str) -> usize {
        let sent = keys.split(' ').map(|key| {
            bench.keys(key);
            self.frame(bench)
        });
        sent.max().unwrap_or(0)
    }
}

/// Rows as a list by name has them: names that go on from each other, now and then another region,
/// account or status.
fn varied(n: usize) -> Vec<AssetRow> {
    let mut rows = numbered(n);
    for (i, row) in rows.iter_mut().enumerate() {
        row.name = format!("web-{i:04}-{:04x}", i.wrapping_mul(2_654_435_761) & 0xffff).into();
        row.region = ["eu-west-1", "us-east-1", "ap-southeast-2"][i / 4 % 3].into();
        row.account = format!("account-{}", i / 6 % 17).into();
        if i % 9 == 0 {
            (row.status, row.status_class) = (Some("stopped".into()), StatusClass::Stopped);
        }
        row.tags.insert("team".into(), format!("team-{}", i % 200));
    }
    rows
}

/// Rows of which each differs from its neighbours in every column: what no list of real things is.
fn unlike(n: usize) -> Vec<AssetRow> {
    let mut rows = varied(n);
    for (i, row) in rows.iter_mut().enumerate() {
        row.name = format!("{:08x}-{i}", i.wrapping_mul(2_654_435_761) & 0xffff_ffff).into();
        row.kind = ["aws.ec2.instance", "gcp.sql.instance", "k8s.core.pod"][i % 3].parse().unwrap();
        row.region = ["eu-west-1", "us-east-1", "ap-southeast-2"][i % 3].into();
        row.account = format!("{}-account", i * 7 % 17).into();
        row.status = Some(["running", "stopped", "pending"][i % 3].into());
        row.status_class = [StatusClass::Ok, StatusClass::Stopped, StatusClass::Pending][i % 3];
    }
    rows
}

#[test]
fn a_cursor_move_sends_little_and_a_scrolled_row_not_much_more() {
    let mut bench = Bench::ready(SIZE, varied(2_000));
    bench.keys("p");
    let mut wire = Wire::new(&mut bench);
    let moved = wire.most(&mut bench, "j j j k j j");
    assert!((1..=1_500).contains(&moved), "{moved} bytes for a cursor move");
    bench.keys("ctrl-f ctrl-f");
    bench.keys("pagedown");
    wire.frame(&mut bench);
    let scrolled = wire.most(&mut bench, "j j j j j j");
    assert!((1..=5_000).contains(&scrolled), "{scrolled} bytes for a scrolled row");
}

#[test]
fn the_worst_rows_there_can_be_still_pass_a_bad_line_thrice_a_second() {
    let mut bench = Bench::ready(SIZE, unlike(2_000));
    bench.keys("p pagedown pagedown");
    let mut wire = Wire::new(&mut bench);
    wire.most(&mut bench, "pagedown");
    let scrolled = wire.most(&mut bench, "j j j j j j");
    assert!((1..=8_300).contains(&scrolled), "{scrolled} bytes for a scrolled row");
}

#[test]
fn with_the_detail_beside_it_a_cursor_move_stays_within_a_scroll() {
    let mut bench = Bench::ready(SIZE, varied(2_000));
    let mut wire = Wire::new(&mut bench);
    let moved = wire.most(&mut bench, "j j j k j j");
    assert!((1..=1_500).contains(&moved), "{moved} bytes");
}

#[test]
fn groups_send_as_little() {
    let mut bench = Bench::ready(SIZE, varied(2_000));
    bench.keys(": 'group tag.team' enter");
    let mut wire = Wire::new(&mut bench);
    let moved = wire.most(&mut bench, "j j j k j j");
    assert!((1..=1_500).contains(&moved), "{moved} bytes for a cursor move");
    bench.keys("pagedown");
    wire.frame(&mut bench);
    let scrolled = wire.most(&mut bench, "j j j j j j");
    assert!((1..=5_000).contains(&scrolled), "{scrolled} bytes for a scrolled row");
}

#[test]
fn an_idle_screen_sends_nothing() {
    let mut bench = Bench::ready(SIZE, varied(2_000));
    let mut wire = Wire::new(&mut bench);
    for _ in 0..9 {
        bench.pause(1_000);
        assert_eq!(wire.frame(&mut bench), 0);
    }
}
