//! How many bytes of values there are, by what they are for. Reads sizes, not contents.

use cloudscope_ports::Live;

use crate::{engine, layout::Key, store::SledStore};

impl SledStore {
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
