//! The keys of the filter language, as help and completion list them and as the parser looks them up.

use super::{StatusPart, TextField, TimeField};

/// One key that may stand before an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// As it is written; ends with `.` where a name follows (`tag.`), with `(` where arguments do (`rel(`).
    pub name: &'static str,
    /// Other ways to write it.
    pub aliases: &'static [&'static str],
    /// What it asks, in a few words.
    pub about: &'static str,
    /// One that works.
    pub example: &'static str,
    pub(super) what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// `:` looks for a part of the value.
    Free(TextField),
    /// `:` looks for the whole value.
    Whole(TextField),
    Kind,
    Status(StatusPart),
    Category,
    Presence,
    Is,
    Tag,
    Has,
    /// Durations only.
    Age,
    Time(TimeField),
    Ip,
    /// The value at a path of the payload.
    Prop,
    /// Any name of the scope.
    In,
    Cost,
    /// Not a word with an operator: `rel(...)`.
    Rel,
}

const fn key(
    name: &'static str,
    aliases: &'static [&'static str],
    about: &'static str,
    example: &'static str,
    what: What,
) -> Key {
    Key { name, aliases, about, example, what }
}

/// Every key, in the order that help lists them.
pub const KEYS: &[Key] = &[
    key(
        "provider",
        &[],
        "who speaks: aws, gcp, k8s, host, terraform, ...",
        "provider:aws,gcp",
        What::Whole(TextField::Provider),
    ),
    key("kind", &[], "any dotted part of the kind, or several", "kind:ec2.instance", What::Kind),
    key("category", &[], "what it is for: compute, network, ...", "category:database", What::Category),
    key(
        "account",
        &["project", "subscription"],
        "account, project, cluster or machine",
        "account:prod",
        What::Free(TextField::Account),
    ),
    key("region", &["location"], "region or location", "region:eu-*", What::Whole(TextField::Region)),
    key("zone", &[], "availability zone", "zone:eu-west-1a", What::Whole(TextField::Zone)),
    key(
        "status",
        &["state"],
        "the provider's word, or ok, warning, error, pending, stopped, unknown",
        "status!=running",
        What::Status(StatusPart::Either),
    ),
    key(
        "status_word",
        &[],
        "the provider's word alone",
        "status_word=stopped",
        What::Status(StatusPart::Word),
    ),
    key(
        "status_class",
        &[],
        "what that word means: ok, warning, error, pending, stopped, unknown",
        "status_class=error",
        What::Status(StatusPart::Class),
    ),
    key("name", &[], "what people call it", "name:web-*", What::Free(TextField::Name)),
    key("id", &[], "canonical id", "id:/subscriptions/*", What::Free(TextField::Id)),
    key("alias", &[], "a short name such as i-0ab1", "alias=i-0ab1", What::Free(TextField::Alias)),
    key(
        "address",
        &["addr", "dns"],
        "an address or host name",
        "address:*.example.com",
        What::Free(TextField::Address),
    ),
    key("ip", &[], "an address in a network", "ip:10.0.0.0/8", What::Ip),
    key("source", &[], "the source that says so", "source:aws-prod", What::Free(TextField::Source)),
    key(
        "declares",
        &[],
        "the asset that a file declares",
        "declares:i-0ab1",
        What::Free(TextField::Declares),
    ),
    key("tag.", &["tags.", "label.", "labels."], "the value of a tag or label", "tag.env=prod", What::Tag),
    key(
        "prop.",
        &["props.", "property.", "properties."],
        "the value at a path of the payload",
        "prop.InstanceType=m5.*",
        What::Prop,
    ),
    key("rel(", &[], "it has an edge to something", "rel(out, uses, kind:volume)", What::Rel),
    key("in", &[], "account, region, zone, source or parent", "in:prod-account", What::In),
    key("has", &[], "something is there at all", "!has:tag.owner", What::Has),
    key(
        "presence",
        &[],
        "present, unknown or gone, or the reason or proof",
        "presence:unknown",
        What::Presence,
    ),
    key(
        "is",
        &[],
        "pinned, joined from several records, or how it stands to Terraform",
        "is:pinned",
        What::Is,
    ),
    key("age", &[], "time since it was created", "age>90d", What::Age),
    key(
        "created",
        &["created_at"],
        "when it was created",
        "created>2026-01-01",
        What::Time(TimeField::Created),
    ),
    key(
        "changed",
        &["changed_at"],
        "when its content last changed",
        "changed:2h",
        What::Time(TimeField::Changed),
    ),
    key("seen", &["last_seen"], "when it was last seen", "seen<1h", What::Time(TimeField::Seen)),
    key("first_seen", &[], "when it was first seen", "first_seen<1d", What::Time(TimeField::FirstSeen)),
    key("gone", &[], "when it was proved gone; shows what is gone", "gone:2h", What::Time(TimeField::Gone)),
    key("cost", &[], "what it costs; not known of anything yet", "cost>100", What::Cost),
];

/// Keys of [`super::ChangeFilter`] that ask about a change and not about its asset.
pub(super) const CHANGES: [&str; 2] = ["change", "path"];

pub(super) fn find(name: &str) -> Option<&'static Key> {
    let is = |k: &&Key| k.name == name || k.aliases.contains(&name);
    KEYS.iter().find(is)
}

/// Every way to write a key, for suggestions.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    KEYS.iter().flat_map(|k| std::iter::once(k.name).chain(k.aliases.iter().copied()))
}

/// What may follow `has:`, besides `tag.NAME`.
pub(super) const HAS: &[(&str, super::Has)] = &[
    ("tag", super::Has::Tags),
    ("status", super::Has::Status),
    ("account", super::Has::Text(TextField::Account)),
    ("region", super::Has::Text(TextField::Region)),
    ("zone", super::Has::Text(TextField::Zone)),
    ("address", super::Has::Text(TextField::Address)),
    ("alias", super::Has::Text(TextField::Alias)),
    ("declares", super::Has::Text(TextField::Declares)),
    ("created", super::Has::Time(TimeField::Created)),
    ("seen", super::Has::Time(TimeField::Seen)),
];
