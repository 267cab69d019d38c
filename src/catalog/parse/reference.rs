//! Reads one `[[kind.reference]]` table.

use cloudscope_domain::{Kind, Relation};

use crate::{
    error::SpecError,
    parse::fields::Fields,
    spec::{ReferenceSpec, TargetSpec},
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
    let reverse = fields.flag("reverse")?;
    let confidence = fields.share("confidence", 1.0)?;
    let target = match (id, name) {
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
        (None, None) if path.is_none() => {
            return Err(fields
                .error(at, "a reference needs a `path`, an `id` or a `name` that leads to its other end"));
        }
        (None, None) => {
            let name = Template::parse("{}").map_err(|why| fields.error(at, why))?;
            TargetSpec::Named { kind, name }
        }
    };
    let rule = match (&path, &target) {
        (Some(path), _) => path.shared(),
        (None, TargetSpec::Id(t) | TargetSpec::Named { name: t, .. }) => t.as_str().into(),
    };
    fields.finish()?;
    Ok(ReferenceSpec { path, relation, target, reverse, confidence, rule })
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
