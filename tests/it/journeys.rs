//! What a person does at a terminal, with the real binary.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::{home::Home, terminal::Terminal};

/// No collection at the start, so that the screen holds just what the test put into the store.
const QUIET: &[(&str, &str)] = &[("CLOUDSCOPE_COLLECT_ON_START", "0"), ("CLOUDSCOPE_DISCOVER", "0")];

fn with_rows(rows: &[(&str, &str)]) -> Home {
    let home = Home::new();
    let lines: String = rows
        .iter()
        .map(|(id, name)| serde_json::json!({"id": id, "name": name}).to_string() + "\n")
        .collect();
    home.file("in.ndjson", lines);
    home.run(&["collect", "file:in.ndjson"]).with(0);
    home
}

fn quiet(home: &Home, columns: u16, rows: u16) -> Terminal {
    Terminal::start_with(home, &[], columns, rows, QUIET)
}

/// The end of a session that was asked to end: quick, and the terminal as it was.
fn left_as_it_was(terminal: &mut Terminal) {
    let (took, _) = terminal.ended();
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert!(!terminal.alternate(), "still on the alternate screen");
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    let last = |on: &str, off: &str| (raw.rfind(on), raw.rfind(off));
    let (hidden, shown) = last("\x1b[?25l", "\x1b[?25h");
    assert!(shown >= hidden, "the cursor stays hidden");
    let (pasting, plain) = last("\x1b[?2004h", "\x1b[?2004l");
    assert!(plain >= pasting, "bracketed paste stays on");
}

#[test]
fn a_new_user_sees_this_host_and_leaves() {
    let home = Home::new();
    let begun = Instant::now();
    let mut terminal = Terminal::start(&home, &[], 120, 32);
    terminal.wait_for("CloudScope");
    terminal.wait_for("host.process");
    eprintln!("this host was on screen after {:?}", begun.elapsed());
    let rows = home.run(&["query", "kind:host.machine", "--format", "json"]).json();
    assert_eq!(rows.as_array().unwrap().len(), 1);
    terminal.keys("q");
    left_as_it_was(&mut terminal);
    assert!(!home.data().join("owner.sock").exists());
}

#[test]
fn twenty_queries_beside_an_open_front_end_are_answered_by_it() {
    let home = with_rows(&[("a", "alpha"), ("b", "beta")]);
    let mut terminal = quiet(&home, 100, 24);
    terminal.wait_for("alpha");
    let children: Vec<_> = (0..20)
        .map(|_| {
            let mut command = home.command(&["query", "alpha", "--format", "ndjson"]);
            command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for child in children {
        let out = crate::home::Ran::of(crate::home::wait(child), &["query"]).with(0);
        assert!(out.contains("alpha") && !out.contains("beta"), "{out}");
    }
    let mut second = quiet(&home, 100, 24);
    second.wait_for("beta");
    second.keys("q");
    left_as_it_was(&mut second);
    home.file("more.ndjson", "{\"id\":\"c\",\"name\":\"gamma\"}\n");
    home.run(&["collect", "file:more.ndjson"]).with(0);
    terminal.wait_for("gamma");
    terminal.keys("q");
    left_as_it_was(&mut terminal);
}

#[test]
fn a_filter_narrows_the_table_and_escape_widens_it_again() {
    let home = with_rows(&[("a", "alpha"), ("b", "beta"), ("c", "gamma")]);
    let mut terminal = quiet(&home, 120, 32);
    terminal.wait_for("gamma");
    terminal.keys("/bet");
    terminal.wait("only beta", |s| s.contains("beta") && !s.contains("gamma"));
    terminal.keys("\r");
    terminal.wait("only beta", |s| s.contains("beta") && !s.contains("gamma"));
    terminal.keys("\x1b");
    terminal.wait_for("gamma");
    terminal.keys("q");
    left_as_it_was(&mut terminal);
}

#[test]
fn a_start_goes_on_where_the_one_before_ended_unless_that_is_not_wanted() {
    let home = with_rows(&[("a", "alpha"), ("b", "beta"), ("c", "gamma")]);
    let mut terminal = quiet(&home, 120, 32);
    terminal.wait_for("gamma");
    terminal.keys("/bet\r");
    terminal.wait("only beta", |s| s.contains("beta") && !s.contains("gamma"));
    terminal.keys(":save the second\r");
    terminal.wait_for("saved the view");
    terminal.keys("q");
    left_as_it_was(&mut terminal);
    let page = home.data().join("first-page.json");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&page).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let mut terminal = quiet(&home, 80, 24);
    terminal.wait("only beta, live", |s| s.contains("beta") && s.contains("1 of 3") && !s.contains("gamma"));
    terminal.keys("\x1b");
    terminal.wait_for("gamma");
    terminal.keys(":view the second\r");
    terminal.wait("only beta", |s| s.contains("beta") && !s.contains("gamma"));
    terminal.keys("q");
    left_as_it_was(&mut terminal);
    let environment: Vec<_> = QUIET.iter().copied().chain([("CLOUDSCOPE_FIRST_PAGE", "0")]).collect();
    let mut terminal = Terminal::start_with(&home, &[], 80, 24, &environment);
    terminal.wait_for("gamma");
    assert!(!page.exists());
    terminal.keys("q");
    left_as_it_was(&mut terminal);
    assert!(!page.exists());
}

#[test]
fn signals_end_it_and_leave_nothing_behind() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let home = with_rows(&[("a", "alpha")]);
        let mut terminal = quiet(&home, 80, 24);
        terminal.wait_for("alpha");
        terminal.signal(signal);
        left_as_it_was(&mut terminal);
        home.run(&["store", "check"]).with(0);
    }
}

/// Opens a terminal, waits for a text in it, closes its other end, and prints how long the program took
/// to end. A process of its own, because only closing every copy of the other end takes it away.
const VANISH: &str = r"
import fcntl, os, pty, signal, struct, sys, termios, time
pid, end = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0))
    os.execv(sys.argv[1], sys.argv[1:])
seen, begun = b'', time.monotonic()
while b'alpha' not in seen and time.monotonic() - begun < 60:
    seen += os.read(end, 65536)
assert b'alpha' in seen, seen
os.close(end)
begun = time.monotonic()
while os.waitpid(pid, os.WNOHANG) == (0, 0):
    if time.monotonic() - begun > 20:
        os.kill(pid, signal.SIGKILL)
    time.sleep(0.002)
print(time.monotonic() - begun)
";

#[test]
fn a_vanished_terminal_ends_it_within_a_second() {
    let home = with_rows(&[("a", "alpha")]);
    let mut command = std::process::Command::new("python3");
    command.args(["-c", VANISH, env!("CARGO_BIN_EXE_cloudscope")]).env_clear().envs(home.environment());
    command.envs(QUIET.iter().copied()).env("TERM", "xterm-256color").current_dir(home.work());
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let ran = crate::home::Ran::of(crate::home::wait(command.spawn().unwrap()), &["vanish"]);
    let took: f64 = ran.with(0).trim().parse().unwrap();
    // A second for the program, and one for a machine with more to do.
    assert!(took < 2.0, "it took {took} s");
    home.run(&["store", "check"]).with(0);
}

#[test]
fn a_front_end_outlives_the_owner_that_it_is_attached_to() {
    for signal in [Signal::KILL, Signal::TERM] {
        let home = with_rows(&[("a", "alpha"), ("b", "beta"), ("c", "bravo")]);
        let mut owner = quiet(&home, 80, 24);
        owner.wait_for("alpha");
        let mut visitors = [quiet(&home, 100, 24), quiet(&home, 100, 24)];
        for visitor in &mut visitors {
            visitor.wait("attached", |s| s.contains("attached") && s.contains("alpha"));
            visitor.keys("/b\rj");
            visitor.wait("what has a b", |s| s.contains("2 of 3") && !s.contains("alpha"));
        }
        owner.signal(signal);
        owner.ended();
        // One of them becomes the owner, the other is attached to it, and both show what they showed.
        let told = "the data directory now";
        for visitor in &visitors {
            visitor.wait(told, |s| s.contains(told) && s.contains("2 of 3") && s.contains("bravo"));
        }
        home.file("more.ndjson", "{\"id\":\"d\",\"name\":\"bongo\"}\n");
        home.run(&["collect", "file:more.ndjson"]).with(0);
        for visitor in &mut visitors {
            visitor.wait("what is new", |s| s.contains("bongo") && s.contains("3 of 4"));
            visitor.keys("\x1b");
            visitor.wait_for("alpha");
        }
        for mut visitor in visitors {
            visitor.keys("q");
            left_as_it_was(&mut visitor);
        }
        home.run(&["store", "check"]).with(0);
    }
}

#[test]
fn a_killed_owner_does_not_block_the_next() {
    let home = with_rows(&[("a", "alpha")]);
    let mut terminal = quiet(&home, 80, 24);
    terminal.wait_for("alpha");
    terminal.signal(Signal::KILL);
    terminal.ended();
    let rows = home.run(&["query", "alpha", "--format", "json"]).json();
    assert_eq!(rows.as_array().unwrap().len(), 1);
    let next = quiet(&home, 80, 24);
    next.wait_for("alpha");
}

#[test]
fn suspending_gives_the_terminal_back_and_continuing_takes_it_again() {
    let home = with_rows(&[("a", "alpha")]);
    let mut terminal = quiet(&home, 80, 24);
    terminal.wait_for("alpha");
    terminal.keys("\x1a");
    let stopped = || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", terminal.pid())).unwrap_or_default();
        stat.rsplit(") ").next().is_some_and(|s| s.starts_with('T'))
    };
    let deadline = Instant::now() + Duration::from_secs(20);
    while !stopped() || terminal.alternate() {
        assert!(Instant::now() < deadline, "it did not stop:\n{}", terminal.screen());
        std::thread::park_timeout(Duration::from_millis(5));
    }
    terminal.signal(Signal::CONT);
    terminal.wait("the screen again", |s| s.contains("alpha"));
    assert!(terminal.alternate());
    terminal.keys("q");
    left_as_it_was(&mut terminal);
}

#[test]
fn hostile_names_act_nowhere() {
    let evil = "e\u{1b}]0;owned\u{7}vil\u{1b}[2J\u{9b}31m\u{202e}";
    let home = with_rows(&[("a", evil), ("b", "tame")]);
    let mut terminal = quiet(&home, 120, 32);
    let screen = terminal.wait_for("tame");
    assert!(screen.contains("e␛]0;owned␇vil"), "{screen}");
    terminal.keys("d");
    terminal.wait("the whole name", |s| s.contains("owned") && !s.contains("tame"));
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    assert!(!raw.contains("\u{1b}]0;owned") && !raw.contains('\u{9b}') && !raw.contains('\u{202e}'));
    terminal.keys("\x1b");
    // An escape and a letter in one read are alt and the letter: the closed view tells them apart.
    terminal.wait("the table again", |s| s.contains("tame"));
    terminal.keys("q");
    left_as_it_was(&mut terminal);
}

#[test]
fn a_terminal_may_change_its_size_at_any_time() {
    let home = with_rows(&[("a", "alpha"), ("b", "beta")]);
    let mut terminal = quiet(&home, 120, 32);
    terminal.wait_for("alpha");
    for (columns, rows) in [(80, 24), (40, 10), (20, 5), (200, 50), (10, 2), (100, 30)] {
        terminal.resize(columns, rows);
    }
    terminal.wait("the table again", |s| s.contains("alpha") && s.contains("beta"));
    terminal.keys("q");
    left_as_it_was(&mut terminal);
}

#[test]
fn the_demo_is_labelled() {
    let home = Home::new();
    let mut terminal = Terminal::start(&home, &["demo"], 160, 40);
    terminal.wait("the label", |s| s.to_lowercase().contains("demo"));
    terminal.wait("assets of a cloud", |s| s.contains("aws.") || s.contains("k8s."));
    terminal.keys("q");
    left_as_it_was(&mut terminal);
}

#[test]
fn no_color_draws_without_colour() {
    let home = with_rows(&[("a", "alpha")]);
    let mut environment = QUIET.to_vec();
    environment.push(("NO_COLOR", "1"));
    let mut terminal = Terminal::start_with(&home, &[], 100, 24, &environment);
    terminal.wait_for("alpha");
    terminal.keys("q");
    left_as_it_was(&mut terminal);
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    let coloured = regex::Regex::new(r"\x1b\[[0-9;:]*\b(3[0-7]|4[0-7]|38|48|9[0-7]|10[0-7])[;:m]").unwrap();
    assert!(!coloured.is_match(&raw), "{:?}", coloured.find(&raw));
}
