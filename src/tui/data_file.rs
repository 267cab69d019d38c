//! What themes and keymaps share: a mistake in a data file with its line, and a suggestion for a
//! misspelled word. Knows TOML's positions, nothing of colours or keys; never opens a file.

use std::{fmt, ops::Range};

/// A mistake in a theme or keymap file. Retrying does not help; the file has to be mended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataError {
    /// The file, as it was handed in.
    pub file: String,
    /// The line, counted from 1; 0 when the mistake has no place, such as a parent that is missing.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
    /// What was probably meant, or what to do.
    pub suggestion: Option<String>,
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        write!(f, ": {}", self.reason)?;
        if let Some(suggestion) = &self.suggestion {
            write!(f, "; {suggestion}")?;
        }
        Ok(())
    }
}

impl std::error::Error for DataError {}

/// A file under examination: turns byte positions into errors with lines.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    pub(crate) file: &'a str,
    pub(crate) text: &'a str,
}

impl Source<'_> {
    /// The line of a byte position, counted from 1.
    pub(crate) fn line(&self, position: usize) -> usize {
        let end = position.min(self.text.len());
        1 + self.text.as_bytes()[..end].iter().filter(|b| **b == b'\n').count()
    }

    /// A mistake at a place.
    pub(crate) fn error(&self, at: &Range<usize>, reason: impl Into<String>) -> DataError {
        self.error_with(at, reason, None)
    }

    /// A mistake at a place, with what to do.
    pub(crate) fn error_with(
        &self,
        at: &Range<usize>,
        reason: impl Into<String>,
        suggestion: Option<String>,
    ) -> DataError {
        DataError { file: self.file.to_owned(), line: self.line(at.start), reason: reason.into(), suggestion }
    }

    /// A mistake that TOML itself found.
    pub(crate) fn toml_error(&self, error: &toml::de::Error) -> DataError {
        let line = error.span().map_or(0, |span| self.line(span.start));
        let reason = format!("not valid TOML: {}", error.message().replace('\n', ", "));
        DataError { file: self.file.to_owned(), line, reason, suggestion: None }
    }

    /// The mistake that a file calls itself other than it is called: then it could not be found by the
    /// name that it shows.
    pub(crate) fn misnamed(&self, name: &str, line: usize) -> Option<DataError> {
        let stem = self.file.strip_suffix(".toml").unwrap_or(self.file);
        let stem = stem.rsplit(['/', '\\']).next().unwrap_or(stem);
        (stem != name).then(|| DataError {
            file: self.file.to_owned(),
            line,
            reason: format!("the file is called `{stem}` and names itself `{name}`"),
            suggestion: Some(format!("write `name = \"{stem}\"`")),
        })
    }

    /// A mistake of the file as a whole.
    pub(crate) fn whole(&self, reason: impl Into<String>, suggestion: Option<String>) -> DataError {
        DataError { file: self.file.to_owned(), line: 0, reason: reason.into(), suggestion }
    }
}

/// "did you mean `x`?" when one of the known words is near enough to be a slip of the finger.
pub(crate) fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, known).map(|near| format!("did you mean `{near}`?"))
}

/// "did you mean `x` or `y`?" when `word` is a part of some of the known words.
pub(crate) fn bearing<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let bear = known.into_iter().filter(|known| known.split('-').any(|part| part == word));
    let bear: Vec<String> = bear.map(|known| format!("`{known}`")).collect();
    (!bear.is_empty()).then(|| format!("did you mean {}?", bear.join(" or ")))
}

/// The known word nearest to `word`, if it is within a third of its length.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(d, _)| *d <= limit)
        .min_by_key(|(d, _)| *d)
        .map(|(_, candidate)| candidate)
}

/// Edit distance where swapping two neighbours counts once (optimal string alignment), because that
/// is how fingers slip.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let width = b.len() + 1;
    let mut rows = vec![0; (a.len() + 1) * width];
    for (j, cell) in rows.iter_mut().take(width).enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        rows[i * width] = i;
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[(i - 1) * width + j] + 1)
                .min(rows[i * width + j - 1] + 1)
                .min(rows[(i - 1) * width + j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[(i - 2) * width + j - 2] + 1);
            }
            rows[i * width + j] = best;
        }
    }
    rows[rows.len() - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised_and_a_different_word_is_not() {
        let known = ["text", "title", "border", "border-focus"];
        assert_eq!(nearest("txet", known), Some("text"));
        assert_eq!(nearest("borderfocus", known), Some("border-focus"));
        assert_eq!(nearest("background", known), None);
        assert_eq!(did_you_mean("titel", known).as_deref(), Some("did you mean `title`?"));
    }

    #[test]
    fn lines_are_counted_from_one() {
        let source = Source { file: "themes/x.toml", text: "a = 1\nb = 2\nc = 3\n" };
        assert_eq!((source.line(0), source.line(6), source.line(12)), (1, 2, 3));
        assert_eq!(source.error(&(6..7), "bad").to_string(), "themes/x.toml:2: bad");
    }
}
