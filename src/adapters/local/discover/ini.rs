//! The INI files of the AWS and Google command lines, as far as names go: sections, and the keys in
//! them. Values are handed out only for the keys that the caller asks for.

/// One section with its keys.
#[derive(Default)]
pub(super) struct Section {
    pub(super) name: String,
    keys: Vec<(String, String)>,
}

impl Section {
    pub(super) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// The value of a key; the last one counts.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.keys.iter().rev().find(|(k, _)| k == key).map(|(_, v)| v.as_str()).filter(|v| !v.is_empty())
    }
}

/// The sections of a file, or the number of the first line that fits nowhere.
pub(super) fn sections(text: &str) -> Result<Vec<Section>, usize> {
    let mut sections: Vec<Section> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with(['#', ';']) {
            continue;
        }
        if let Some(rest) = bare.strip_prefix('[') {
            let (name, _) = rest.split_once(']').ok_or(at + 1)?;
            sections.push(Section { name: name.trim().to_owned(), keys: Vec::new() });
            continue;
        }
        // An indented line belongs to the key before it.
        if line.starts_with([' ', '\t']) && sections.last().is_some_and(|s| !s.keys.is_empty()) {
            continue;
        }
        let (key, value) = bare.split_once('=').ok_or(at + 1)?;
        let section = sections.last_mut().ok_or(at + 1)?;
        section.keys.push((key.trim().to_lowercase(), value.trim().to_owned()));
    }
    Ok(sections)
}
