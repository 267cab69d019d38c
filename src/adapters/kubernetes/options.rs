//! The options of a Kubernetes source, checked: which contexts, which kinds, how.
//!
//! Text in, types out; knows no network and no kubeconfig.

use std::{collections::BTreeSet, path::PathBuf};

use cloudscope_ports::{Fault, FaultKind, SourceSpec};

use crate::resource::Resource;

/// What a source asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// The contexts as they were written; empty for every one. Joined by `+`, which a name may hold too.
    pub(crate) context: Option<String>,
    /// Kubeconfig files to read instead of the usual ones.
    pub(crate) kubeconfig: Vec<PathBuf>,
    /// The only namespaces; empty for all.
    pub(crate) namespaces: BTreeSet<String>,
    /// The only kinds; empty for all.
    pub(crate) kinds: BTreeSet<String>,
    /// Kinds to leave out.
    pub(crate) without: BTreeSet<String>,
    /// Kinds to collect that are off by themselves.
    pub(crate) with: BTreeSet<String>,
    /// Kinds of which only the metadata is read.
    pub(crate) metadata: BTreeSet<String>,
    /// Act as this user.
    pub(crate) user: Option<String>,
    /// And as a member of these groups.
    pub(crate) groups: Vec<String>,
    /// Watches that may be open to one cluster at a time.
    pub(crate) watches: usize,
    /// Objects that are asked for at a time.
    pub(crate) page: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            context: None,
            kubeconfig: Vec::new(),
            namespaces: BTreeSet::new(),
            kinds: BTreeSet::new(),
            without: BTreeSet::new(),
            with: BTreeSet::new(),
            metadata: BTreeSet::new(),
            user: None,
            groups: Vec::new(),
            watches: 128,
            page: 500,
        }
    }
}

const KNOWN: [&str; 11] = [
    "context",
    "kubeconfig",
    "namespaces",
    "kinds",
    "without",
    "with",
    "metadata",
    "as",
    "as-group",
    "watches",
    "page",
];

/// What people write for the same.
const MEANT: [(&str, &str); 8] = [
    ("contexts", "context"),
    ("namespace", "namespaces"),
    ("ns", "namespaces"),
    ("kind", "kinds"),
    ("skip", "without"),
    ("exclude", "without"),
    ("config", "kubeconfig"),
    ("limit", "page"),
];

/// Kinds that are left out unless they are asked for: they change all the time and say little of what there
/// is. By group and plural; the group `""` is the core group.
const OFF: [(&str, &str); 5] = [
    ("", "events"),
    ("events.k8s.io", "events"),
    ("coordination.k8s.io", "leases"),
    ("metrics.k8s.io", "pods"),
    ("metrics.k8s.io", "nodes"),
];

impl Options {
    /// Reads the options of a source.
    ///
    /// # Errors
    /// The option that is wrong, and what would be right.
    pub(crate) fn read(source: &SourceSpec) -> Result<Self, Fault> {
        let wrong = |message: String| {
            let message = format!("the source `{}` {message}", source.name);
            Err(Fault::new(FaultKind::Malformed, "k8s:Configure", message))
        };
        let mut options = Self::default();
        for (key, value) in &source.options {
            let value = value.trim();
            if value.is_empty() {
                return wrong(format!("has an empty option `{key}`; give it a value or remove it"));
            }
            let list = || value.split(['+', ' ']).filter(|v| !v.is_empty()).map(str::to_owned);
            let kinds = || list().map(|v| v.to_ascii_lowercase());
            match key.as_str() {
                "context" if value != "all" => options.context = Some(value.to_owned()),
                "context" => {}
                "kubeconfig" => match files(value) {
                    Ok(files) => options.kubeconfig = files,
                    Err(path) => {
                        return wrong(format!(
                            "names the kubeconfig `{path}`; write its absolute path, or one that begins with ~/"
                        ));
                    }
                },
                "namespaces" => options.namespaces.extend(list()),
                "kinds" => options.kinds.extend(kinds()),
                "without" => options.without.extend(kinds()),
                "with" => options.with.extend(kinds()),
                "metadata" => options.metadata.extend(kinds()),
                "as" => options.user = Some(value.to_owned()),
                "as-group" => options.groups.extend(value.split('+').map(str::to_owned)),
                "watches" => match value.parse() {
                    Ok(n @ 0..=10_000) => options.watches = n,
                    _ => return wrong(format!("has `watches={value}`; write a number from 0 to 10000")),
                },
                "page" => match value.parse() {
                    Ok(n @ 1..=10_000) => options.page = n,
                    _ => return wrong(format!("has `page={value}`; write a number from 1 to 10000")),
                },
                _ => {
                    return wrong(format!("has an option `{key}` that k8s does not know; {}", near(key)));
                }
            }
        }
        if let Some(bad) = options.namespaces.iter().find(|n| !is_label(n)) {
            return wrong(format!(
                "names the namespace `{bad}`; a namespace is lower-case letters, digits and `-`"
            ));
        }
        if options.user.is_none() && !options.groups.is_empty() {
            return wrong("has `as-group` without `as`; say which user to act as, too".to_owned());
        }
        if let Some(both) = options.kinds.intersection(&options.without).next() {
            return wrong(format!("has `{both}` in `kinds` and in `without`; leave one of them out"));
        }
        Ok(options)
    }

    /// Why a kind is left out, if it is.
    pub(crate) fn leaves_out(&self, resource: &Resource) -> Option<String> {
        if named(&self.without, resource) {
            return Some("left out by the option `without`".to_owned());
        }
        let asked = named(&self.kinds, resource);
        if !self.kinds.is_empty() && !asked {
            return Some("not among the kinds of the option `kinds`".to_owned());
        }
        let off = OFF.iter().any(|(group, plural)| *group == resource.group && *plural == resource.plural);
        if off && !asked && !named(&self.with, resource) {
            return Some(format!("off unless asked for; add with={}", resource.name()));
        }
        None
    }

    /// Whether only the metadata of a kind is read. Of secrets nothing else ever is.
    pub(crate) fn only_metadata(&self, resource: &Resource) -> bool {
        holds_secrets(resource) || named(&self.metadata, resource)
    }

    /// Every word that should name a kind.
    pub(crate) fn kind_words(&self) -> impl Iterator<Item = &str> {
        [&self.kinds, &self.without, &self.with, &self.metadata].into_iter().flatten().map(String::as_str)
    }
}

/// Whether objects of this resource are secrets.
pub(crate) fn holds_secrets(resource: &Resource) -> bool {
    resource.plural == "secrets"
}

/// Whether one of the words names the resource.
pub(crate) fn named(words: &BTreeSet<String>, resource: &Resource) -> bool {
    !words.is_empty() && words.iter().any(|word| is_named(word, resource))
}

/// Whether a word names the resource: `deployments`, `deployments.apps`, `deploy`, `deployment`, `Deployment`.
pub(crate) fn is_named(word: &str, resource: &Resource) -> bool {
    // `pods` are the pods, not samples of what they use.
    if resource.group == "metrics.k8s.io" {
        return word == resource.name();
    }
    let kind = resource.kind.to_ascii_lowercase();
    word == resource.plural
        || word == resource.name()
        || word == resource.singular
        || word == kind
        || (!resource.group.is_empty() && word == format!("{kind}.{}", resource.group))
        || resource.short_names.iter().any(|short| short == word)
}

/// A list of paths, as `KUBECONFIG` has it.
fn files(text: &str) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for part in text.split([':', '+']).filter(|p| !p.is_empty()) {
        let home = || std::env::var_os("HOME").map(PathBuf::from).filter(|h| h.is_absolute());
        let path = match part.strip_prefix("~/") {
            Some(rest) => home().map(|home| home.join(rest)),
            None => Some(PathBuf::from(part)).filter(|p| p.is_absolute()),
        };
        files.push(path.ok_or_else(|| part.to_owned())?);
    }
    Ok(files)
}

fn is_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// What may have been meant.
fn near(key: &str) -> String {
    let meant = MEANT.iter().find(|(word, _)| *word == key).map(|(_, right)| *right);
    let meant = meant.or_else(|| KNOWN.into_iter().find(|known| distance(key, known) <= 2));
    match meant {
        Some(right) => format!("did you mean `{right}`?"),
        None => format!("it knows {}", KNOWN.join(", ")),
    }
}

/// Letters to change, add or take away.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = corner + usize::from(x != *y);
            corner = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(options: &[(&str, &str)]) -> Result<Options, String> {
        let options = options.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let source = SourceSpec { name: "k8s".into(), collector: "k8s".into(), options };
        Options::read(&source).map_err(|f| f.message)
    }

    fn resource(group: &str, plural: &str, kind: &str, short: &str) -> Resource {
        Resource {
            group: group.into(),
            version: "v1".into(),
            kind: kind.into(),
            plural: plural.into(),
            singular: kind.to_ascii_lowercase(),
            short_names: vec![short.into()],
            namespaced: true,
            watchable: true,
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let o = read(&[
            ("context", "arn:aws:eks:eu-west-1:1:cluster/a"),
            ("namespaces", "a+b"),
            ("with", "Events+leases"),
            ("watches", "3"),
            ("page", "50"),
            ("as", "jane"),
            ("as-group", "dev team+ops"),
            ("kubeconfig", "/a/config:/b"),
        ])
        .unwrap();
        assert_eq!(o.context.as_deref(), Some("arn:aws:eks:eu-west-1:1:cluster/a"));
        assert_eq!(o.namespaces.len(), 2);
        assert!(o.with.contains("events"));
        assert_eq!((o.watches, o.page), (3, 50));
        assert_eq!(o.groups, ["dev team", "ops"]);
        assert_eq!(o.kubeconfig.len(), 2);
        assert_eq!(read(&[("context", "all")]).unwrap(), Options::default());
    }

    #[test]
    fn what_is_wrong_is_told_with_what_is_right() {
        let wrong = |options: &[(&str, &str)], words: &str| {
            let told = read(options).unwrap_err();
            assert!(told.contains(words), "{told}");
        };
        wrong(&[("contexts", "a")], "did you mean `context`?");
        wrong(&[("namspaces", "a")], "did you mean `namespaces`?");
        wrong(&[("colour", "red")], "it knows context, kubeconfig");
        wrong(&[("page", "0")], "from 1 to 10000");
        wrong(&[("watches", "many")], "from 0 to 10000");
        wrong(&[("kubeconfig", "config")], "absolute path");
        wrong(&[("namespaces", "a/b")], "lower-case letters");
        wrong(&[("as-group", "g")], "which user");
        wrong(&[("kinds", "pods"), ("without", "pods")], "leave one of them out");
        wrong(&[("context", " ")], "empty option");
    }

    #[test]
    fn kinds_go_by_all_their_names() {
        let deployments = resource("apps", "deployments", "Deployment", "deploy");
        for word in ["deployments", "deployments.apps", "deployment", "deploy", "Deployment.apps"] {
            let o = read(&[("kinds", word)]).unwrap();
            assert_eq!(o.leaves_out(&deployments), None, "{word}");
            assert!(read(&[("without", word)]).unwrap().leaves_out(&deployments).is_some());
        }
        assert!(read(&[("kinds", "pods")]).unwrap().leaves_out(&deployments).is_some());
    }

    #[test]
    fn events_and_leases_are_off_until_asked_for() {
        let events = resource("", "events", "Event", "ev");
        let leases = resource("coordination.k8s.io", "leases", "Lease", "lease");
        assert!(read(&[]).unwrap().leaves_out(&events).unwrap().contains("with=events"));
        assert!(read(&[]).unwrap().leaves_out(&leases).is_some());
        assert_eq!(read(&[("with", "events")]).unwrap().leaves_out(&events), None);
        assert_eq!(read(&[("kinds", "leases")]).unwrap().leaves_out(&leases), None);
        let samples = resource("metrics.k8s.io", "pods", "PodMetrics", "");
        assert!(read(&[("kinds", "pods")]).unwrap().leaves_out(&samples).is_some());
        assert_eq!(read(&[("with", "pods.metrics.k8s.io")]).unwrap().leaves_out(&samples), None);
    }

    #[test]
    fn of_secrets_only_the_metadata_is_ever_read() {
        let secrets = resource("", "secrets", "Secret", "");
        let pods = resource("", "pods", "Pod", "po");
        assert!(read(&[]).unwrap().only_metadata(&secrets));
        assert!(read(&[("metadata", "pods")]).unwrap().only_metadata(&pods));
        assert!(!read(&[]).unwrap().only_metadata(&pods));
    }
}
