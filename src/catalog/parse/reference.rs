//! Reads one `[[kind.reference]]` table.

use cloudscope_domain::{Kind, Relation};

use crate::{
    error::SpecError,
    parse::{condition, fields::Fields},
    spec::{PlacesSpec, ReferenceSpec, TargetSpec},
    template::Template,
};

/// An edge.
pub(super) fn read(mut fields: Fields<'_>) -> Result<ReferenceSpec, SpecError> {
    let at = fields.at();
    let path = match fields.text("path")? {
        Some(text) => Some(fields.path(text, at)?),
        None => None,
    };
    let relation = fields.words("relation")?;
    if !relation.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
        return Err(fields.error(
            at,
            format!("relation `{relation}` is not a verb phrase in kebab case such as `listens-on`"),
        ));
    }
    let relation = Relation::from(relation);
    let id = template(&mut fields, "id", path.is_some())?;
    let name = template(&mut fields, "name", path.is_some())?;
    let kind = match fields.take("kind") {
        Some(_) => Some(fields.parsed::<Kind>("kind")?),
        None => None,
    };
    let selected = selected(&mut fields, path.is_some())?;
    if selected.is_some() && (id.is_some() || name.is_some() || kind.is_some()) {
        return Err(fields.error(at, "a reference that selects has no `id`, `name` or `kind` besides"));
    }
    let when = condition::all(&mut fields)?;
    let reverse = fields.flag("reverse")?;
    let confidence = fields.share("confidence", 1.0)?;
    let target = if let Some(selected) = selected {
        selected
    } else {
        one(&fields, at, id, name, kind, path.is_some())?
    };
    let rule = match (&path, &target) {
        (Some(path), _) => path.shared(),
        (
            None,
            TargetSpec::Id(t) | TargetSpec::Named { name: t, .. } | TargetSpec::Selected { within: t, .. },
        ) => t.as_str().into(),
    };
    fields.finish()?;
    Ok(ReferenceSpec { path, relation, when, target, reverse, confidence, rule })
}

/// A target that is one asset.
fn one(
    fields: &Fields<'_>,
    at: usize,
    id: Option<Template>,
    name: Option<Template>,
    kind: Option<Kind>,
    matched: bool,
) -> Result<TargetSpec, SpecError> {
    Ok(match (id, name) {
        (Some(_), Some(_)) => {
            return Err(fields.error(
                at,
                "a reference has an `id` or a `name`, not both; `name` is looked up among aliases",
            ));
        }
        (Some(id), None) if kind.is_none() => TargetSpec::Id(id),
        (Some(_), None) => {
            return Err(fields.error(at, "a reference with an `id` needs no `kind`; drop one of them"));
        }
        (None, Some(name)) => TargetSpec::Named { kind, name },
        (None, None) if !matched => {
            return Err(fields
                .error(at, "a reference needs a `path`, an `id` or a `name` that leads to its other end"));
        }
        (None, None) => {
            let name = Template::parse("{}").map_err(|why| fields.error(at, why))?;
            TargetSpec::Named { kind, name }
        }
    })
}

/// A target that is whatever fits: `select`, `within`, `empty`.
fn selected(fields: &mut Fields<'_>, matched: bool) -> Result<Option<TargetSpec>, SpecError> {
    let at = fields.at();
    let kind = match fields.take("select") {
        Some(_) => Some(fields.parsed::<Kind>("select")?),
        None => None,
    };
    let within = template(fields, "within", matched)?;
    let empty = fields.text("empty")?;
    let by = match fields.text("by")? {
        Some(text) => Some(fields.path(text, at)?),
        None => None,
    };
    let places = match fields.take("places") {
        Some(item) => Some(places(Fields::of(fields.source(), item, "the places")?)?),
        None => None,
    };
    let Some(kind) = kind else {
        return match (within, empty, by, places) {
            (None, None, None, None) => Ok(None),
            _ => Err(fields.error(
                at,
                "`within`, `empty`, `by` and `places` belong to `select`, the kind that is selected",
            )),
        };
    };
    if !matched {
        return Err(fields.error(at, "a reference that selects needs a `path` to the selector"));
    }
    let Some(within) = within else {
        return Err(
            fields.error(at, "a reference that selects needs `within`: how the ids begin that it may select")
        );
    };
    let empty_is_all = match empty {
        None | Some("all") => true,
        Some("none") => false,
        Some(word) => return Err(fields.error(at, format!("`empty` is `all` or `none`, not `{word}`"))),
    };
    Ok(Some(TargetSpec::Selected { kind, within, empty_is_all, by, places }))
}

/// Where something is selected: `{ select = "k8s.core.namespace", within = "...", by = "/namespaceSelector" }`.
fn places(mut fields: Fields<'_>) -> Result<PlacesSpec, SpecError> {
    let at = fields.at();
    fields.need("select")?;
    let kind = fields.parsed::<Kind>("select")?;
    let Some(within) = template(&mut fields, "within", true)? else {
        return Err(fields.error(at, "places need `within`: how their ids begin"));
    };
    let text = fields.words("by")?;
    let by = fields.path(text, at)?;
    fields.finish()?;
    Ok(PlacesSpec { kind, within, by })
}

fn template(
    fields: &mut Fields<'_>,
    key: &'static str,
    matched: bool,
) -> Result<Option<Template>, SpecError> {
    let Some(item) = fields.take(key) else { return Ok(None) };
    let at = item.span().start;
    let text = fields.words(key)?;
    let template = Template::parse(text).map_err(|why| fields.error(at, why))?;
    if template.uses_match() && !matched {
        return Err(fields.error(
            at,
            format!("template `{text}` asks for the matched value, but the reference has no `path`"),
        ));
    }
    Ok(Some(template))
}
