//! From a key to the last byte of the frame that answers it, in the real binary through a pseudo-terminal:
//! letters typed into the filter and erased again, paging, sorting, a filter that nothing matches and one that
//! everything does; first with nothing else going on, then while 10,000 assets a second arrive that all changed.
//! Also: the first frame and the first answer of a start with cold files, memory, and bytes per key.
//!
//! ```text
//! cargo build --release
//! CLOUDSCOPE_BENCH_ROWS=1000000 CLOUDSCOPE_BENCH_DATA=/tmp/estate cargo bench -p cloudscope-benches --bench keys
//! ```
//!
//! `CLOUDSCOPE_BENCH_DATA` is a data directory that is kept, and made if it is not there; without it a new one
//! is made. `CLOUDSCOPE_BENCH_BINARY` is the program, else `target/release/cloudscope`. A frame is what stands
//! between the brackets of synchronized output; it answers a key when the emulator's screen shows what the key
//! should lead to (the typed text with its count of hits, other rows), not merely the key's echo.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

#[path = "keys/drive.rs"]
mod drive;
#[path = "keys/figures.rs"]
mod figures;
#[path = "keys/terminal.rs"]
mod terminal;

use std::{
    error::Error,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use cloudscope_benches::rows;

use drive::Counts;
use figures::{Figures, millis};
use terminal::Terminal;

/// Assets a second that arrive.
const RATE: usize = 10_000;

pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

fn binary() -> PathBuf {
    let built = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/release/cloudscope");
    std::env::var_os("CLOUDSCOPE_BENCH_BINARY").map_or_else(built, PathBuf::from)
}

fn main() -> Outcome<()> {
    let (binary, rows) = (binary(), rows());
    if !binary.exists() {
        return Err(format!("{} is not there; build it with cargo build --release", binary.display()).into());
    }
    let temporary = tempfile::tempdir()?;
    let kept = std::env::var_os("CLOUDSCOPE_BENCH_DATA").map(PathBuf::from);
    let data = kept.unwrap_or_else(|| temporary.path().join("data"));
    println!("{rows} assets, {} by {} cells", terminal::COLUMNS, terminal::LINES);
    if !data.exists() {
        let start = Instant::now();
        let source = format!("estate:assets={rows}");
        let made =
            Command::new(&binary).arg("--data-dir").arg(&data).args(["collect", "-q", &source]).status()?;
        if !made.success() {
            return Err(format!("the estate could not be collected ({made})").into());
        }
        println!("  collected until durable in {:.1} s", start.elapsed().as_secs_f64());
    }

    // Once to learn how many hits each filter has, and to leave what a start leaves.
    let mut terminal = Terminal::start(&binary, &data)?;
    terminal.ready(Duration::from_secs(120))?;
    let counts = Counts::learn(&mut terminal)?;
    terminal.quit()?;

    cold(&data)?;
    let mut terminal = Terminal::start(&binary, &data)?;
    start(&mut terminal, &counts)?;
    terminal.ready(Duration::from_secs(120))?;
    println!("  resident with the front end open: {}", terminal.memory());

    let mut idle = Figures::default();
    let spent = terminal.processor();
    drive::pass(&mut terminal, &counts, &mut idle)?;
    idle.print("nothing else going on", terminal.processor() - spent);
    println!("  resident after that: {}", terminal.memory());

    let round = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() / 10 % 9_999 + 1;
    let source = format!("estate:assets={rows},round={round},churn=1000,rate={RATE}");
    let started = Instant::now();
    let mut arriving = Command::new(&binary)
        .arg("--data-dir")
        .arg(&data)
        .args(["collect", "-q", &source])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    terminal.wait(Duration::from_secs(30), |screen| screen.contains("collecting"))?;
    terminal.watch(Duration::from_secs(2))?;
    let mut loaded = Figures::default();
    let spent = terminal.processor();
    while loaded.keys() < 400 && arriving.try_wait()?.is_none() {
        drive::pass(&mut terminal, &counts, &mut loaded)?;
    }
    loaded.print(&format!("while {RATE} changed assets/s arrive"), terminal.processor() - spent);
    let whole = arriving.try_wait()?.is_some();
    terminal::interrupt(arriving.id());
    let output = arriving.wait_with_output()?;
    let said = [output.stdout, output.stderr].concat();
    println!(
        "  the collection {} after {:.0} s and said: {}",
        if whole { "had ended" } else { "was stopped" },
        started.elapsed().as_secs_f64(),
        String::from_utf8_lossy(&said).lines().last().unwrap_or("nothing"),
    );
    println!("  resident after that: {}", terminal.memory());
    let quitting = Instant::now();
    terminal.quit()?;
    println!("  quitting took {:.0} ms", millis(quitting.elapsed()));
    Ok(())
}

/// What a start shows when.
fn start(terminal: &mut Terminal, counts: &Counts) -> Outcome<()> {
    let (word, hits) = counts.last();
    let first = terminal.frame(Duration::from_secs(30), |_| true)?;
    println!("  first frame after {:.0} ms", millis(first));
    let filled = terminal.frame(Duration::from_secs(60), terminal::has_rows)?;
    println!("  first frame with rows after {:.0} ms", millis(filled));
    // Typed at once; answered when everything can be searched.
    terminal.keys(&format!("/{word}"))?;
    let answer = terminal.frame(Duration::from_secs(120), |screen| drive::shows(screen, word, hits))?;
    println!("  `{word}` typed at once is answered {:.0} ms after the start", millis(answer));
    terminal.keys("\x15\r")?;
    Ok(())
}

/// Puts the files of a directory out of the page cache, as far as the system lets one.
fn cold(folder: &Path) -> Outcome<()> {
    rustix::fs::sync();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            cold(&path)?;
        } else if path.is_file() {
            let file = std::fs::File::open(&path)?;
            rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed)?;
        }
    }
    Ok(())
}
