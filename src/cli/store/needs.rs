//! What an inventory of some size would need, beside what this machine has.

use cloudscope_application::{Needs, budget::size};
use cloudscope_ports::StoreInfo;
use miette::Result;
use serde::Serialize;

use crate::{cli::output, wiring::Wiring};

/// The facts about the store with the answer.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    info: StoreInfo,
    needs: Needs,
    has: Has,
}

/// What there is. `None` where the system does not tell.
#[derive(Serialize)]
struct Has {
    memory_bytes: Option<u64>,
    /// What the inventory may take of it.
    memory_limit: Option<u64>,
    disk_free_bytes: Option<u64>,
    enough_memory: Option<bool>,
    enough_disk: Option<bool>,
}

/// A number as people write it: `100_000_000`, `100,000,000`, `1e8`, `2.5M`.
pub(super) fn number(text: &str) -> std::result::Result<u64, String> {
    let wrong =
        || format!("`{text}` is not a whole number; write it like 250000, 100_000_000, 1e8, 250k or 100M");
    let typed = text.trim();
    let (figures, zeros) = match typed.char_indices().last() {
        Some((at, 'k' | 'K')) => (&typed[..at], 3),
        Some((at, 'm' | 'M')) => (&typed[..at], 6),
        Some((at, 'g' | 'G')) => (&typed[..at], 9),
        _ => match typed.split_once(['e', 'E']) {
            Some((figures, power)) if power.bytes().all(|b| b.is_ascii_digit()) => {
                (figures, power.parse::<usize>().ok().filter(|n| *n <= 19).ok_or_else(wrong)?)
            }
            Some(_) => return Err(wrong()),
            None => (typed, 0),
        },
    };
    let (whole, part) = figures.split_once('.').unwrap_or((figures, ""));
    let groups: Vec<&str> = whole.split([',', '_']).collect();
    // A separator stands before every three digits, or it may be a decimal comma.
    let apart = groups.len() == 1
        || ((1..=3).contains(&groups[0].len()) && groups[1..].iter().all(|group| group.len() == 3));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let part = part.trim_end_matches('0');
    if whole.is_empty() || !apart || !groups.iter().all(|g| digits(g)) || !digits(part) || part.len() > zeros
    {
        return Err(wrong());
    }
    let all = format!("{}{part}{}", groups.concat(), "0".repeat(zeros - part.len()));
    all.parse().map_err(|_| format!("`{text}` is too large"))
}

/// Prints the facts, and says the answer in words.
pub(super) fn tell(info: StoreInfo, assets: u64, relationships: u64, wiring: &Wiring) -> Result<()> {
    let (machine, limits, history) = wiring.bounds();
    let needs = Needs::of(assets, relationships, limits.cache, history);
    let free = wiring.free_disk();
    let disk = needs.disk_bytes.saturating_add(needs.history_bytes.unwrap_or(0));
    let has = Has {
        memory_bytes: machine,
        memory_limit: limits.memory,
        disk_free_bytes: free,
        enough_memory: limits.memory.map(|limit| needs.memory_bytes <= limit),
        enough_disk: free.map(|free| disk <= free.saturating_add(info.bytes)),
    };
    let verdict = |enough: Option<bool>, there: Option<u64>| match (enough, there) {
        (Some(true), Some(there)) => format!("there are {}", size(there)),
        (Some(false), Some(there)) => format!("there are only {}", size(there)),
        _ => "what there is cannot be told".to_owned(),
    };
    output::note(&format!(
        "{assets} assets with {relationships} relationships need about {} of memory ({}) and {} on disk, with room \
         for the copy that compacting makes ({}); \
         opening them takes about {:.1} s, {:.1} s when the index has to be made anew",
        size(needs.memory_bytes),
        verdict(has.enough_memory, has.memory_limit),
        size(disk),
        verdict(has.enough_disk, free),
        needs.open_millis as f64 / 1e3,
        needs.rebuild_millis as f64 / 1e3,
    ));
    output::print(&(output::json(&Told { info, needs, has }, true)? + "\n")).map(drop)
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for text in [
            "100000000",
            "100_000_000",
            "100,000,000",
            "1e8",
            "1E8",
            "100M",
            "100m",
            "0.1G",
            "100000k",
            "1.00e8",
        ] {
            assert_eq!(number(text), Ok(100_000_000), "{text}");
        }
        assert_eq!(number("2.5k"), Ok(2_500));
        assert_eq!(number("0"), Ok(0));
        for text in [
            "", "M", "-5", "many", "1.5", "1,5", "1,0000", "1__000", "0.0001k", "1e", "1e99", "1e-3", "1e+3",
            "+5", "1 000", "5T", "٣",
        ] {
            let why = number(text).unwrap_err();
            assert!(why.contains(&format!("`{text}`")) && why.contains("100M"), "{why}");
        }
        assert_eq!(number("99999999999G").unwrap_err(), "`99999999999G` is too large");
    }
}
