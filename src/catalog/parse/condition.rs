//! Reads conditions: `when = { path = "/Engine", is = ["docdb"] }`.

use crate::{
    error::SpecError,
    list::{Wanted, When},
    parse::fields::Fields,
};

/// Every condition of a table.
pub(super) fn all(fields: &mut Fields<'_>) -> Result<Vec<When>, SpecError> {
    let source = fields.source();
    let items = fields.some("when");
    items.into_iter().map(|item| one(Fields::of(source, item, "a condition")?)).collect()
}

fn one(mut fields: Fields<'_>) -> Result<When, SpecError> {
    let at = fields.need("path")?.span().start;
    let text = fields.words("path")?;
    let path = fields.path(text, at)?;
    let (is, not) = (words(&mut fields, "is")?, words(&mut fields, "not")?);
    let missing = fields.take("missing").map(|_| fields.flag("missing")).transpose()?;
    let what = match (is.is_empty(), not.is_empty(), missing) {
        (false, true, None) => Wanted::Is(is),
        (true, false, None) => Wanted::Not(not),
        (true, true, Some(true)) => Wanted::Missing,
        (true, true, Some(false)) => Wanted::There,
        _ => {
            return Err(fields.error(fields.at(), "a condition has texts in `is` or in `not`, or `missing`"));
        }
    };
    fields.finish()?;
    Ok(When { path, what })
}

fn words(fields: &mut Fields<'_>, key: &'static str) -> Result<Vec<String>, SpecError> {
    Ok(fields.texts(key)?.into_iter().map(|(text, _)| text.to_owned()).collect())
}
