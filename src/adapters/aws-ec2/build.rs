//! Writes the way from the typed client's outputs to JSON under the model's names, and from JSON parameters
//! to its inputs, for every EC2 operation that may be called: from the models of the AWS crate.
//!
//! Shapes have no names there, so every operation's output is written out in one function, whose types
//! the compiler finds.

use std::{collections::BTreeSet, env, error::Error, fmt::Write as _, fs, path::Path};

use serde_json::Value;

const MODELS: &str = "../aws/data/models.jsonl";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={MODELS}");
    println!("cargo::rerun-if-changed=build.rs");
    let text = fs::read_to_string(MODELS)?;
    let line = text.lines().find(|l| l.starts_with("{\"service\":\"ec2\"")).ok_or("no EC2 in the models")?;
    let model: Value = serde_json::from_str(line)?;
    let writer = Writer { shapes: model["shapes"].as_array().ok_or("no shapes")? };
    let mut out = String::new();
    let mut arms = String::new();
    for operation in model["operations"].as_array().ok_or("no operations")? {
        let name = operation["name"].as_str().ok_or("an operation without a name")?;
        writeln!(arms, "        {name:?} => Box::pin({}(client, input)).await,", snake(name))?;
        writer.operation(name, &operation["input"], &operation["output"], &mut out)?;
    }
    writeln!(
        out,
        "/// Makes a call by its name.\npub(super) async fn call(client: &Client, operation: &str, input: &Value) \
         -> Result<Value, String> {{\n    match operation {{\n{arms}        _ => Err(format!(\"the typed client \
         is not made for {{operation}}\")),\n    }}\n}}"
    )?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("calls.rs"), out)?;
    Ok(())
}

struct Writer<'a> {
    shapes: &'a [Value],
}

impl Writer<'_> {
    fn shape(&self, reference: &Value) -> Result<&Value, String> {
        let at = reference["shape"].as_u64().and_then(|n| usize::try_from(n).ok());
        at.and_then(|at| self.shapes.get(at)).ok_or_else(|| format!("no shape: {reference}"))
    }

    fn members(&self, reference: &Value) -> Result<&[Value], String> {
        let members = self.shape(reference)?["members"].as_array();
        members.map(Vec::as_slice).ok_or_else(|| format!("no structure: {reference}"))
    }

    /// One function: sets what the parameters have, calls, and turns the output into JSON.
    fn operation(
        &self,
        name: &str,
        input: &Value,
        output: &Value,
        out: &mut String,
    ) -> Result<(), Box<dyn Error>> {
        let mut setters = String::new();
        let mut known = BTreeSet::new();
        for member in self.members(input)? {
            let member_name = member["name"].as_str().ok_or("a member without a name")?;
            if let Some(value) = self.parameter(member)? {
                known.insert(member_name);
                write!(
                    setters,
                    "\n        .set_{}({})",
                    snake(member_name),
                    value.replace('$', member_name)
                )?;
            }
        }
        let function = snake(name);
        let known: Vec<String> = known.iter().map(|k| format!("{k:?}")).collect();
        writeln!(
            out,
            "async fn {function}(client: &Client, input: &Value) -> Result<Value, String> {{\n    \
             only(input, &[{}])?;\n    let v = client\n        .{function}(){setters}\n        .send()\n        \
             .await\n        .map_err(|e| failed(&e))?;\n    Ok({})\n}}\n",
            known.join(", "),
            self.value(output, &mut Vec::new())?
        )?;
        Ok(())
    }

    /// What sets a parameter; `$` is its name. Nothing for kinds of parameters that no row has.
    fn parameter(&self, member: &Value) -> Result<Option<&'static str>, String> {
        let shape = self.shape(member)?;
        Ok(match kind(shape) {
            "string" => Some("text(input, \"$\")?.map(Into::into)"),
            "boolean" => Some("flag(input, \"$\")?"),
            "integer" => Some("number(input, \"$\")?.map(TryInto::try_into).transpose().map_err(odd)?"),
            "list" => {
                let inner = &shape["member"];
                match kind(self.shape(inner)?) {
                    "string" => Some("texts(input, \"$\")?.map(|l| l.into_iter().map(Into::into).collect())"),
                    "structure" => {
                        let names: Vec<_> = self.members(inner)?.iter().map(|m| m["name"].as_str()).collect();
                        (names == [Some("Name"), Some("Values")]).then_some("filters(input, \"$\")?")
                    }
                    _ => None,
                }
            }
            _ => None,
        })
    }

    /// An expression that turns `v`, of that shape, into JSON. Absent members stay absent.
    fn value(&self, reference: &Value, above: &mut Vec<u64>) -> Result<String, String> {
        let shape = self.shape(reference)?;
        Ok(match kind(shape) {
            "string" => "Value::from(v.as_str())".to_owned(),
            "boolean" | "integer" => "Value::from(*v)".to_owned(),
            "float" => "float(v)".to_owned(),
            "timestamp" => "time(v)?".to_owned(),
            "list" => {
                let inner = self.value(&shape["member"], above)?;
                format!(
                    "{{ let mut l = Vec::with_capacity(v.len()); for v in v {{ l.push({inner}); }} Value::Array(l) }}"
                )
            }
            "structure" => {
                let number = reference["shape"].as_u64().unwrap_or_default();
                if above.contains(&number) {
                    return Err(format!("shape {number} contains itself; give it a function of its own"));
                }
                above.push(number);
                let mut out = "{ let mut o = Map::new();".to_owned();
                for member in self.members(reference)? {
                    let name = member["name"].as_str().unwrap_or_default();
                    let inner = self.value(member, above)?;
                    let field = field(name);
                    out.push_str(&format!(
                        "\nif let Some(v) = &v.{field} {{ o.insert({name:?}.to_owned(), {inner}); }}"
                    ));
                }
                above.pop();
                out + " Value::Object(o) }"
            }
            other => return Err(format!("nothing turns a {other} into JSON")),
        })
    }
}

fn kind(shape: &Value) -> &str {
    shape["type"].as_str().unwrap_or_default()
}

/// A field's name; Rust's own words are raw.
fn field(name: &str) -> String {
    let name = snake(name);
    if matches!(&*name, "type" | "return" | "ref" | "match" | "use" | "in" | "static") {
        return format!("r#{name}");
    }
    name
}

/// A name as the typed client has it: `VpcId` is `vpc_id`, `MemoryGiBPerVCpu` is `memory_gib_per_v_cpu`.
fn snake(name: &str) -> String {
    let name = name.replace("MiB", "Mib").replace("GiB", "Gib");
    let letters: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (i, c) in letters.iter().enumerate() {
        if c.is_ascii_uppercase() && i > 0 {
            let before = letters[i - 1];
            let ends = before.is_ascii_lowercase() || before.is_ascii_digit();
            let begins =
                before.is_ascii_uppercase() && letters.get(i + 1).is_some_and(char::is_ascii_lowercase);
            if ends || begins {
                out.push('_');
            }
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}
