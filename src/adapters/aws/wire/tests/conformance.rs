//! The same bytes through botocore and through the codec: `tests/aws/decode.py` writes the cases.

use std::{collections::HashMap, path::Path, process::Command, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::Value;

use super::same::{canonical, difference};
use crate::{
    model::{Models, Service},
    wire::{Bounds, Unknown, decode, encode, error},
};

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Case {
    Define(Value),
    Decode(Answer),
    Encode(Call),
    Error(Refusal),
}

#[derive(Deserialize)]
struct Answer {
    name: String,
    service: String,
    operation: String,
    status: u16,
    headers: HashMap<String, String>,
    body: String,
    expected: Value,
}

#[derive(Deserialize)]
struct Call {
    name: String,
    service: String,
    operation: String,
    input: Value,
    expected: Expected,
}

#[derive(Deserialize)]
struct Expected {
    method: String,
    uri: String,
    host_prefix: Option<String>,
    headers: HashMap<String, String>,
    body: String,
}

#[derive(Deserialize)]
struct Refusal {
    name: String,
    service: String,
    status: u16,
    headers: HashMap<String, String>,
    body: String,
    code: String,
    message: Option<String>,
}

fn header_map(from: &HashMap<String, String>) -> HeaderMap {
    let pair = |(k, v): (&String, &String)| {
        (HeaderName::try_from(k.as_str()).unwrap(), HeaderValue::from_bytes(v.as_bytes()).unwrap())
    };
    from.iter().map(pair).collect()
}

/// Runs the script, or reads the file that `CLOUDSCOPE_AWS_CASES` names.
fn cases(arguments: &[&str]) -> String {
    if let Some(path) = std::env::var_os("CLOUDSCOPE_AWS_CASES") {
        return std::fs::read_to_string(path).unwrap();
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/aws/decode.py");
    let python = std::env::var_os("CLOUDSCOPE_PYTHON").unwrap_or_else(|| "python3".into());
    let run = Command::new(python).arg("-B").arg(script).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(
        run.status.success(),
        "tests/aws/decode.py failed; it needs botocore and moto (pip install boto3 'moto[all]'): {said}"
    );
    String::from_utf8(run.stdout).unwrap()
}

#[derive(Default)]
struct Judge {
    defined: HashMap<String, Arc<Service>>,
    wrong: Vec<String>,
    judged: usize,
}

impl Judge {
    fn service(&self, name: &str) -> Arc<Service> {
        let known = || Models::builtin().service(name);
        self.defined.get(name).cloned().or_else(known).unwrap_or_else(|| panic!("no service {name}"))
    }

    fn judge(&mut self, case: Case) {
        let (name, wrong) = match case {
            Case::Define(line) => {
                let service = Models::builtin().parse(&line.to_string()).unwrap();
                self.defined.insert(service.name.to_string(), Arc::new(service));
                return;
            }
            Case::Decode(case) => (case.name.clone(), self.answer(&case)),
            Case::Encode(case) => (case.name.clone(), self.call(&case)),
            Case::Error(case) => (case.name.clone(), self.refusal(&case)),
        };
        self.judged += 1;
        self.wrong.extend(wrong.map(|what| format!("{name}: {what}")));
    }

    fn answer(&self, case: &Answer) -> Option<String> {
        let service = self.service(&case.service);
        let operation = service.operation(&case.operation).unwrap();
        let body = STANDARD.decode(&case.body).unwrap();
        let headers = header_map(&case.headers);
        let bounds = Bounds { unknown: Unknown::Drop, ..Bounds::default() };
        let shown = || String::from_utf8_lossy(&body).chars().take(1500).collect::<String>();
        match decode(&service, operation, case.status, &headers, &body, bounds) {
            Err(e) => Some(format!("{e}\n    {}\n    {}", shown(), case.expected)),
            Ok(found) => difference(&found, &case.expected).map(|what| format!("{what}\n    {}", shown())),
        }
    }

    fn call(&self, case: &Call) -> Option<String> {
        let service = self.service(&case.service);
        let operation = service.operation(&case.operation).unwrap();
        let request = match encode(&service, operation, &case.input) {
            Ok(request) => request,
            Err(e) => return Some(format!("{e}\n    {}", case.input)),
        };
        let expected = &case.expected;
        let sorted = |uri: &str| {
            let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
            let mut pairs: Vec<_> = query.split('&').map(str::to_owned).collect();
            pairs.sort_unstable();
            (path.to_owned(), pairs)
        };
        if sorted(&request.path_and_query) != sorted(&expected.uri) {
            return Some(format!("URI {} instead of {}", request.path_and_query, expected.uri));
        }
        if request.method.as_str() != expected.method || request.host_prefix != expected.host_prefix {
            return Some(format!("{} {:?}", request.method, request.host_prefix));
        }
        let found: HashMap<_, _> =
            request.headers.iter().map(|(k, v)| (k.to_ascii_lowercase(), v.as_str())).collect();
        let wanted: HashMap<_, _> =
            expected.headers.iter().map(|(k, v)| (k.to_ascii_lowercase(), v.as_str())).collect();
        if found != wanted {
            return Some(format!("headers {found:?} instead of {wanted:?}"));
        }
        let body = STANDARD.decode(&expected.body).unwrap();
        let (found, wanted) = (canonical(&request.body), canonical(&body));
        difference(&found, &wanted).map(|what| format!("body{what}"))
    }

    fn refusal(&self, case: &Refusal) -> Option<String> {
        let service = self.service(&case.service);
        let body = STANDARD.decode(&case.body).unwrap();
        let found = error(&service, case.status, &header_map(&case.headers), &body);
        if found.code != case.code {
            return Some(format!("code {} instead of {}", found.code, case.code));
        }
        let differs = case.message.as_ref().is_some_and(|m| !m.is_empty() && *m != found.message);
        differs.then(|| format!("message {:?} instead of {:?}", found.message, case.message))
    }
}

fn check(arguments: &[&str], at_least: usize, except: &[&str]) {
    let mut judge = Judge::default();
    for line in cases(arguments).lines() {
        judge.judge(serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line:.200}")));
    }
    let (known, wrong): (Vec<_>, Vec<_>) =
        judge.wrong.into_iter().partition(|w| except.iter().any(|e| w.contains(e)));
    assert!(
        wrong.is_empty(),
        "{} of {} cases:\n{}",
        wrong.len(),
        judge.judged,
        wrong.iter().take(40).map(|w| format!("{w}\n")).collect::<String>()
    );
    assert_eq!(known.len(), except.len(), "an exception that is none any more: {known:?}");
    assert!(judge.judged >= at_least, "only {} cases", judge.judged);
}

#[test]
fn the_protocol_tests_of_aws_come_out_as_with_botocore() {
    let except = [
        // Null members are dropped, as the protocol says; botocore sends them.
        "input-json-8-0 ",
        // Documents as payload, and members that come before a map in the query: botocore does not hold it.
        "input-rest-json-5-0 ",
        "input-rest-json-5-1 ",
        "input-rest-json-40-0 ",
        "input-rest-xml-34-0 ",
        // Names of headers are in lower case here.
        "legacy-output-rest-json-9-0 ",
        // No body where the model has members for it: an error, and never an empty result.
        "output-rest-json-18-1 ",
        // Several dates in one header: botocore cuts them at their own commas.
        "output-rest-json-19-4 ",
        "output-rest-xml-22-3 ",
    ];
    check(&["protocols"], 900, &except);
}

#[test]
fn made_up_answers_come_out_as_with_botocore() {
    check(&["random"], 400, &[]);
}

#[test]
fn what_moto_answers_comes_out_as_with_botocore() {
    check(&["moto"], 40, &[]);
}
