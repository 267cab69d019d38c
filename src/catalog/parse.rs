//! Reads a spec file. Every mistake is refused with its line and with what would be right; there is
//! no lenient mode, because a key that is silently ignored is a secret that is silently kept.
//!
//! ```toml
//! version = 1
//!
//! [[kind]]
//! kind = "aws.ec2.instance"
//! category = "compute"
//! provider = "aws"
//! title = "EC2 instance"
//! id = "arn:{partition}:ec2:{region}:{account}:instance/{/InstanceId}"
//! name = ["tag:Name", "/InstanceId"]            # alternatives; one alone needs no brackets
//! zone = "/Placement/AvailabilityZone"
//! created = "/LaunchTime"
//! status = { path = "/State/Name", ok = ["running"], stopped = ["stopped"], default = "unknown" }
//! tags = "/Tags"                                # or { path, shape, key, value, prefix }, or several
//! addresses = ["/PrivateIpAddress"]
//! aliases = ["/InstanceId"]
//! volatile = ["/UsageOperationUpdateTime"]
//! sets = ["/SecurityGroups"]
//! redact = [{ path = "/UserData", why = "user-data" }]
//! columns = ["name", "status"]
//!
//! [[kind.reference]]
//! path = "/VpcId"
//! relation = "in"
//! kind = "aws.ec2.vpc"                          # a short name, looked up among ids and aliases; or
//! # id = "arn:aws:ec2:{region}:{account}:vpc/{}"  the canonical id
//! ```

mod condition;
mod fields;
mod fragment;
mod kind;
mod list;
mod reference;
mod terraform;

use crate::{error::SpecError, spec::KindSpec, terraform::TerraformType};
use fields::{Fields, Source};
pub(crate) use fragment::Fragments;

/// What a file defines.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    pub(crate) kinds: Vec<KindSpec>,
    pub(crate) terraform: Vec<TerraformType>,
}

/// Only this form of files is known.
const VERSION: &str = "1";

/// Reads one file. Also returns the fragments that it defines; `known` are those of other files.
pub(crate) fn file<'a>(
    file: &'a str,
    text: &'a str,
    known: &Fragments<'static>,
) -> Result<(Parsed, Fragments<'a>), SpecError> {
    let source = Source { file, text };
    let root = toml::de::DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |s| s.start);
        source.error(at, error.message().trim().replace('\n', ", "))
    })?;
    let mut fields = Fields::new(source, root.get_ref(), 0, "a spec file");
    version(&mut fields)?;
    let mut parsed = Parsed::default();
    let mut lines: Vec<(String, usize)> = Vec::new();
    let mut once = |what: &str, name: &str, at: usize| {
        let key = format!("{what} `{name}`");
        let line = source.line(at);
        match lines.iter().find(|(k, _)| *k == key) {
            Some((_, first)) => {
                Err(source.error(at, format!("{key} is there already, on line {first}; keep one of them")))
            }
            None => {
                lines.push((key, line));
                Ok(())
            }
        }
    };
    let fragments = fragment::all(source, root.get_ref(), known)?;
    let _ = fields.take("fragment");
    for table in fields.tables("kind", "a kind")? {
        let merged = fragment::merged(source, table.table(), &fragments, known)?;
        let (spec, at) =
            kind::read(merged.as_ref().map_or_else(|| table.clone(), |merged| table.over(merged)))?;
        once("kind", spec.kind.as_str(), at)?;
        parsed.kinds.push(spec);
    }
    for table in fields.tables("terraform", "a terraform type")? {
        let (spec, at) = terraform::read(table)?;
        once("terraform type", &spec.type_name, at)?;
        parsed.terraform.push(spec);
    }
    fields.finish()?;
    Ok((parsed, fragments))
}

fn version(fields: &mut Fields<'_>) -> Result<(), SpecError> {
    let Some(value) = fields.take("version") else {
        return Err(fields.error(0, "the version is missing; write `version = 1` in the first line"));
    };
    let at = value.span().start;
    match value.get_ref().as_integer() {
        Some(v) if v.as_str() == VERSION => Ok(()),
        Some(v) => Err(fields
            .error(at, format!("version {} is not known; this program reads version {VERSION}", v.as_str()))),
        None => Err(fields.error(
            at,
            format!("`version` is a {}; write `version = {VERSION}`", value.get_ref().type_str()),
        )),
    }
}

#[cfg(test)]
mod tests;
