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
