//! A filter on whole records, one thing at a time, as it would be written without a thought for speed.
//! It is what every faster way to answer is measured against.

mod standing;

use crate::{
    AssetId, Presence, Record, ScopeState, Timestamp,
    declarable::Declarable,
    neighbours::{Direction, Neighbours},
};

use super::{
    Expr, Has, Mark, Pattern, PresenceTest, Rel, Term, TextField, TimeField, ValueTest, address, fold,
    status_matches,
};

/// The records that speak of one thing, its face first.
pub type Thing<'a> = Vec<&'a Record>;

/// What is known beside the records themselves.
pub trait World {
    /// What is known of the existence of a record.
    fn presence(&self, record: &Record) -> Presence;

    /// When a record was last seen.
    fn last_seen(&self, record: &Record) -> Option<Timestamp>;

    /// Somebody pinned the asset.
    fn is_pinned(&self, id: &AssetId) -> bool;

    /// What people call an account, besides its id.
    fn account_labels(&self, account: &str) -> Vec<String> {
        let _ = account;
        Vec::new()
    }

    /// The things of which a record bears exactly this id, tombstones among them.
    fn things(&self, id: &AssetId) -> Vec<Thing<'_>>;

    /// The graph; without it relations are undecided.
    fn neighbours(&self) -> Option<&dyn Neighbours>;

    /// What declarations can stand for; without it, how a thing stands to them is undecided.
    fn declarable(&self) -> Option<&Declarable> {
        None
    }

    /// Every thing that is not gone.
    fn living(&self) -> Vec<Thing<'_>> {
        Vec::new()
    }

    /// How every scope stands.
    fn scopes(&self) -> Vec<&ScopeState> {
        Vec::new()
    }
}

/// Whether a thing matches; `None` when that cannot be told.
pub fn holds(expr: &Expr, thing: &[&Record], world: &dyn World, now: Timestamp) -> Option<bool> {
    match expr {
        Expr::All => Some(true),
        Expr::Not(inner) => holds(inner, thing, world, now).map(|t| !t),
        Expr::And(parts) => settled(parts.iter().map(|p| holds(p, thing, world, now)), false),
        Expr::Or(parts) => settled(parts.iter().map(|p| holds(p, thing, world, now)), true),
        Expr::Term(Term::Rel(rel)) => related(rel, thing, world, now),
        Expr::Term(Term::Is(marks)) => settled(marks.iter().map(|m| marked(*m, thing, world)), true),
        Expr::Term(term) => of_thing(term, thing, world, now),
    }
}

/// `decides` settles it wherever it is met; what is unclear leaves it unclear.
fn settled(answers: impl Iterator<Item = Option<bool>>, decides: bool) -> Option<bool> {
    let answers: Vec<_> = answers.collect();
    if answers.contains(&Some(decides)) {
        Some(decides)
    } else if answers.contains(&None) {
        None
    } else {
        Some(!decides)
    }
}

/// True when it is true of one of the records; unclear when it is of all. Presence is that of the face,
/// and a declaration does not say how a thing is.
fn of_thing(term: &Term, thing: &[&Record], world: &dyn World, now: Timestamp) -> Option<bool> {
    let face_only = match term {
        Term::Presence(_) => true,
        Term::Time { field, .. } | Term::Has(Has::Time(field)) => {
            matches!(field, TimeField::Seen | TimeField::Gone)
        }
        _ => false,
    };
    let of_status = matches!(term, Term::Status(..) | Term::Has(Has::Status));
    let heard = |n: usize, r: &Record| n == 0 || !(face_only || (of_status && r.asset.declares.is_some()));
    let heard = thing.iter().enumerate().filter(|(n, r)| heard(*n, r));
    let answers: Vec<_> = heard.map(|(_, r)| of_record(term, r, world, now)).collect();
    if answers.contains(&Some(true)) { Some(true) } else { answers.contains(&Some(false)).then_some(false) }
}

fn any(patterns: &[Pattern], text: &str) -> bool {
    let folded = fold(text);
    patterns.iter().any(|p| p.matches(&folded))
}

fn of_record(term: &Term, record: &Record, world: &dyn World, now: Timestamp) -> Option<bool> {
    let a = &record.asset;
    let time = |field: TimeField| match field {
        TimeField::Created => a.created_at,
        TimeField::Changed => Some(record.changed_at),
        TimeField::FirstSeen => Some(record.first_seen),
        TimeField::Seen => world.last_seen(record),
        TimeField::Gone => record.gone.map(|g| g.at),
    };
    let tags = |key: &str| -> Vec<&str> {
        a.tags.iter().filter(|(k, _)| fold(k) == key).map(|(_, v)| v.as_str()).collect()
    };
    let called = |p: &[Pattern]| world.account_labels(&a.account).iter().any(|label| any(p, label));
    Some(match term {
        Term::Text(p @ Pattern::Fuzzy(_)) => p.matches(&fold(&a.name)),
        Term::Text(p) => {
            let shown = [&*a.name, a.key.id.as_str()];
            let more = a.addresses.iter().chain(&a.aliases).map(String::as_str);
            shown.into_iter().chain(more).any(|t| p.matches(&fold(t)))
        }
        Term::Field(field, p) => {
            texts(record, *field).iter().any(|t| any(p, t)) || (*field == TextField::Account && called(p))
        }
        Term::Status(part, p) => {
            let class = a.status.as_ref().map(|s| s.class).unwrap_or_default();
            return status_matches(*part, p, a.status.as_ref().map(|s| &*s.word), class);
        }
        Term::Category(all) => all.contains(&a.category),
        Term::Presence(tests) => {
            let presence = world.presence(record);
            tests.iter().any(|t| match (t, presence.clone()) {
                (PresenceTest::Present, p) => p == Presence::Present,
                (PresenceTest::Unknown, p) => matches!(p, Presence::Unknown { .. }),
                (PresenceTest::Gone, p) => matches!(p, Presence::Gone { .. }),
                (PresenceTest::Why(wanted), Presence::Unknown { why, .. }) => *wanted == why,
                (PresenceTest::Proof(wanted), Presence::Gone { why, .. }) => *wanted == why,
                (PresenceTest::Why(_) | PresenceTest::Proof(_), _) => false,
            })
        }
        Term::Tag { key, values } => tags(key).iter().any(|v| any(values, v)),
        Term::TagCompare { key, cmp, operand } => {
            let told: Vec<bool> = tags(key).iter().filter_map(|v| operand.text(*cmp, v, now)).collect();
            return (!told.is_empty()).then(|| told.contains(&true));
        }
        Term::Prop { path, test } => return test.holds(path, &a.properties, now),
        Term::Has(has) => match has {
            Has::Tag(key) => !tags(key).is_empty(),
            Has::Tags => !a.tags.is_empty(),
            Has::Prop(path) => return ValueTest::There.holds(path, &a.properties, now),
            Has::Status => a.status.is_some(),
            Has::Text(field) => texts(record, *field).iter().any(|t| !t.is_empty()),
            Has::Time(field) => time(*field).is_some(),
        },
        Term::Time { field: TimeField::Gone, .. } if record.gone.is_none() => false,
        Term::Time { field, cmp, when } => when.holds(*cmp, time(*field)?, now),
        Term::Ip(nets) => {
            a.addresses.iter().filter_map(|t| address(t)).any(|ip| nets.iter().any(|n| n.contains(ip)))
        }
        Term::In(p) => {
            let names = [&*a.account, &*a.region, &*a.zone, record.source().as_str(), &record.scope.parent];
            names.into_iter().any(|t| any(p, t)) || called(p)
        }
        // The first two were asked of the thing.
        Term::Rel(_) | Term::Is(_) | Term::Cost { .. } => return None,
    })
}

fn marked(mark: Mark, thing: &[&Record], world: &dyn World) -> Option<bool> {
    match mark {
        Mark::Pinned => Some(thing.iter().any(|r| world.is_pinned(&r.asset.key.id))),
        Mark::Joined => Some(thing.len() > 1),
        Mark::Managed => standing::managed(thing, world),
        Mark::Unmanaged => standing::unmanaged(thing, world),
        Mark::Ghost => standing::ghost(thing, world),
    }
}

fn texts(record: &Record, field: TextField) -> Vec<&str> {
    let a = &record.asset;
    match field {
        TextField::Name => vec![&*a.name],
        TextField::Id => vec![a.key.id.as_str()],
        TextField::Kind => vec![a.kind.as_str()],
        TextField::Provider => vec![a.provider.as_str()],
        TextField::Account => vec![&*a.account],
        TextField::Region => vec![&*a.region],
        TextField::Zone => vec![&*a.zone],
        TextField::Source => vec![record.scope.source.as_str()],
        TextField::Address => a.addresses.iter().map(String::as_str).collect(),
        TextField::Alias => a.aliases.iter().map(String::as_str).collect(),
        TextField::Declares => a.declares.iter().map(AsRef::as_ref).collect(),
    }
}

/// Step by step from the thing, over all that was not met yet.
fn related(rel: &Rel, thing: &[&Record], world: &dyn World, now: Timestamp) -> Option<bool> {
    let near = world.neighbours()?;
    let with_gone = rel.filter.asks_for_gone();
    // Whether something that the filter admits was not read; of a kind, if one is given.
    let gaps = |of: Option<&crate::Kind>| {
        near.unread().iter().any(|u| {
            if u.kinds.is_empty() {
                u.may_match(&rel.filter, None)
            } else {
                let mut kinds = u.kinds.iter().filter(|k| of.is_none_or(|of| of == *k));
                kinds.any(|k| u.may_match(&rel.filter, Some(k)))
            }
        })
    };
    let face = |thing: &[&Record]| thing[0].record_key();
    let mut met = Vec::new();
    let mut edge: Vec<Thing<'_>> = vec![thing.to_vec()];
    let mut unclear = false;
    for _ in 0..if rel.filter == Expr::All { 1 } else { rel.hops } {
        let mut next = Vec::new();
        for from in &edge {
            for record in from {
                let mut ends = Vec::new();
                near.each(&record.asset.key.id, rel.direction, &mut |relation, other, end| {
                    if rel.admits(relation) {
                        ends.push((other.clone(), end.may_hide(gaps)));
                    }
                    true
                });
                for (other, hides) in ends {
                    let things = world.things(&other);
                    let lives = |t: &&Thing<'_>| t[0].gone.is_none();
                    let mut others = things.iter().filter(|t| face(t) != face(from));
                    if rel.filter == Expr::All {
                        // Of what is not there only the edge is known.
                        if others.any(|t| lives(&t)) || !things.iter().any(|t| lives(&t)) {
                            return Some(true);
                        }
                        continue;
                    }
                    unclear |= hides && rel.direction != Direction::In;
                    for end in things {
                        if face(&end) == face(from) || met.contains(&face(&end)) {
                            continue;
                        }
                        met.push(face(&end));
                        if with_gone || end[0].gone.is_none() {
                            match holds(&rel.filter, &end, world, now) {
                                Some(true) => return Some(true),
                                Some(false) => {}
                                None => unclear = true,
                            }
                        }
                        next.push(end);
                    }
                }
            }
        }
        edge = next;
    }
    let to = &thing[0].asset.kind;
    let may = |from: &crate::Kind| near.may_refer(from, &|r| rel.admits(r), to);
    let hidden = near.unread().iter().any(|u| {
        if u.kinds.is_empty() {
            u.may_match(&rel.filter, None)
        } else {
            u.kinds.iter().any(|k| u.may_match(&rel.filter, Some(k)) && may(k))
        }
    });
    unclear |= hidden && rel.direction != Direction::Out;
    (!unclear).then_some(false)
}
