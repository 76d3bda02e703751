//! What the system says about this process. Where it says nothing, nothing is shown.

use std::fs;

/// What `/proc/self/stat` counts processor time in, on every architecture Linux calls its own.
const TICKS_PER_SECOND: u64 = 100;

/// Resident memory in bytes.
pub(super) fn memory() -> Option<u64> {
    kib(&fs::read_to_string("/proc/self/status").ok()?, "VmRSS:")
}

/// Processor time since the start of the process, in milliseconds.
pub(super) fn cpu_ms() -> Option<u64> {
    ticks(&fs::read_to_string("/proc/self/stat").ok()?).map(|n| n * 1_000 / TICKS_PER_SECOND)
}

/// How many processors it may use: those of the machine, or what its container grants.
pub(super) fn processors() -> u32 {
    std::thread::available_parallelism().map_or(1, |count| count.get() as u32)
}

/// What the process may have: what its container grants, or what the machine has.
pub(super) fn memory_limit() -> Option<u64> {
    let granted = fs::read_to_string("/sys/fs/cgroup/memory.max").ok();
    let granted = granted.and_then(|text| text.trim().parse().ok());
    let whole = fs::read_to_string("/proc/meminfo").ok();
    let whole = whole.and_then(|text| kib(&text, "MemTotal:"));
    granted.into_iter().chain(whole).min()
}

/// The bytes of a line such as `VmRSS:   1234 kB`.
fn kib(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let number: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(number * 1024)
}

/// User and system time of `/proc/self/stat`. The second field is a name in parentheses that may have
/// anything in it.
fn ticks(text: &str) -> Option<u64> {
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    let user: u64 = fields.nth(11)?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_linux_writes_is_read() {
        let status = "Name:\theadwater\nVmHWM:\t  900 kB\nVmRSS:\t  123 kB\n";
        assert_eq!(kib(status, "VmRSS:"), Some(123 * 1024));
        assert_eq!(kib(status, "VmSwap:"), None);
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 1 2 3 4 250 50 0 0 20 0 9 0 1 2 3";
        assert_eq!(ticks(stat), Some(300));
        assert_eq!(ticks("nonsense"), None);
    }
}
