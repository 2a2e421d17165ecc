//! What the operating system says of a process.

/// The most memory that a running process ever had resident, in megabytes of 1,000,000 bytes. Linux only.
///
/// # Panics
///
/// When there is no such process.
pub fn peak_megabytes(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kibibytes: f64 = peak.trim().trim_end_matches("kB").trim().parse().unwrap();
    kibibytes * 1024.0 / 1_000_000.0
}

/// Clock ticks of a second, in which the kernel tells times to programs, on every architecture that we deploy to.
const TICKS: f64 = 100.0;

/// The processor time that a running process has used by now, its own and the system's for it. Linux only.
///
/// # Panics
///
/// When there is no such process.
pub fn processor_milliseconds(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    // The name in parentheses may contain blanks; the state after it is the third field of all.
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    let ticks: f64 = fields
        .split(' ')
        .skip(11)
        .take(2)
        .map(|it| it.parse::<f64>().unwrap())
        .sum();
    ticks / TICKS * 1000.0
}
