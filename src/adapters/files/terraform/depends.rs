//! Who depends on whom within one state. A dependency names a whole resource without keys; it means
//! the instances in the same module instance where there are some, else all of them.

use std::collections::HashMap;

use super::{
    address::{module_steps, without_keys},
    state::{Instance, Resource},
};

/// The instances of a state by the address of their resource without keys.
#[derive(Default)]
pub(crate) struct Depends {
    instances: HashMap<String, Vec<Known>>,
}

struct Known {
    module: String,
    address: String,
}

/// What a dependency stands for.
pub(crate) struct Meant<'a> {
    pub(crate) addresses: Vec<&'a str>,
    /// How many there are, of which `addresses` may hold only the first.
    pub(crate) of: usize,
}

impl Depends {
    pub(crate) fn add(&mut self, resource: &Resource<'_>, instance: &Instance<'_>) {
        // A deposed object is on its way out: nothing new depends on it.
        if instance.deposed.is_some() {
            return;
        }
        let known =
            Known { module: resource.module().to_owned(), address: resource.instance_address(instance) };
        self.instances.entry(without_keys(&resource.address())).or_default().push(known);
    }

    /// The instances that `dependency` means for something in the module instance `module`, at most
    /// `most` of them: a thousand instances that depend on a thousand would be a million edges.
    pub(crate) fn meant(&self, module: &str, dependency: &str, most: usize) -> Option<Meant<'_>> {
        let bare = without_keys(dependency);
        let all = self.instances.get(&bare).or_else(|| {
            // Until 0.12.7 an address was relative to the module that it stood in.
            let prefix = without_keys(module);
            self.instances.get(&format!("{prefix}.{bare}"))
        })?;
        let from = module_steps(module);
        let near: Vec<&Known> =
            all.iter().filter(|known| agree(&from, &module_steps(&known.module))).collect();
        let meant: Vec<&Known> = if near.is_empty() { all.iter().collect() } else { near };
        let exact: Vec<&Known> = meant.iter().copied().filter(|known| known.address == dependency).collect();
        let meant = if exact.is_empty() { meant } else { exact };
        let of = meant.len();
        Some(Meant { addresses: meant.into_iter().take(most).map(|k| k.address.as_str()).collect(), of })
    }
}

/// Whether two module paths have the same keys as far as they go through the same modules.
fn agree(a: &[(&str, &str)], b: &[(&str, &str)]) -> bool {
    a.iter().zip(b).take_while(|(x, y)| x.0 == y.0).all(|(x, y)| x.1 == y.1)
}
