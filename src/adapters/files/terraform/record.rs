//! Makes the records of a state: one for the state itself, one for each resource instance with its
//! edges. Everything told here was redacted before it was looked at.

use std::{path::Path, sync::Arc};

use cloudscope_catalog::MapContext;
use cloudscope_domain::{
    Asset, AssetId, AssetKey, Category, Incarnation, Kind, Payload, Reference, Relation, Sighting, Status,
    StatusClass, Target, asset::Provider,
};
use serde_json::{Map, Value, json};

use super::{
    accounts::Accounts,
    depends::Depends,
    facts::Facts,
    secrets,
    state::{Instance, Resource, State},
    sweep::Swept,
};
use crate::{rows::cut, tools::Tools};

/// Writes the records of one state file.
pub(crate) struct Writer<'a> {
    path: &'a Path,
    tools: &'a Tools,
    sweep: &'a Swept,
    depends: &'a Depends,
    accounts: &'a Accounts,
    state_id: AssetId,
    none: Arc<[String]>,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(
        path: &'a Path,
        tools: &'a Tools,
        sweep: &'a Swept,
        depends: &'a Depends,
        accounts: &'a Accounts,
    ) -> Self {
        let state_id = format!("terraform:{}", path.display()).into();
        Self { path, tools, sweep, depends, accounts, state_id, none: Arc::new([]) }
    }

    /// The record of the state file itself.
    pub(crate) fn state(&self, state: &State<'_>) -> Sighting {
        let mut outputs = Map::new();
        for output in &state.outputs {
            let mut value = output.value.clone();
            if output.sensitive {
                self.tools.redactor.replace(&mut value, "sensitive");
            }
            // Under its own name, so that an output called `password` counts as one.
            let mut named = Value::Object(Map::from_iter([(output.name.clone(), value)]));
            self.clean(&mut named);
            let value = named.as_object_mut().and_then(|m| m.values_mut().next().map(Value::take));
            outputs.insert(
                output.name.clone(),
                json!({"value": value, "type": output.type_, "sensitive": output.sensitive}),
            );
        }
        let properties = json!({
            "path": self.path.to_string_lossy(),
            "version": 4,
            "terraform_version": state.terraform_version,
            "serial": state.serial,
            "lineage": state.lineage,
            "outputs": outputs,
        });
        let file = |p: &Path| p.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let name = match self.path.parent().map(file) {
            // Nearly every state has the same file name: the directory tells them apart.
            Some(directory) if !directory.is_empty() => format!("{directory}/{}", file(self.path)),
            _ => file(self.path),
        };
        let mut asset = self.asset(self.state_id.clone(), Kind::from_words(["terraform", "state"]), name);
        asset.category = Category::Management;
        asset.properties = Payload::from_value(&properties);
        Sighting {
            asset,
            references: Vec::new(),
            volatile: ["/serial".to_owned()].into(),
            sets: self.none.clone(),
        }
    }

    /// The record of one resource instance.
    pub(crate) fn instance(
        &self,
        resource: &Resource<'_>,
        instance: &Instance<'_>,
        address: &str,
    ) -> Sighting {
        let redactor = &self.tools.redactor;
        let mut attributes = instance.attributes();
        secrets::redact(&mut attributes, resource, instance, &mut |value| {
            redactor.replace(value, "sensitive");
        });
        self.clean(&mut attributes);
        let mut facts = Facts::of(&attributes);
        if facts.account.is_empty() {
            facts.account = self.accounts.of(resource).unwrap_or_default().to_owned();
        }
        let (kind, category, cloud_id) = self.meaning(resource, &attributes, &facts);

        // An address with a secret as its key would carry it into the id.
        let address = self.clean_text(address);
        let name = if facts.name.is_empty() { address.clone() } else { facts.name.clone() };
        let mut asset = self.asset(self.id_of(&address), kind, name);
        asset.category = category;
        asset.account = facts.account.into();
        asset.region = facts.region.into();
        asset.zone = facts.zone.into();
        asset.tags = facts.tags;
        asset.addresses = facts.addresses;
        asset.created_at = facts.created_at;
        asset.aliases = vec![address.clone()];
        asset.status = status(instance);
        let mut references = Vec::new();
        if let Some(id) = cloud_id {
            if resource.is_data() {
                references.push(edge("reads", Target::Id(id), "$.attributes"));
            } else {
                references.push(edge("declares", Target::Id(id.clone()), "$.attributes"));
                asset.declares = Some(id);
            }
        }
        let relation = if resource.is_data() { "recorded-in" } else { "managed-by" };
        references.push(edge(relation, Target::Id(self.state_id.clone()), "state file"));
        self.dependencies(resource, instance, &address, &mut references);
        asset.properties = self.properties(resource, instance, &address, attributes);
        Sighting { asset, references, volatile: self.none.clone(), sets: ["/dependencies".to_owned()].into() }
    }

    /// The kind of the record, what it is for, and the cloud asset that it declares.
    fn meaning(
        &self,
        resource: &Resource<'_>,
        attributes: &Value,
        facts: &Facts,
    ) -> (Kind, Category, Option<AssetId>) {
        let kind = Kind::from_words(["terraform", cut(&resource.type_, 64)]);
        let known = self.tools.catalog.terraform(&resource.type_);
        let context = MapContext {
            account: facts.account.clone(),
            region: facts.region.clone(),
            ..MapContext::default()
        };
        let declared = known
            .and_then(|known| known.declared(attributes, &context))
            .map(|id| crate::cloud::parse(id.as_str()).map_or(id, |cloud| cloud.id))
            .or_else(|| facts.cloud.as_ref().map(|cloud| cloud.id.clone()));
        (kind, known.map_or(Category::Other, |known| known.category), declared)
    }

    fn dependencies(
        &self,
        resource: &Resource<'_>,
        instance: &Instance<'_>,
        address: &str,
        references: &mut Vec<Reference>,
    ) {
        let most = self.tools.limits.edges;
        for (at, dependency) in instance.dependencies().iter().enumerate() {
            let rule = format!("$.dependencies[{at}]");
            let Some(meant) = self.depends.meant(resource.module(), dependency, most) else {
                // Destroyed, or never applied: shown as dangling.
                let target = Target::Id(self.id_of(&self.clean_text(dependency)));
                references.push(edge("depends-on", target, &rule));
                continue;
            };
            let rule = if meant.of > meant.addresses.len() {
                format!("{rule} (the first {} of {} instances)", meant.addresses.len(), meant.of)
            } else {
                rule
            };
            for other in meant.addresses {
                let other = self.clean_text(other);
                if other != address {
                    references.push(edge("depends-on", Target::Id(self.id_of(&other)), &rule));
                }
            }
        }
    }

    fn properties(
        &self,
        resource: &Resource<'_>,
        instance: &Instance<'_>,
        address: &str,
        attributes: Value,
    ) -> Payload {
        let mut map = Map::new();
        let mut put = |name: &str, value: Value| {
            if !value.is_null() {
                map.insert(name.to_owned(), value);
            }
        };
        put("address", json!(address));
        put("module", json!(resource.module.as_deref().map(|m| self.clean_text(m))));
        put("mode", json!(resource.mode));
        put("type", json!(resource.type_));
        put("name", json!(resource.name));
        let mut key = instance.index_key.clone().unwrap_or_default();
        self.clean(&mut key);
        put("index_key", key);
        put("provider", json!(resource.provider));
        put("schema_version", instance.schema_version.clone().filter(Value::is_number).unwrap_or_default());
        put("status", json!(instance.status));
        put("deposed", json!(instance.deposed));
        put("create_before_destroy", json!(instance.create_before_destroy.filter(|yes| *yes)));
        let dependencies: Vec<String> = instance.dependencies().iter().map(|d| self.clean_text(d)).collect();
        put("dependencies", if dependencies.is_empty() { Value::Null } else { json!(dependencies) });
        put("attributes", attributes);
        Payload::from_value(&Value::Object(map))
    }

    fn id_of(&self, address: &str) -> AssetId {
        format!("{}#{address}", self.state_id).into()
    }

    fn asset(&self, id: AssetId, kind: Kind, name: String) -> Asset {
        Asset {
            key: AssetKey { id, incarnation: Incarnation::default() },
            kind,
            category: Category::Other,
            provider: Provider::from("terraform"),
            name: name.into(),
            account: "".into(),
            region: "".into(),
            zone: "".into(),
            status: None,
            tags: Default::default(),
            created_at: None,
            addresses: Vec::new(),
            aliases: Vec::new(),
            declares: None,
            properties: Payload::default(),
        }
    }

    /// Known secrets first, so that their mark says that they were marked; then whatever looks secret.
    fn clean(&self, value: &mut Value) {
        self.sweep.value(value, &self.tools.redactor);
        self.tools.redactor.value(value);
    }

    fn clean_text(&self, text: &str) -> String {
        let swept = self.sweep.text(text, &self.tools.redactor);
        let text = swept.as_deref().unwrap_or(text);
        self.tools.redactor.text(text).unwrap_or_else(|| text.to_owned())
    }
}

fn status(instance: &Instance<'_>) -> Option<Status> {
    let word = match (&instance.deposed, instance.status.as_deref()) {
        (Some(key), _) if !key.is_empty() => "deposed",
        (_, Some(word)) if !word.is_empty() => word,
        _ => return None,
    };
    let class = match word {
        "tainted" | "deposed" => StatusClass::Warning,
        _ => StatusClass::Unknown,
    };
    Some(Status { word: word.into(), class })
}

fn edge(relation: &'static str, target: Target, rule: &str) -> Reference {
    Reference {
        relation: Relation::from(relation),
        target,
        reverse: false,
        confidence: 1.0,
        rule: rule.into(),
    }
}
