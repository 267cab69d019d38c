//! What people call the kinds: `pods`, `po` and `pod` for one, `deploy` for another. Which kinds a word means.

use cloudscope_application::message::KindWords;

/// The kinds as the engine told of them last.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Kinds {
    all: Vec<KindWords>,
}

impl Kinds {
    /// The engine told.
    pub(crate) fn arrived(&mut self, all: Vec<KindWords>) {
        self.all = all;
    }

    /// Every kind.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &KindWords> {
        self.all.iter()
    }

    /// What is known of a kind.
    pub(crate) fn get(&self, kind: &str) -> Option<&KindWords> {
        self.all.iter().find(|words| words.kind.as_str() == kind)
    }

    /// What people call the things of a kind, if there is such a word: `pods`.
    pub(crate) fn usual(&self, kind: &str) -> Option<String> {
        self.get(kind)?.names.first().cloned()
    }

    /// The kinds that bear a word as a name.
    pub(crate) fn named(&self, word: &str) -> Vec<&KindWords> {
        let word = word.to_lowercase();
        let bears = |words: &&KindWords| {
            words.kind.as_str() == word || words.names.iter().any(|name| name.to_lowercase() == word)
        };
        self.all.iter().filter(bears).collect()
    }

    /// The kinds that a word means: those that bear it as a name; else those of which it is a part. What the
    /// inventory has none of stands back where it has another.
    pub(crate) fn meant(&self, word: &str) -> Vec<&KindWords> {
        let word = word.to_lowercase();
        let part = |words: &&KindWords| words.kind.parts().any(|part| part == word);
        let named = self.named(&word);
        let found = if named.is_empty() { self.all.iter().filter(part).collect() } else { named };
        if found.iter().any(|words| words.count > 0) {
            return found.into_iter().filter(|words| words.count > 0).collect();
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(kind: &str, names: &[&str], count: u64) -> KindWords {
        KindWords {
            kind: kind.parse().unwrap(),
            title: String::new(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            columns: Vec::new(),
            count,
        }
    }

    #[test]
    fn a_word_means_the_kinds_that_bear_it_then_those_of_which_it_is_a_part() {
        let mut kinds = Kinds::default();
        kinds.arrived(vec![
            words("k8s.core.pod", &["pods", "pod", "po"], 40),
            words("k8s.core.service", &["services", "service", "svc"], 4),
            words("k8s.serving.knative.dev.service", &["services", "service", "ksvc"], 2),
            words("k8s.metrics.k8s.io.pod-metrics", &["pods"], 0),
            words("aws.ec2.instance", &[], 9),
            words("aws.ec2.image", &[], 0),
        ]);
        let meant = |word: &str| -> Vec<String> {
            kinds.meant(word).iter().map(|words| words.kind.to_string()).collect()
        };
        assert_eq!(meant("PO"), ["k8s.core.pod"]);
        assert_eq!(meant("pods"), ["k8s.core.pod"], "there are no metrics");
        assert_eq!(meant("svc"), ["k8s.core.service"]);
        assert_eq!(meant("service").len(), 2);
        assert_eq!(meant("ec2"), ["aws.ec2.instance"]);
        assert_eq!(meant("image"), ["aws.ec2.image"], "named, though there is none");
        assert!(meant("colour").is_empty());
    }
}
