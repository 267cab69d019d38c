//! A rule as it is written in the configuration: `15m`, `every 6h`, `cron 0 7 * * 1-5`, `never`. A rule
//! that was read can be kept; there is no bad one.

use std::{fmt, str::FromStr, time::Duration};

use cloudscope_domain::query::duration;
use croner::{
    Cron,
    parser::{CronParser, Seconds, Year},
};

/// The shortest interval: a collection is not a probe.
const SHORTEST: Duration = Duration::from_secs(10);
/// The longest interval.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

/// When a source is collected by itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    /// So long after the last run began.
    Every(Duration),
    /// At the times of a cron expression of five fields, in local time.
    Cron(Box<Cron>),
    /// Not at all, whatever the rule for all sources is.
    Never,
}

/// The text is no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a schedule: {reason}; write 15m, every 6h, cron 0 7 * * 1-5, or never")]
pub struct BadRule {
    /// As written, free of control characters.
    pub text: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Rule {
    /// Reads `15m`, `every 15m`, `cron 0 * * * *`, `0 * * * *`, `@hourly` or `never`.
    ///
    /// # Errors
    /// When it is none of these, or would fire more often than every ten seconds, less often than once a
    /// year, or never.
    pub fn parse(text: &str) -> Result<Self, BadRule> {
        let words = text.trim();
        let bad = |reason: &str| BadRule {
            text: cloudscope_domain::text::visible(text).into(),
            reason: reason.into(),
        };
        if words == "never" {
            return Ok(Self::Never);
        }
        if let Some(pattern) = words.strip_prefix("cron ") {
            return cron(pattern.trim()).map_err(|e| bad(&e));
        }
        if words.starts_with('@') || words.split_whitespace().count() == 5 {
            return cron(words).map_err(|e| bad(&e));
        }
        let span = words.strip_prefix("every ").unwrap_or(words).trim();
        let millis =
            duration(span).ok_or_else(|| bad("it is neither a span of time nor five cron fields"))?;
        let every = Duration::from_millis(u64::try_from(millis).unwrap_or(0));
        if every < SHORTEST {
            return Err(bad("the shortest interval is 10s"));
        }
        if every > LONGEST {
            return Err(bad("the longest interval is 366d"));
        }
        Ok(Self::Every(every))
    }
}

/// Five fields, no seconds and no years: what crontab(5) has.
fn cron(pattern: &str) -> Result<Rule, String> {
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    let cron =
        parser.parse(pattern).map_err(|e| cloudscope_domain::text::visible(&e.to_string()).into_owned())?;
    // 30 February is a pattern, and never comes.
    let from = jiff::civil::date(2024, 1, 1).at(0, 0, 0, 0);
    if cron.find_next_occurrence(&from, true).is_err() {
        return Err("there is no such day".into());
    }
    Ok(Rule::Cron(Box::new(cron)))
}

impl FromStr for Rule {
    type Err = BadRule;

    fn from_str(text: &str) -> Result<Self, BadRule> {
        Self::parse(text)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every(every) => {
                let seconds = every.as_secs();
                let (n, unit) = match seconds {
                    s if s % 86_400 == 0 => (s / 86_400, "d"),
                    s if s % 3_600 == 0 => (s / 3_600, "h"),
                    s if s % 60 == 0 => (s / 60, "m"),
                    s => (s, "s"),
                };
                write!(f, "every {n}{unit}")
            }
            Self::Cron(cron) => write!(f, "cron {}", cron.as_str()),
            Self::Never => f.write_str("never"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_and_written_back() {
        for (text, want) in [
            ("15m", "every 15m"),
            ("every 90s", "every 90s"),
            ("every 6h", "every 6h"),
            (" 2d ", "every 2d"),
            ("120m", "every 2h"),
            ("cron 0 * * * *", "cron 0 * * * *"),
            ("0 7 * * 1-5", "cron 0 7 * * 1-5"),
            ("cron  */10   * * * *", "cron */10   * * * *"),
            ("never", "never"),
        ] {
            let rule = Rule::parse(text).unwrap();
            assert_eq!(rule.to_string(), want, "{text}");
            assert_eq!(Rule::parse(want).unwrap(), rule, "{want}");
        }
        assert!(matches!(Rule::parse("@daily"), Ok(Rule::Cron(_))));
    }

    #[test]
    fn what_is_no_rule_says_why() {
        for (text, part) in [
            ("", "neither"),
            ("hourly", "neither"),
            ("1s", "shortest"),
            ("0m", "shortest"),
            ("-5m", "is not a schedule"),
            ("9999d", "longest"),
            ("cron 61 * * * *", "is not a schedule"),
            ("cron * * * * * *", "is not a schedule"),
            ("cron 0 0 30 2 *", "no such day"),
            ("cron", "neither"),
        ] {
            let error = Rule::parse(text).expect_err(text).to_string();
            assert!(error.contains(part) && error.contains("every 6h"), "{text}: {error}");
        }
        assert!(!Rule::parse("\u{1b}[2J").unwrap_err().to_string().contains('\u{1b}'));
    }
}
