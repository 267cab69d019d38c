//! `get`: everything that is known of one asset.

use clap::{Args, ValueEnum};
use cloudscope_application::{Command, Reply};
use cloudscope_domain::AssetDetail;
use miette::{Result, miette};
use serde_json::Value;

use super::{
    at::At,
    output::{self, Exit},
};
use crate::{attached::unexpected, wiring::Wiring};

/// Everything that is known of one asset: every record of it, payload and relationships.
#[derive(Debug, Args)]
pub(crate) struct Get {
    /// Its id, or a short name that only one asset bears
    id: String,
    #[command(flatten)]
    at: At,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Yaml)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// YAML, for reading
    Yaml,
    /// JSON, an array with one object per record
    Json,
}

impl Get {
    pub(super) async fn run(self, wiring: &Wiring) -> Result<Exit> {
        let at = match self.at.moment(wiring.now()) {
            Ok(at) => at,
            Err(report) => {
                super::report(&report);
                return Ok(Exit::Usage);
            }
        };
        let attached = wiring.attach().await?;
        let reply = attached.ask(Command::Get { id: self.id.as_str().into(), at }).await;
        attached.close().await;
        let Reply::Details(details) = reply? else { return Err(unexpected()) };
        if details.is_empty() {
            return Err(miette!(
                help = "`cloudscope query` lists what there is; ids are printed with --columns id,name",
                "no asset `{}` in the inventory{}",
                cloudscope_domain::text::visible(&self.id),
                if at.is_some() { " then" } else { "" }
            ));
        }
        let objects = details.iter().map(object).collect::<Result<Vec<Value>>>()?;
        let text = match self.format {
            Format::Json => output::json(&objects, true)? + "\n",
            Format::Yaml => {
                let mut text = String::new();
                for object in &objects {
                    let yaml =
                        serde_saphyr::to_string(object).map_err(|e| miette!("cannot write YAML: {e}"))?;
                    text.push_str("---\n");
                    text.push_str(yaml.trim_end());
                    text.push('\n');
                }
                // Line breaks between nodes stay; whatever else is hostile is shown, not sent.
                text.split('\n').map(cloudscope_domain::text::visible).collect::<Vec<_>>().join("\n")
            }
        };
        output::print(&text)?;
        Ok(Exit::Well)
    }
}

/// One flat object: the row's fields, then what only a detail has.
pub(super) fn object(detail: &AssetDetail) -> Result<Value> {
    let wrong = |e: serde_json::Error| miette!("cannot write JSON: {e}; this is a defect");
    let mut value = serde_json::to_value(&detail.row).map_err(wrong)?;
    if let Value::Object(map) = &mut value {
        map.insert("scope".into(), serde_json::to_value(&detail.scope).map_err(wrong)?);
        map.insert("revision".into(), serde_json::to_value(detail.revision).map_err(wrong)?);
        map.insert("run".into(), serde_json::to_value(detail.run).map_err(wrong)?);
        map.insert("relationships".into(), serde_json::to_value(&detail.relationships).map_err(wrong)?);
        if !detail.differences.is_empty() {
            map.insert("differences".into(), serde_json::to_value(&detail.differences).map_err(wrong)?);
        }
    }
    Ok(value)
}
