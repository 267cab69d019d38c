//! The catalog: every known kind, built in or the user's own.

use std::{collections::BTreeMap, sync::Arc};

use cloudscope_domain::{Kind, Sighting, Status, declarable::Declarable, redact::Redactor};
use serde_json::Value;

use crate::{
    builtin,
    context::MapContext,
    engine,
    error::{MapError, SpecError},
    parse,
    spec::KindSpec,
    terraform::TerraformType,
};

/// Every known kind. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    kinds: BTreeMap<Kind, Arc<KindSpec>>,
    /// Rows for every kind below one, by that one.
    every: BTreeMap<Kind, Arc<KindSpec>>,
    fragments: parse::Fragments<'static>,
    terraform: BTreeMap<String, Arc<TerraformType>>,
}

impl Catalog {
    /// The kinds that ship with the program.
    ///
    /// # Errors
    /// When a built-in spec is wrong, which a test rules out.
    pub fn builtin() -> Result<Self, SpecError> {
        let mut catalog = Self::default();
        for &(file, text) in builtin::FILES {
            let (parsed, fragments) = parse::file(file, text, &catalog.fragments)?;
            catalog.take(parsed);
            catalog.fragments.extend(fragments);
        }
        Ok(catalog)
    }

    /// Adds the kinds of one spec file; a kind that is there already is replaced.
    ///
    /// # Errors
    /// With file, line and reason; nothing of the file is taken then.
    pub fn add(&mut self, file: &str, text: &str) -> Result<(), SpecError> {
        let (parsed, _) = parse::file(file, text, &self.fragments)?;
        self.take(parsed);
        Ok(())
    }

    fn take(&mut self, parsed: parse::Parsed) {
        for spec in parsed.kinds {
            let rows = if spec.every { &mut self.every } else { &mut self.kinds };
            rows.insert(spec.kind.clone(), Arc::new(spec));
        }
        self.terraform.extend(parsed.terraform.into_iter().map(|t| (t.type_name.clone(), Arc::new(t))));
    }

    /// What is known of a kind: its own row.
    #[must_use]
    pub fn spec(&self, kind: &Kind) -> Option<&KindSpec> {
        self.kinds.get(kind).map(|spec| &**spec)
    }

    /// The row that a kind is mapped by: its own, or else the one for every kind below the longest beginning
    /// of its name (`k8s.*`).
    #[must_use]
    pub fn spec_or_every(&self, kind: &Kind) -> Option<&KindSpec> {
        self.row(kind).map(|spec| &**spec)
    }

    fn row(&self, kind: &Kind) -> Option<&Arc<KindSpec>> {
        self.kinds.get(kind).or_else(|| {
            let mut start = kind.as_str();
            while let Some((shorter, _)) = start.rsplit_once('.') {
                if let Some(spec) = self.every.get(shorter) {
                    return Some(spec);
                }
                start = shorter;
            }
            None
        })
    }

    /// Every kind, by name.
    pub fn kinds(&self) -> impl Iterator<Item = &KindSpec> {
        self.kinds.values().map(|spec| &**spec)
    }

    /// What a Terraform resource type stands for. A type that no spec names falls back to the one
    /// whose name with a `*` at its end fits best (`aws_*`).
    #[must_use]
    pub fn terraform(&self, type_name: &str) -> Option<&TerraformType> {
        if let Some(exact) = self.terraform.get(type_name) {
            return Some(exact);
        }
        self.terraform
            .values()
            .filter(|t| t.type_name.strip_suffix('*').is_some_and(|start| type_name.starts_with(start)))
            .max_by_key(|t| t.type_name.len())
            .map(|t| &**t)
    }

    /// Every resource type of Terraform that has a row.
    pub fn terraform_types(&self) -> impl Iterator<Item = &TerraformType> {
        self.terraform.values().map(|t| &**t)
    }

    /// The kinds of records that Terraform addresses are, with the kinds that they stand for.
    #[must_use]
    pub fn declarable(&self) -> Declarable {
        let stands_for = |t: &TerraformType| {
            Some((Kind::from_words(["terraform", &t.type_name]), t.kind.clone()?, t.whole))
        };
        Declarable::new(self.terraform_types().filter_map(stands_for))
    }

    /// Maps one item.
    ///
    /// # Errors
    /// When the kind is unknown or the item lacks its id.
    pub fn map(
        &self,
        kind: &Kind,
        item: Value,
        context: &MapContext,
        redactor: &Redactor,
    ) -> Result<Sighting, MapError> {
        self.map_given(kind, item, None, context, redactor)
    }

    /// Maps one item whose status the collector knows; it counts where the row says so (`given`).
    ///
    /// # Errors
    /// When the kind is unknown or the item lacks its id.
    pub fn map_given(
        &self,
        kind: &Kind,
        item: Value,
        status: Option<Status>,
        context: &MapContext,
        redactor: &Redactor,
    ) -> Result<Sighting, MapError> {
        let spec = self.row(kind).ok_or_else(|| MapError::UnknownKind(kind.clone()))?;
        engine::map(spec, kind, item, status, context, redactor)
    }
}
