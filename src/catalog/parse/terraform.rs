//! Reads one `[[terraform]]` table.

use cloudscope_domain::Kind;

use crate::{error::SpecError, parse::fields::Fields, terraform::TerraformType};

/// A resource type, and where it stands in the file.
pub(super) fn read(mut fields: Fields<'_>) -> Result<(TerraformType, usize), SpecError> {
    let at = fields.at();
    let type_name = fields.words("type")?;
    let stem = type_name.strip_suffix('*').unwrap_or(type_name);
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    if !stem.chars().all(good) {
        return Err(fields.error(at, format!("`{type_name}` is not a resource type; write such as `aws_instance`, or `aws_*` for all of a provider")));
    }
    let kind = match fields.take("kind") {
        Some(_) => Some(fields.parsed::<Kind>("kind")?),
        None => None,
    };
    let category = fields.parsed("category")?;
    let title = fields.text("title")?.unwrap_or(type_name).into();
    let id = fields.templates("id")?;
    let whole = !fields.flag("partly")?;
    fields.finish()?;
    Ok((TerraformType { type_name: type_name.to_owned(), kind, category, title, id, whole }, at))
}
