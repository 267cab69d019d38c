//! What a column or field means by its name, where the user did not say: `Resource ID`,
//! `resource_id` and `resourceId` are one name. The first name of a list that a row has wins.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::options::{Field, Mapping};

/// Names by meaning, best first, written without case, spaces and punctuation. Documented order.
const NAMES: &[(Field, &[&str])] = &[
    (
        Field::Id,
        &[
            "id",
            "arn",
            "resourceid",
            "resourcearn",
            "selflink",
            "assetid",
            "instanceid",
            "uid",
            "uuid",
            "machineid",
            "serialnumber",
            "serial",
            "hostname",
            "fqdn",
            "host",
            "name",
        ],
    ),
    (Field::Name, &["name", "displayname", "resourcename", "title", "hostname", "fqdn", "host", "label"]),
    (Field::Kind, &["kind", "type", "resourcetype", "assettype", "class"]),
    (Field::Category, &["category"]),
    (Field::Provider, &["provider", "cloud", "cloudprovider", "platform"]),
    (
        Field::Account,
        &[
            "account",
            "accountid",
            "subscription",
            "subscriptionid",
            "project",
            "projectid",
            "tenant",
            "tenantid",
            "owneraccount",
        ],
    ),
    (Field::Region, &["region", "location", "awsregion", "datacenter"]),
    (Field::Zone, &["zone", "availabilityzone", "az"]),
    (Field::Status, &["status", "state", "powerstate", "lifecyclestate", "health"]),
    (
        Field::Created,
        &[
            "createdat",
            "created",
            "creationtimestamp",
            "creationtime",
            "creationdate",
            "createtime",
            "createdate",
            "createdtime",
            "createdon",
            "launchtime",
            "timecreated",
        ],
    ),
    (Field::Tags, &["tags", "labels", "tagset", "taglist"]),
    (Field::Incarnation, &["incarnation"]),
    // Only the first is taken at its word; in the others an id of a cloud is looked for.
    (
        Field::Declares,
        &["declares", "arn", "resourcearn", "resourceid", "selflink", "instanceid", "cloudid", "providerid"],
    ),
];

/// Every one of these that is there counts.
const ADDRESSES: &[&str] = &[
    "ip",
    "ips",
    "ipaddress",
    "ipaddresses",
    "ipv4",
    "ipv6",
    "address",
    "addresses",
    "publicip",
    "privateip",
    "publicipaddress",
    "privateipaddress",
    "externalip",
    "internalip",
    "hostname",
    "host",
    "fqdn",
    "dns",
    "dnsname",
    "publicdns",
    "privatedns",
    "publicdnsname",
    "privatednsname",
    "endpoint",
];

const TAG_PREFIXES: &[&str] = &["tag:", "tags.", "tag_", "tags/", "label:", "labels.", "label_"];

#[derive(Clone, Debug, Default)]
struct Role {
    fields: Vec<(Field, usize)>,
    address: bool,
    tag: Option<String>,
}

/// The roles of the names seen so far, so that each name is taken apart once.
#[derive(Debug)]
pub(crate) struct Roles {
    columns: Vec<(Field, String)>,
    known: HashMap<String, Role>,
}

/// The keys of one row by meaning.
#[derive(Debug, Default)]
pub(crate) struct Meaning<'a> {
    best: [Option<(usize, &'a Value)>; Field::ALL.len()],
    pub(crate) addresses: Vec<&'a Value>,
    pub(crate) tags: Vec<(String, &'a Value)>,
}

impl<'a> Meaning<'a> {
    pub(crate) fn get(&self, field: Field) -> Option<&'a Value> {
        self.best[field as usize].map(|(_, value)| value)
    }

    /// Whether the field stands where the user said, or under the best of its names.
    pub(crate) fn is_meant(&self, field: Field) -> bool {
        self.best[field as usize].is_some_and(|(rank, _)| rank == 0)
    }

    /// The text of a scalar, without space around it; `None` when there is none.
    pub(crate) fn text(&self, field: Field) -> Option<String> {
        self.get(field).and_then(scalar)
    }
}

/// The text of a scalar value that says something.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(s) => s.trim().to_owned(),
        Value::Number(n) => n.to_string(),
        Value::Bool(b) => b.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    (!text.is_empty()).then_some(text)
}

impl Roles {
    pub(crate) fn new(mapping: &Mapping) -> Self {
        let columns = mapping.columns.iter().map(|(field, column)| (*field, column.clone())).collect();
        Self { columns, known: HashMap::new() }
    }

    /// What the keys of a row mean.
    pub(crate) fn of<'a>(&mut self, row: &'a Map<String, Value>) -> Meaning<'a> {
        // A hostile file could give each row names of its own.
        if self.known.len() > 4096 {
            self.known.clear();
        }
        let mut meaning = Meaning::default();
        for (key, value) in row {
            if !self.known.contains_key(key) {
                let role = self.role(key);
                self.known.insert(key.clone(), role);
            }
            let Some(role) = self.known.get(key) else { continue };
            for (field, rank) in &role.fields {
                let says_something = match value {
                    Value::Null => false,
                    Value::String(s) => !s.trim().is_empty(),
                    _ => true,
                };
                let best = &mut meaning.best[*field as usize];
                // An empty cell of a good name does not hide a filled one of a worse name, except for
                // the id: ids of one file come from one column.
                if (says_something || *field == Field::Id) && best.is_none_or(|(old, _)| *rank < old) {
                    *best = Some((*rank, value));
                }
            }
            if role.address {
                meaning.addresses.push(value);
            }
            if let Some(tag) = &role.tag {
                meaning.tags.push((tag.clone(), value));
            }
        }
        meaning
    }

    fn role(&self, key: &str) -> Role {
        let plain: String =
            key.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        let lower = key.to_lowercase();
        let mut role = Role::default();
        for (field, names) in NAMES {
            let rank = match self.columns.iter().find(|(f, _)| f == field) {
                Some((_, column)) => (column == key).then_some(0),
                None => names.iter().position(|n| *n == plain),
            };
            if let Some(rank) = rank {
                role.fields.push((*field, rank));
            }
        }
        let tag = TAG_PREFIXES.iter().find(|p| lower.starts_with(*p) && lower.is_char_boundary(p.len()));
        // The prefixes are ASCII, so they are as long in `key` as in its lower-case form.
        role.tag = tag.and_then(|p| key.get(p.len()..)).filter(|t| !t.is_empty()).map(str::to_owned);
        role.address = role.tag.is_none() && ADDRESSES.contains(&plain.as_str());
        role
    }
}
