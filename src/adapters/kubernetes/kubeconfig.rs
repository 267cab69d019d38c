//! Which kubeconfig files hold, and which contexts they name, merged as kubectl does.
//!
//! A file of the working directory is never read unasked: only absolute paths hold, whoever names them. Knows
//! no network, and runs nothing.

use std::path::{Path, PathBuf};

use cloudscope_ports::{Fault, FaultKind};
use kube::config::{Context, Kubeconfig};

use crate::{failure::shown, options::Options};

/// The context of the cluster that this program runs in.
pub(crate) const IN_CLUSTER: &str = "in-cluster";
/// Files of a list that are looked at.
const MOST_FILES: usize = 64;
/// No kubeconfig is larger.
const LARGEST: u64 = 16 << 20;

/// The files, merged.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files {
    /// Everything that they say.
    pub(crate) config: Kubeconfig,
    /// Files that were named and cannot be used, and why.
    pub(crate) unusable: Vec<(String, String)>,
    /// This program runs in a cluster, which is a context by a name of its own.
    pub(crate) inside: bool,
    /// And no file says anything else.
    pub(crate) in_cluster: bool,
}

/// Where to look.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    pub(crate) home: Option<PathBuf>,
    /// `KUBECONFIG`.
    pub(crate) list: Option<String>,
    /// This program runs in a pod.
    pub(crate) in_cluster: bool,
}

impl Surroundings {
    /// Those of this process.
    pub(crate) fn current() -> Self {
        let set = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
        Self {
            home: set("HOME").map(PathBuf::from).filter(|home| home.is_absolute()),
            list: set("KUBECONFIG"),
            in_cluster: set("KUBERNETES_SERVICE_HOST").is_some(),
        }
    }

    /// The files that hold: those of the option, else those of `KUBECONFIG`, else the usual one.
    fn files(&self, options: &Options) -> Vec<PathBuf> {
        if !options.kubeconfig.is_empty() {
            return options.kubeconfig.clone();
        }
        match &self.list {
            Some(list) => {
                let parts = std::env::split_paths(list).filter(|p| !p.as_os_str().is_empty());
                let expand = |path: PathBuf| match (path.strip_prefix("~"), &self.home) {
                    (Ok(rest), Some(home)) => home.join(rest),
                    _ => path,
                };
                parts.take(MOST_FILES).map(expand).collect()
            }
            None => self.home.iter().map(|home| home.join(".kube/config")).collect(),
        }
    }
}

impl Files {
    /// Reads the files that hold for a source. Blocks on them.
    pub(crate) fn read(options: &Options, around: &Surroundings) -> Self {
        let mut merged = Self::default();
        let named = !options.kubeconfig.is_empty();
        let mut looked_at = Vec::new();
        for path in around.files(options) {
            if looked_at.contains(&path) {
                continue;
            }
            looked_at.push(path.clone());
            let origin = || shown(&path.display().to_string());
            match one(&path) {
                Ok(None) if named => merged.unusable.push((origin(), "there is no such file".to_owned())),
                Ok(None) => {}
                Ok(Some(config)) => match merged.config.clone().merge(config) {
                    Ok(both) => merged.config = both,
                    Err(e) => merged.unusable.push((origin(), e.to_string())),
                },
                Err(why) => merged.unusable.push((origin(), why)),
            }
        }
        merged.inside = around.in_cluster;
        merged.in_cluster =
            around.in_cluster && !named && merged.config.contexts.is_empty() && merged.unusable.is_empty();
        merged
    }

    /// Every context, the current one first.
    pub(crate) fn contexts(&self) -> Vec<String> {
        if self.in_cluster {
            return vec![IN_CLUSTER.to_owned()];
        }
        let current = self.config.current_context.as_ref();
        let mut names: Vec<String> = Vec::new();
        for named in self.config.contexts.iter().filter(|c| c.context.is_some() && !c.name.is_empty()) {
            if !names.contains(&named.name) {
                names.push(named.name.clone());
            }
        }
        names.sort_by_key(|name| Some(name) != current);
        names
    }

    /// The contexts that a source asks for.
    ///
    /// # Errors
    /// When there is none, or one that is named does not exist.
    pub(crate) fn wanted(&self, options: &Options) -> Result<Vec<String>, Fault> {
        let all = self.contexts();
        let wrong = |words: String| Err(Fault::new(FaultKind::Malformed, "k8s:Configure", words));
        let Some(text) = &options.context else {
            if !all.is_empty() {
                return Ok(all);
            }
            let words = match self.unusable.first() {
                Some((origin, why)) => format!("the kubeconfig {origin} cannot be used: {why}"),
                None => "there is no kubeconfig with a context; write one, set KUBECONFIG, or name it with kubeconfig=PATH".to_owned(),
            };
            return Err(Fault::new(FaultKind::Unreachable, "k8s:Configure", words));
        };
        // A name may hold a plus itself.
        if all.contains(text) || (self.inside && text == IN_CLUSTER) {
            return Ok(vec![text.clone()]);
        }
        let mut wanted: Vec<String> = Vec::new();
        for name in text.split('+').filter(|n| !n.is_empty()) {
            if !all.iter().any(|known| known == name) {
                let known: Vec<String> = all.iter().take(20).map(|n| shown(n)).collect();
                let known = if known.is_empty() { "there is none".into() } else { known.join(", ") };
                let files = self.unusable.iter().map(|(o, why)| format!("; {o} cannot be used: {why}"));
                return wrong(format!(
                    "no kubeconfig has the context `{}`; known: {known}{}",
                    shown(name),
                    files.collect::<String>()
                ));
            }
            if !wanted.iter().any(|w| w == name) {
                wanted.push(name.to_owned());
            }
        }
        Ok(wanted)
    }

    /// Whether a context is the cluster that this program runs in.
    pub(crate) fn is_inside(&self, name: &str) -> bool {
        self.inside && name == IN_CLUSTER && self.context(name).is_none()
    }

    /// What a context says.
    pub(crate) fn context(&self, name: &str) -> Option<&Context> {
        self.config.contexts.iter().find(|c| c.name == name)?.context.as_ref()
    }
}

/// One file; `None` when it is not there.
fn one(path: &Path) -> Result<Option<Kubeconfig>, String> {
    if !path.is_absolute() {
        return Err("the path is relative, so it may lie in any directory; write the absolute path".into());
    }
    let meta = match std::fs::metadata(path) {
        Ok(meta) => meta,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(format!("cannot be read: {e}")),
    };
    if !meta.is_file() {
        return Err("is no file".into());
    }
    if meta.len() > LARGEST {
        return Err(format!("is larger than {} MB", LARGEST >> 20));
    }
    // The parser's own words are not repeated: they may quote the file, which holds secrets.
    match Kubeconfig::read_from(path) {
        Ok(config) => Ok(Some(config)),
        Err(kube::config::KubeconfigError::ReadConfig(e, _)) => Err(format!("cannot be read: {e}")),
        Err(_) => Err("is not YAML of the form of a kubeconfig; try `kubectl config view`".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(context: &str, server: &str, current: bool) -> String {
        let current = if current { format!("current-context: {context}\n") } else { String::new() };
        format!(
            "apiVersion: v1\nkind: Config\n{current}clusters:\n- name: c\n  cluster:\n    server: {server}\ncontexts:\n- name: {context}\n  context: {{cluster: c, user: u, namespace: ns}}\nusers:\n- name: u\n  user: {{token: t}}\n"
        )
    }

    fn around(list: &str) -> Surroundings {
        Surroundings { home: None, list: Some(list.to_owned()), in_cluster: false }
    }

    #[test]
    fn files_are_merged_as_kubectl_does() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name).display().to_string();
        std::fs::write(path("one"), config("a", "https://one", false)).unwrap();
        std::fs::write(path("two"), config("b", "https://two", true)).unwrap();
        let files = Files::read(
            &Options::default(),
            &around(&format!("{}::{}:{}", path("one"), path("none"), path("two"))),
        );
        assert!(files.unusable.is_empty(), "{:?}", files.unusable);
        assert_eq!(files.contexts(), ["b", "a"]);
        // The first file that has a cluster `c` wins.
        let cluster = files.config.clusters.iter().find(|c| c.name == "c").unwrap();
        assert_eq!(cluster.cluster.as_ref().unwrap().server.as_deref(), Some("https://one"));
        assert_eq!(files.context("a").unwrap().namespace.as_deref(), Some("ns"));
    }

    #[test]
    fn a_file_of_the_working_directory_is_not_read_unasked() {
        let files = Files::read(&Options::default(), &around("config"));
        assert!(files.contexts().is_empty());
        assert!(files.unusable[0].1.contains("absolute"));
        assert!(files.wanted(&Options::default()).unwrap_err().message.contains("absolute"));
    }

    #[test]
    fn the_option_comes_before_the_variable() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("one");
        std::fs::write(&path, config("a", "https://one", true)).unwrap();
        let options = Options { kubeconfig: vec![path], ..Options::default() };
        assert_eq!(Files::read(&options, &around("/none")).contexts(), ["a"]);
        let options = Options { kubeconfig: vec!["/none/at/all".into()], ..Options::default() };
        assert!(Files::read(&options, &around("/none")).unusable[0].1.contains("no such file"));
    }

    #[test]
    fn contexts_are_found_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("one");
        let text = config("a+b", "https://one", true).replace(
            "contexts:\n",
            "contexts:\n- name: c\n  context: {cluster: c, user: u}\n- name: d\n  context: {cluster: c, user: u}\n",
        );
        std::fs::write(&path, text).unwrap();
        let files = Files::read(&Options::default(), &around(&path.display().to_string()));
        let wanted = |text: &str| {
            let options = Options { context: Some(text.to_owned()), ..Options::default() };
            files.wanted(&options).map_err(|f| f.message)
        };
        assert_eq!(wanted("a+b").unwrap(), ["a+b"]);
        assert_eq!(wanted("d+c").unwrap(), ["d", "c"]);
        assert!(wanted("x").unwrap_err().contains("known: a+b, c, d"));
        assert_eq!(files.wanted(&Options::default()).unwrap(), ["a+b", "c", "d"]);
    }

    #[test]
    fn a_file_that_is_none_is_told_without_its_words() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bad");
        std::fs::write(&path, "users: [{name: u, user: {token: [s3cret]}}]").unwrap();
        let files = Files::read(&Options::default(), &around(&path.display().to_string()));
        assert!(!files.unusable[0].1.contains("s3cret"), "{:?}", files.unusable);
    }

    #[test]
    fn in_a_pod_without_a_kubeconfig_the_service_account_holds() {
        let inside = Surroundings { in_cluster: true, ..Surroundings::default() };
        assert_eq!(Files::read(&Options::default(), &inside).contexts(), [IN_CLUSTER]);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("one");
        std::fs::write(&path, config("a", "https://one", true)).unwrap();
        let both = Surroundings { list: Some(path.display().to_string()), ..inside };
        let files = Files::read(&Options::default(), &both);
        assert_eq!(files.contexts(), ["a"]);
        let by_name = Options { context: Some(IN_CLUSTER.to_owned()), ..Options::default() };
        assert!(files.wanted(&by_name).is_ok() && files.is_inside(IN_CLUSTER));
    }
}
