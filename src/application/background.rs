//! Work that nobody waits for lets what answers a key go first.

/// How far it stands back: a tenth of the weight of what answers.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// Lets whoever waits for a key's answer go first where there are fewer processors than work: this thread, and
/// those that it starts, have a lower priority from now on.
pub fn stand_back() {
    // Elsewhere it would be the whole process.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(NICE) {
        tracing::debug!(%error, "work in the background has the priority of everything else");
    }
}
