//! An answer with every field that the models know, for every EC2 operation that may be called, read by
//! both clients: also those that moto does not have.

use std::fmt::Write as _;

use aws_sdk_ec2::config::Credentials;
use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
            SharedHttpConnector,
        },
        orchestrator::HttpRequest,
        runtime_components::RuntimeComponents,
    },
    http::{Response, StatusCode},
};
use aws_smithy_types::body::SdkBody;
use cloudscope_aws::{
    TypedCall, TypedClient,
    model::{Models, Ref, Service, Shape},
    wire,
};
use cloudscope_aws_ec2::Ec2;
use serde_json::{Value, json};

/// Answers the same to everything.
#[derive(Clone, Debug)]
struct Canned(String);

impl HttpClient for Canned {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Canned {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let status = StatusCode::try_from(200).unwrap();
        HttpConnectorFuture::ready(Ok(Response::new(status, SdkBody::from(self.0.clone()))))
    }
}

/// Writes answers. Every text is another, so that no field can stand for another one.
struct Writer<'a> {
    service: &'a Service,
    out: String,
    count: i64,
}

impl Writer<'_> {
    fn value(&mut self, of: &Ref) {
        self.count += 1;
        let number = self.count;
        match self.service.shape(of) {
            Shape::Structure(structure) => {
                for member in &structure.members {
                    self.element(member.wire(), &member.of);
                }
            }
            Shape::List { member } => {
                for _ in 0..2 {
                    self.element(member.wire.as_deref().unwrap_or("member"), member);
                }
            }
            Shape::String => write!(self.out, "text-{number} &amp; more").unwrap(),
            Shape::Boolean => self.out.push_str(if number % 2 == 0 { "true" } else { "false" }),
            Shape::Integer => write!(self.out, "{number}").unwrap(),
            Shape::Float => write!(self.out, "{number}.1").unwrap(),
            Shape::Timestamp => {
                write!(self.out, "2026-01-02T03:{:02}:{:02}.000Z", number / 60 % 60, number % 60).unwrap();
            }
            other => panic!("no EC2 answer has {other:?}"),
        }
    }

    fn element(&mut self, name: &str, of: &Ref) {
        assert!(!of.flat && !of.attribute, "{name}");
        write!(self.out, "<{name}>").unwrap();
        self.value(of);
        write!(self.out, "</{name}>").unwrap();
    }
}

fn fields(value: &Value) -> usize {
    match value {
        Value::Object(map) => map.values().map(fields).sum(),
        Value::Array(list) => list.iter().map(fields).sum(),
        _ => 1,
    }
}

/// The first path where they differ.
fn difference(path: &str, wire: &Value, typed: &Value) -> Option<String> {
    match (wire, typed) {
        (Value::Object(one), Value::Object(other)) if one.len() == other.len() => one
            .iter()
            .find_map(|(k, v)| difference(&format!("{path}/{k}"), v, other.get(k).unwrap_or(&Value::Null))),
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            one.iter().zip(other).find_map(|(one, other)| difference(&format!("{path}/*"), one, other))
        }
        _ => (wire != typed).then(|| format!("{path}: wire {wire}, typed {typed}")),
    }
}

#[tokio::test]
async fn every_field_of_every_operation_is_read_the_same() {
    let service = Models::builtin().service("ec2").unwrap();
    let bounds = wire::Bounds { depth: 64, bytes: 64 << 20, items: 2_000_000, unknown: wire::Unknown::Drop };
    let (mut told, mut count, mut operations) = (Vec::new(), 0, 0);
    for name in Models::builtin().operations().filter_map(|o| o.strip_prefix("ec2:")) {
        let operation = service.operation(name).unwrap();
        let mut writer = Writer { service: &service, out: String::new(), count: 0 };
        writer.value(operation.output.as_ref().unwrap());
        let space = "http://ec2.amazonaws.com/doc/2016-11-15/";
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{name}Response xmlns=\"{space}\"><requestId>r</requestId>{}</{name}Response>",
            writer.out
        );
        let headers = http::HeaderMap::new();
        let wire = wire::decode(&service, operation, 200, &headers, body.as_bytes(), bounds).unwrap();
        let typed = Ec2
            .call(TypedCall {
                operation: name,
                input: &json!({}),
                endpoint: "https://ec2.us-east-1.amazonaws.com",
                region: "us-east-1",
                credentials: Credentials::new("a", "b", None, None, "test"),
                time: std::time::SystemTime::now(),
                http: SharedHttpClient::new(Canned(body)),
            })
            .await
            .unwrap();
        count += fields(&wire);
        operations += 1;
        told.extend(difference(name, &wire, &typed));
    }
    println!("{operations} operations, {count} fields, {} differences", told.len());
    assert!(told.is_empty(), "{}", told.join("\n"));
    assert!(operations >= 40 && count >= 1_000, "{operations} operations, {count} fields");
}

/// A call with less than was asked would answer something else.
#[tokio::test]
async fn a_parameter_that_cannot_be_passed_on_is_refused() {
    let call = |input: Value| async move {
        let call = TypedCall {
            operation: "DescribeInstances",
            input: &input,
            endpoint: "https://ec2.us-east-1.amazonaws.com",
            region: "us-east-1",
            credentials: Credentials::new("a", "b", None, None, "test"),
            time: std::time::SystemTime::now(),
            http: SharedHttpClient::new(Canned("<DescribeInstancesResponse/>".to_owned())),
        };
        Ec2.call(call).await
    };
    let good = json!({"MaxResults": 5, "Filters": [{"Name": "vpc-id", "Values": ["vpc-1"]}], "InstanceIds": ["i-1"]});
    assert_eq!(call(good).await, Ok(json!({})));
    assert!(call(json!({"Odd": 1})).await.unwrap_err().contains("Odd"));
    assert!(call(json!({"MaxResults": "many"})).await.unwrap_err().contains("MaxResults"));
    assert!(call(json!({"MaxResults": 1_i64 << 40})).await.is_err());
}
