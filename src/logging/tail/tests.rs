//! The ring and the files tell the same.

use cloudscope_memory::ManualClock;
use tracing_subscriber::layer::SubscriberExt;

use super::*;

fn tail() -> Arc<Tail> {
    Tail::new(Redactor::new([7; 32]), Arc::new(ManualClock::new(Timestamp::from_seconds(1_700_000_000))))
}

#[test]
fn lines_are_kept_clean_and_the_oldest_make_room() {
    let tail = tail();
    let subscriber = tracing_subscriber::registry().with(Feed(Arc::clone(&tail)));
    tracing::subscriber::with_default(subscriber, || {
        tracing::warn!(asset = "a\u{202e}b", n = 3, "key AKIAIOSFODNN7EXAMPLE seen \u{1b}[2J");
        tracing::info!("second");
    });
    let lines = tail.newest(10);
    assert_eq!(lines.len(), 2);
    assert_eq!((lines[0].level.as_str(), lines[1].text.as_str()), ("WARN", "second"));
    let text = &lines[0].text;
    assert!(text.contains("asset=a<U+202E>b") && text.contains("n=3") && text.contains("␛[2J"), "{text}");
    assert!(!text.contains("AKIAIOSFODNN7EXAMPLE"), "{text}");
    assert_eq!(tail.newest(1)[0].text, "second");
    for i in 0..LINES + 5 {
        tail.keep(LogLine { text: i.to_string(), ..lines[1].clone() });
    }
    let all = tail.newest(usize::MAX);
    assert_eq!((all.len(), all[0].text.as_str()), (LINES, "5"));
}

#[test]
fn files_are_read_from_their_end_newest_last() {
    let dir = tempfile::tempdir().unwrap();
    assert!(of_files(&dir.path().join("none"), 5).unwrap().is_empty());
    let line = |minute: u32, text: &str| {
        format!(
            "{{\"timestamp\":\"2026-11-25T10:{minute:02}:00.5Z\",\"level\":\"INFO\",\"fields\":{{\"message\":\"{text}\",\"run\":4}},\"target\":\"cloudscope\"}}\n"
        )
    };
    let write = |name: &str, text: String| std::fs::write(dir.path().join(name), text).unwrap();
    write("cloudscope.2026-11-24.jsonl", line(1, "one") + &line(2, "two"));
    write(
        "cloudscope.2026-11-25.jsonl",
        "half a line\n".to_owned() + &line(3, "three\\u001b") + &line(4, "four"),
    );
    write("other.txt", line(9, "not ours"));
    let texts =
        |limit| -> Vec<String> { of_files(dir.path(), limit).unwrap().into_iter().map(|l| l.text).collect() };
    assert_eq!(texts(3), ["two run=4", "three␛ run=4", "four run=4"]);
    assert_eq!(texts(1), ["four run=4"]);
    assert_eq!(texts(100).len(), 4);
}
