//! Cycles among sibling modules, at every level of a crate.
//!
//! The rule: take any module and look at its children. When code anywhere below child `a` names
//! something that is defined below child `b`, there is an edge from `a` to `b`, and these edges may not
//! form a circle. What a module and its own descendants say of each other does not count: a parent
//! re-exports its children and holds the types that they share, so the two are one unit to the reader.
//! A re-export is followed to where the name is defined, so that `crate::Asset` means `asset`, not the
//! crate root. Test code does not count.

use std::collections::{BTreeMap, BTreeSet};

use super::modules::{Name, Tree};

/// Which sibling names which, and the first place where it does.
type Edges = BTreeMap<String, BTreeMap<String, String>>;

/// Every cycle, once, in words.
pub(super) fn find(tree: &Tree) -> Vec<String> {
    let mut levels: BTreeMap<Name, Edges> = BTreeMap::new();
    for from in tree.modules.keys() {
        for (to, written) in tree.uses(from) {
            let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
            let (Some(a), Some(b)) = (from.get(shared), to.get(shared)) else { continue };
            let place = format!("{} names {written}", from.join("::"));
            let edges = levels.entry(from[..shared].to_vec()).or_default();
            edges.entry(a.clone()).or_default().entry(b.clone()).or_insert(place);
        }
    }
    levels.iter().flat_map(|(level, edges)| circles(level, edges)).collect()
}

/// Depth first from every module; an edge to one that is still open closes a circle.
fn circles(level: &Name, edges: &Edges) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen_circles = BTreeSet::new();
    let mut done = BTreeSet::new();
    for start in edges.keys() {
        walk(start, edges, &mut Vec::new(), &mut done, &mut |circle: &[String]| {
            let mut members = circle.to_vec();
            members.sort();
            if seen_circles.insert(members) {
                found.push(describe(level, edges, circle));
            }
        });
    }
    found
}

fn walk(
    at: &str,
    edges: &Edges,
    open: &mut Vec<String>,
    done: &mut BTreeSet<String>,
    circle: &mut dyn FnMut(&[String]),
) {
    if let Some(start) = open.iter().position(|m| m == at) {
        circle(&open[start..]);
        return;
    }
    if done.contains(at) {
        return;
    }
    open.push(at.to_owned());
    for next in edges.get(at).into_iter().flat_map(BTreeMap::keys) {
        walk(next, edges, open, done, circle);
    }
    open.pop();
    done.insert(at.to_owned());
}

fn describe(level: &Name, edges: &Edges, circle: &[String]) -> String {
    let place = if level.is_empty() { "the crate root".to_owned() } else { level.join("::") };
    let mut out = format!("a cycle below {place}: {} -> {}", circle.join(" -> "), circle[0]);
    for (i, from) in circle.iter().enumerate() {
        let to = &circle[(i + 1) % circle.len()];
        out.push_str(&format!("\n    {from} -> {to}: {}", edges[from][to]));
    }
    out
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn check(files: &[(&str, &str)]) -> Vec<String> {
        let open = |path: &Path| {
            let name = path.to_str().unwrap();
            files.iter().find(|(file, _)| *file == name).map(|(_, text)| (*text).to_owned())
        };
        find(&Tree::read(Path::new("lib.rs"), &open))
    }

    #[test]
    fn two_siblings_that_name_each_other_are_a_cycle() {
        let found = check(&[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use crate::b::B; pub struct A(B);"),
            ("b.rs", "pub struct B; fn f(x: super::a::A) {}"),
        ]);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("a cycle below the crate root: a -> b -> a"), "{}", found[0]);
        assert!(found[0].contains("a -> b: a names crate::b::B"), "{}", found[0]);
    }

    #[test]
    fn a_cycle_through_a_re_export_is_found() {
        let found = check(&[
            ("lib.rs", "mod a; mod b; mod c; pub use a::A; pub use b::{B as Renamed}; pub use c::C;"),
            ("a.rs", "use crate::Renamed;"),
            ("b.rs", "use crate::C;"),
            ("c.rs", "fn f() -> crate::A {}"),
        ]);
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("a -> b -> c -> a"), "{}", found[0]);
    }

    #[test]
    fn a_cycle_deep_inside_is_found_at_its_level() {
        let found = check(&[
            ("lib.rs", "mod x; mod y;"),
            ("x.rs", "mod p; mod q;"),
            ("x/p.rs", "use super::q;"),
            ("x/q.rs", "mod deep;"),
            ("x/q/deep.rs", "use crate::x::p::Thing; use super::super::p;"),
            ("y.rs", "use crate::x;"),
        ]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("a cycle below x: p -> q -> p"), "{}", found[0]);
    }

    #[test]
    fn what_is_no_cycle_is_left_alone() {
        let found = check(&[
            // A parent re-exports a child, and the child uses the parent's type.
            ("lib.rs", "mod a; mod b; pub use a::A; pub struct Shared;"),
            ("a.rs", "use crate::{Shared, b::B}; mod inner; pub use inner::I;"),
            ("a/inner.rs", "use super::A; use crate::Shared;"),
            // Comments, strings, test code and other crates are no edges.
            (
                "b.rs",
                "// use crate::a;\nconst S: &str = \"crate::a::A\"; use a::b; use other::crate_a;
                 #[cfg(test)] mod tests { use crate::a::A; }
                 mod own { use super::helper; }",
            ),
        ]);
        assert_eq!(found, [""; 0]);
    }
}
