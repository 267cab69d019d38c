//! The file of saved views in the configuration directory, which the front end and the command line share.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use cloudscope_application::{SavedViews, ViewShelf};

/// Its name.
pub(crate) const FILE: &str = "views.yaml";
/// Larger files are refused.
const LARGEST: u64 = 4 << 20;

/// Saved views in a file.
#[derive(Debug)]
pub(crate) struct ViewFile(PathBuf);

impl ViewFile {
    /// In this configuration directory, which need not exist.
    pub(crate) fn new(config_dir: &Path) -> Self {
        Self(config_dir.join(FILE))
    }
}

impl ViewShelf for ViewFile {
    fn load(&self) -> Result<SavedViews, String> {
        let path = self.0.display();
        let text = match std::fs::metadata(&self.0) {
            Ok(m) if m.len() > LARGEST => return Err(format!("{path} is too large to be a list of views")),
            _ => std::fs::read_to_string(&self.0),
        };
        let text = match text {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(SavedViews::default()),
            Err(e) => return Err(format!("cannot read {path}: {e}")),
        };
        let views: SavedViews = serde_saphyr::from_str(&text)
            .map_err(|e| format!("in {path}: {e}; mend it, or move it away to forget the views in it"))?;
        views.checked().map_err(|e| format!("in {path}: {e}"))
    }

    fn save(&self, views: &SavedViews) -> Result<(), String> {
        let text =
            serde_saphyr::to_string(views).map_err(|e| format!("cannot write the views as YAML: {e}"))?;
        let write = || -> std::io::Result<()> {
            let directory = self.0.parent().unwrap_or(Path::new("."));
            std::fs::create_dir_all(directory)?;
            let fresh = directory.join(format!(".{FILE}.{}", std::process::id()));
            let mut file = std::fs::File::create(&fresh)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&fresh, &self.0)
        };
        write().map_err(|e| format!("cannot write {}: {e}", self.0.display()))
    }
}

#[cfg(test)]
mod tests {
    use cloudscope_application::SavedView;

    use super::*;

    #[test]
    fn saved_views_come_back_and_a_file_that_is_not_understood_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = ViewFile::new(&dir.path().join("not-yet"));
        assert_eq!(shelf.load().unwrap(), SavedViews::default());
        let view = SavedView {
            name: "old: \"dbs\"".into(),
            query: "kind:rds age>90d".into(),
            columns: vec!["name".into(), "tags.env".into()],
            sort: vec!["-age".into()],
            group_by: vec!["region".into()],
            mark: Some('d'),
            asset: Some("arn:aws:rds:eu-west-1:1:db:old".into()),
        };
        let put = |view: SavedView| shelf.change(&mut |v| v.put(view.clone()).map_err(|e| e.to_string()));
        let kept = put(view.clone()).unwrap();
        assert_eq!(shelf.load().unwrap(), kept);
        assert_eq!(kept.named("OLD: \"dbs\""), Some(&view));
        let text = "version: 1\nviews:\n- name: a\n  qeury: x\n";
        std::fs::write(&shelf.0, text).unwrap();
        let error = put(view).unwrap_err();
        assert!(error.contains("qeury") && error.contains("views.yaml"), "{error}");
        assert_eq!(std::fs::read_to_string(&shelf.0).unwrap(), text);
    }
}
