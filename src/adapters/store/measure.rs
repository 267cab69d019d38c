//! How many bytes of values there are, by what they are for. Reads sizes, not contents.

use cloudscope_ports::Live;

use crate::{engine, layout::Key, store::SledStore};

/// Files that are smaller than this are left alone: there is little to win.
const SMALL: u64 = 16 << 20;
/// Files may take so many times what is in them,
const TIMES: u64 = 3;
/// but of much that is in them only twice that and this: when all of it is rewritten then, they still take less than
/// three times that.
const MARGIN: u64 = 64 << 20;
/// What compacting leaves is less than twice what is in them and this, sixteen pieces of the engine's log: less than
/// that is not tried, because nothing might be gained.
const LEFT: u64 = 8 << 20;

/// Whether files are too large for what lives in them.
fn is_too_large(files: u64, live: u64) -> bool {
    let twice = live.saturating_mul(2);
    files > live.saturating_mul(TIMES).min(twice.saturating_add(MARGIN)).max(twice.saturating_add(LEFT))
}

impl SledStore {
    /// Whether the files are far larger than what is in them.
    pub(crate) fn is_worth_compacting(&self) -> bool {
        let (generation, live, sound) = {
            let writer = self.writer();
            (writer.generation, writer.live, writer.findings.is_empty())
        };
        let files = self.bytes(generation);
        if files < SMALL || !sound {
            return false;
        }
        let live = live.or_else(|| {
            let live = self.measure(files)?;
            Some(live.present + live.history + live.runs)
        });
        live.is_some_and(|live| is_too_large(files, live))
    }

    /// Measures what is there. `None` when it cannot be read.
    pub(crate) fn measure(&self, files: u64) -> Option<Live> {
        let before = self.moving();
        let db = self.reading().ok()?;
        let mut live = Live::default();
        for pair in engine::scan(&db, b"") {
            let (key, value) = pair.ok()?;
            let part = match Key::decode(&key)? {
                Key::Segment(_) | Key::Page(_) | Key::Manifest(_) | Key::FormerState(_) => &mut live.present,
                Key::Step(_) | Key::Records { .. } | Key::States { .. } | Key::Changes { .. } => {
                    &mut live.history
                }
                Key::Meta | Key::Pins | Key::Run(_) | Key::Times(_) => &mut live.runs,
            };
            *part += (key.len() + value.len()) as u64;
        }
        let all = live.present + live.history + live.runs;
        live.free = files.saturating_sub(all);
        let mut writer = self.writer();
        if before == self.moving() {
            writer.live = Some(all);
        }
        Some(live)
    }
}

#[cfg(test)]
mod tests {
    use super::is_too_large;

    #[test]
    fn much_is_compacted_earlier_than_little() {
        let mib = |n: u64| n << 20;
        assert!(!is_too_large(mib(48), mib(16)) && is_too_large(mib(49), mib(16)));
        assert!(!is_too_large(mib(620), mib(278)) && is_too_large(mib(621), mib(278)));
        assert!(!is_too_large(mib(14), mib(3)) && is_too_large(mib(15), mib(3)), "as much as it leaves");
        assert!(!is_too_large(mib(8), 0) && is_too_large(mib(9), 0));
        assert!(!is_too_large(u64::MAX, u64::MAX));
    }
}
