//! Sources as a user writes them (`host`, `file:inventory.csv,map.id=serial`, a configured name), and
//! those that `sources add` remembers in `sources.yaml`.

use std::{collections::BTreeMap, io::Write, path::Path};

use cloudscope_ports::SourceSpec;
use miette::{Result, miette};
use serde::{Deserialize, Serialize};

/// The file in the configuration directory that `sources add` and `sources remove` write.
pub(crate) const FILE: &str = "sources.yaml";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Remembered {
    version: u32,
    sources: Vec<SourceSpec>,
}

/// A source from its text. `known` are the configured and remembered ones, found by name first.
pub(crate) fn parse(text: &str, known: &[SourceSpec]) -> Result<SourceSpec> {
    if let Some(source) = known.iter().find(|s| s.name.as_str() == text) {
        return Ok(source.clone());
    }
    let (head, rest) = text.split_once(':').unwrap_or((text, ""));
    match head {
        // The estate is made up, for measurements.
        "host" | "demo" | "estate" => {
            Ok(SourceSpec { name: head.into(), collector: head.into(), options: options(head, rest)? })
        }
        "file" => file(rest),
        "aws" => aws(rest),
        "k8s" => k8s(rest),
        "azure" | "gcp" => Err(miette!(
            help = "this version collects `host`, `aws`, `k8s` and `file:PATH` (Terraform state, CSV, JSON, NDJSON)",
            "there is no collector for `{head}` in this version"
        )),
        _ if Path::new(text).exists() => file(text),
        _ => Err(miette!(
            help = "use `host`, `aws`, `k8s`, `file:PATH`, or a name from `cloudscope sources list`",
            "`{text}` is not a source"
        )),
    }
}

/// `[profile=prod,regions=eu-west-1+us-east-1...]`, or a profile alone; called after its profile where that is
/// all it says.
fn aws(text: &str) -> Result<SourceSpec> {
    let options = if text.is_empty() || text.contains(['=', ',']) {
        options("aws", text)?
    } else {
        BTreeMap::from([("profile".to_owned(), text.to_owned())])
    };
    let name = match options.iter().collect::<Vec<_>>()[..] {
        [] => "aws".to_owned(),
        [(key, profile)] if key == "profile" => format!("aws:{profile}"),
        _ => format!("aws:{text}"),
    };
    Ok(SourceSpec { name: name.into(), collector: "aws".into(), options })
}

/// `[context=prod,namespaces=a+b...]`, or a context alone; called after its context where that is all it says.
/// A relative kubeconfig is named from here on by its absolute path.
fn k8s(text: &str) -> Result<SourceSpec> {
    let mut options = if text.is_empty() || text.contains(['=', ',']) {
        options("k8s", text)?
    } else {
        BTreeMap::from([("context".to_owned(), text.to_owned())])
    };
    let name = match options.iter().collect::<Vec<_>>()[..] {
        [] => "k8s".to_owned(),
        [(key, context)] if key == "context" => format!("k8s:{context}"),
        _ => format!("k8s:{text}"),
    };
    if let Some(path) = options.get_mut("kubeconfig")
        && !path.starts_with("~/")
        && !path.contains(':')
    {
        let absolute = std::path::absolute(&*path).map_err(|e| miette!("cannot use the path {path}: {e}"))?;
        let text =
            absolute.to_str().ok_or_else(|| miette!("the path {} is not UTF-8", absolute.display()))?;
        text.clone_into(path);
    }
    Ok(SourceSpec { name: name.into(), collector: "k8s".into(), options })
}

/// `PATH[,option=value...]`: a comma belongs to the path unless `word=` follows it.
fn file(text: &str) -> Result<SourceSpec> {
    let is_option = |part: &str| {
        part.split_once('=').is_some_and(|(key, _)| {
            !key.is_empty() && key.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '.' | '_' | '-'))
        })
    };
    let parts: Vec<&str> = text.split(',').collect();
    let first = (1..parts.len()).find(|i| parts[*i..].iter().all(|p| is_option(p))).unwrap_or(parts.len());
    let path = parts[..first].join(",");
    if path.is_empty() {
        return Err(miette!(
            help = "write file:PATH, such as file:terraform.tfstate",
            "the file has no path"
        ));
    }
    let path = std::path::absolute(&path).map_err(|e| miette!("cannot use the path {path}: {e}"))?;
    let path = path.to_str().ok_or_else(|| miette!("the path {} is not UTF-8", path.display()))?.to_owned();
    let mut options = options("file", &parts[first..].join(","))?;
    options.insert("path".into(), path.clone());
    Ok(SourceSpec { name: format!("file:{path}").into(), collector: "file".into(), options })
}

fn options(source: &str, text: &str) -> Result<BTreeMap<String, String>> {
    let mut options = BTreeMap::new();
    for part in text.split(',').filter(|p| !p.is_empty()) {
        let (key, value) = part.split_once('=').ok_or_else(|| {
            miette!(
                help = "write {source}:key=value,key=value",
                "`{part}` is not an option of the source `{source}`"
            )
        })?;
        options.insert(key.to_owned(), value.to_owned());
    }
    Ok(options)
}

/// The remembered sources.
pub(crate) fn load(config_dir: &Path) -> Result<Vec<SourceSpec>> {
    let path = config_dir.join(FILE);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(miette!("cannot read {}: {e}", path.display())),
    };
    let remembered: Remembered = serde_saphyr::from_str(&text).map_err(|e| {
        miette!(help = "mend it, or move it away to forget the sources in it", "in {}: {e}", path.display())
    })?;
    if remembered.version != 1 {
        return Err(miette!(
            "{} has version {}, this program reads version 1",
            path.display(),
            remembered.version
        ));
    }
    Ok(remembered.sources)
}

/// Replaces the remembered sources, at once and as a whole.
pub(crate) fn save(config_dir: &Path, sources: &[SourceSpec]) -> Result<()> {
    let path = config_dir.join(FILE);
    let body = Remembered { version: 1, sources: sources.to_vec() };
    let text =
        serde_saphyr::to_string(&body).map_err(|e| miette!("cannot write the sources as YAML: {e}"))?;
    let write = || -> std::io::Result<()> {
        std::fs::create_dir_all(config_dir)?;
        let fresh = config_dir.join(format!(".{FILE}.{}", std::process::id()));
        let mut file = std::fs::File::create(&fresh)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&fresh, &path)
    };
    write().map_err(|e| miette!("cannot write {}: {e}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_sources() {
        let host = parse("host", &[]).unwrap();
        assert_eq!((host.name.as_str(), host.collector.as_str()), ("host", "host"));
        let csv = parse("file:/a/b,c.csv,map.id=serial,delimiter=;", &[]).unwrap();
        assert_eq!(csv.name.as_str(), "file:/a/b,c.csv");
        assert_eq!(csv.options["map.id"], "serial");
        assert_eq!(csv.options["delimiter"], ";");
        let name = |text: &str| parse(text, &[]).unwrap().name.to_string();
        assert_eq!(name("aws"), "aws");
        assert_eq!(name("aws:profile=prod"), "aws:prod");
        assert_eq!(parse("aws:prod", &[]).unwrap(), parse("aws:profile=prod", &[]).unwrap());
        assert_eq!(name("aws:profile=prod,regions=eu-west-1"), "aws:profile=prod,regions=eu-west-1");
        assert_eq!(parse("aws:profile=prod", &[]).unwrap().options["profile"], "prod");
        assert_eq!(name("k8s"), "k8s");
        assert_eq!(parse("k8s:prod", &[]).unwrap(), parse("k8s:context=prod", &[]).unwrap());
        assert_eq!(name("k8s:arn:aws:eks:eu-west-1:1:cluster/a"), "k8s:arn:aws:eks:eu-west-1:1:cluster/a");
        let kept = parse("k8s:kubeconfig=some/config,context=a", &[]).unwrap();
        assert!(
            kept.options["kubeconfig"].starts_with('/')
                && kept.options["kubeconfig"].ends_with("some/config")
        );
        assert!(parse("gcp", &[]).unwrap_err().to_string().contains("no collector"));
        assert!(parse("hots", &[]).is_err());
        assert_eq!(parse("mine", &[SourceSpec { name: "mine".into(), ..host }]).unwrap().collector, "host");
    }

    #[test]
    fn remembered_sources_come_back() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(load(dir.path()).unwrap(), Vec::new());
        let sources = vec![parse("file:/tmp/it's \"odd\": name.csv,format=csv", &[]).unwrap()];
        save(dir.path(), &sources).unwrap();
        assert_eq!(load(dir.path()).unwrap(), sources);
        std::fs::write(dir.path().join(FILE), "version: 1\nsuorces: []\n").unwrap();
        assert!(load(dir.path()).is_err());
    }
}
