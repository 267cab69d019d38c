//! Feeds text to the parser of filters. Whatever it is: no panic, every position on a character, and what
//! is written back reads as the same.
#![no_main]

use cloudscope_domain::query::{ChangeFilter, Query, complete::slot};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let query = Query::parse(text);
    for span in query.chips.iter().map(|c| c.0).chain(query.bad.iter().map(|b| b.span)) {
        assert!(text.get(span.start..span.end).is_some(), "a position inside a character");
    }
    let (_, span) = slot(text, text.len() / 2);
    assert!(text.get(span.start..span.end).is_some(), "a proposal inside a character");
    let canonical = query.expr.to_string();
    let again = Query::parse(&canonical);
    // What is written back may be longer than a filter may be, or than its regular expressions allow.
    if canonical.len() <= text.len() {
        assert_eq!(again.bad, [], "{canonical}");
        assert_eq!(again.expr, query.expr, "{canonical}");
    }
    let _ = ChangeFilter::parse(text);
});
