//! A sheet, a JSON list and a Terraform state that are cut off, vanish, are replaced by something else, cannot
//! be read, or have a bad row.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use cloudscope_catalog::Catalog;
use cloudscope_domain::redact::Redactor;
use cloudscope_files::{FileCollector, Limits};
use cloudscope_ports::{SourceSpec, contract::sample::Rng};

use super::{Bench, check};

/// Histories of six runs each.
const HISTORIES: u64 = 30;
const RUNS: usize = 6;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    Csv,
    Json,
    Terraform,
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    None,
    CutOff,
    BadRow,
    Vanished,
    IsADirectory,
    Garbage,
    /// Somebody has just opened it to write it anew.
    Emptied,
}

struct File {
    form: Form,
    path: PathBuf,
    there: BTreeSet<u64>,
    serial: u64,
}

impl File {
    fn id(&self, n: u64) -> String {
        match self.form {
            Form::Csv => format!("csv-{n}"),
            Form::Json => format!("json-{n}"),
            Form::Terraform => format!("terraform:{}#null_resource.tf_{n}", self.path.display()),
        }
    }

    /// Its content, with a bad row in it or not, and where it could be cut off in the middle of a row.
    fn text(&self, bad: bool) -> (String, Vec<usize>) {
        let (mut text, mut cuts) = (String::new(), Vec::new());
        match self.form {
            Form::Csv => {
                text.push_str("id,name,notes,region\n");
                for (i, n) in self.there.iter().enumerate() {
                    if bad && i == 0 {
                        text.push_str("\"a quote that\" goes, on\"\n");
                    }
                    let _ = write!(text, "{},web-{n},\"two ", self.id(*n));
                    cuts.push(text.len());
                    let _ = writeln!(text, "words, {n}\",eu-west-1");
                }
            }
            Form::Json => {
                text.push('[');
                for (i, n) in self.there.iter().enumerate() {
                    let comma = if i > 0 { "," } else { "" };
                    let wrong = if bad && i == 0 { "7," } else { "" };
                    let _ = write!(text, "{comma}\n{wrong}{{\"id\":\"{}\",\"name\":", self.id(*n));
                    cuts.push(text.len());
                    let _ = write!(text, "\"web-{n}\"}}");
                }
                text.push_str("\n]\n");
            }
            Form::Terraform => {
                let _ = write!(
                    text,
                    "{{\"version\":4,\"terraform_version\":\"1.9.0\",\"serial\":{},\"lineage\":\"l\",\"outputs\":{{}},\"resources\":[",
                    self.serial
                );
                for (i, n) in self.there.iter().enumerate() {
                    let comma = if i > 0 { "," } else { "" };
                    let wrong = if bad && i == 0 { "7," } else { "" };
                    let _ = write!(
                        text,
                        "{comma}{wrong}{{\"mode\":\"managed\",\"type\":\"null_resource\",\"name\":\"tf_{n}\","
                    );
                    cuts.push(text.len());
                    let _ = write!(
                        text,
                        "\"provider\":\"provider[\\\"registry.terraform.io/hashicorp/null\\\"]\",\"instances\":[{{\"schema_version\":0,\"attributes\":{{\"id\":\"{n}\"}}}}]}}"
                    );
                }
                text.push_str("]}\n");
            }
        }
        (text, cuts)
    }

    fn clear(&self) {
        if self.path.is_dir() {
            fs::remove_dir(&self.path).unwrap();
        } else if self.path.exists() {
            fs::remove_file(&self.path).unwrap();
        }
    }

    fn write(&mut self, fault: Fault, rng: &mut Rng) {
        self.serial += 1;
        self.clear();
        let (text, cuts) = self.text(fault == Fault::BadRow);
        match fault {
            Fault::None | Fault::BadRow => fs::write(&self.path, text).unwrap(),
            Fault::CutOff => {
                let at = usize::try_from(rng.below(cuts.len() as u64)).unwrap();
                fs::write(&self.path, &text.as_bytes()[..cuts.get(at).copied().unwrap_or(1)]).unwrap();
            }
            Fault::Vanished => {}
            Fault::IsADirectory => fs::create_dir(&self.path).unwrap(),
            Fault::Garbage => fs::write(&self.path, [0_u8, 159, 146, 150, 0, 255, 254, 0, 1]).unwrap(),
            Fault::Emptied => fs::write(&self.path, "").unwrap(),
        }
    }

    fn live(&mut self, rng: &mut Rng) {
        for n in 0..12 {
            match rng.below(4) {
                0 => drop(self.there.remove(&n)),
                1 => drop(self.there.insert(n)),
                _ => {}
            }
        }
        // A file without rows is cut off nowhere.
        self.there.insert(99);
    }
}

fn fault(rng: &mut Rng) -> Fault {
    match rng.below(12) {
        0 => Fault::CutOff,
        1 => Fault::BadRow,
        2 => Fault::Vanished,
        3 => Fault::IsADirectory,
        4 => Fault::Garbage,
        5 => Fault::Emptied,
        _ => Fault::None,
    }
}

fn files(dir: &Path) -> Vec<File> {
    [(Form::Csv, "sheet.csv"), (Form::Json, "list.json"), (Form::Terraform, "terraform.tfstate")]
        .map(|(form, name)| File { form, path: dir.join(name), there: BTreeSet::new(), serial: 0 })
        .into()
}

#[tokio::test]
async fn a_file_that_cannot_be_read_whole_takes_nothing_away() {
    let (mut faults, mut gone) = (0, 0);
    for seed in 0..HISTORIES {
        let mut rng = Rng::new(seed + 1);
        let dir = tempfile::tempdir().unwrap();
        let mut files = files(&dir.path().canonicalize().unwrap());
        let sources = files.iter().map(|f| SourceSpec {
            name: format!("file:{}", f.path.display()).as_str().into(),
            collector: "file".into(),
            options: BTreeMap::new(),
        });
        let catalog = Arc::new(Catalog::builtin().unwrap());
        let collector = FileCollector::new(catalog, Redactor::new([3; 32]), Limits::default());
        let bench = Bench::new(Arc::new(collector), sources.collect()).await;
        let mut before = BTreeMap::new();
        for run in 0..RUNS {
            let mut there = BTreeSet::new();
            let mut fates = Vec::new();
            for file in &mut files {
                file.live(&mut rng);
                let fault = if run == 0 { Fault::None } else { fault(&mut rng) };
                file.write(fault, &mut rng);
                there.extend(file.there.iter().map(|n| file.id(*n)));
                fates.push(fault);
            }
            bench.collect().await;
            let after = bench.inventory().await;
            let health = bench.health().await;
            let what = format!("history {seed}, run {run}, {fates:?}");
            let stands = |file: &File| {
                let own = health.iter().filter(|((_, parent), _)| Path::new(parent) == file.path);
                // A file that is not what its name says is another scope; the state of the newest tells.
                own.map(|(_, s)| s).collect::<Vec<_>>()
            };
            let of = |id: &str| files.iter().find(|f| (0..100).any(|n| f.id(n) == id));
            let whole = |id: &str| of(id).is_some_and(|file| stands(file).iter().any(|s| s.whole));
            check(&before, &after, &there, whole, &what);
            for (file, fate) in files.iter().zip(&fates) {
                let present = |n: &u64| after.get(&file.id(*n)) == Some(&"present");
                if *fate == Fault::None {
                    assert!(file.there.iter().all(present), "{what}: {:?} {after:#?}", file.path);
                    let left = (0..100).filter(|n| !file.there.contains(n));
                    for id in left.map(|n| file.id(n)) {
                        assert!(!matches!(after.get(&id), Some(&("present" | "unknown"))), "{id}: {what}");
                    }
                } else {
                    faults += 1;
                    assert!(stands(file).iter().any(|s| !s.whole), "{:?} is called whole: {what}", file.path);
                }
            }
            gone += after.values().filter(|p| **p == "gone").count();
            before = after;
        }
        bench.engine.shutdown().await;
    }
    assert!(faults > 100 && gone > 100, "{faults} faults, {gone} tombstones: it tries too little");
}
