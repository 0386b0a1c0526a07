//! What the kernel knows of a process.

use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Ticks a second in `/proc/*/stat` on Linux, whatever the kernel's own clock does (`proc(5)`).
const TICKS: f64 = 100.0;

/// When a process was started, in milliseconds since 1970; the kernel tells it to 10 ms.
pub fn started_at(id: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).expect("the process lives");
    // The name stands in brackets and can hold anything; field 22 is the 20th after it.
    let after = stat.rsplit_once(')').expect("a name in brackets").1;
    let ticks: f64 = after.split_whitespace().nth(19).and_then(|text| text.parse().ok()).expect("field 22");
    let uptime = fs::read_to_string("/proc/uptime").expect("Linux has it");
    let uptime: f64 = uptime.split_whitespace().next().and_then(|text| text.parse().ok()).expect("seconds");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs_f64();
    (now - uptime + ticks / TICKS) * 1000.0
}

/// Processor time of this process so far, to 10 ms.
pub fn processor_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux has it");
    let after = stat.rsplit_once(')').expect("a name in brackets").1;
    // Fields 14 and 15, user and system, are the 12th and 13th after the name.
    let ticks: f64 = after.split_whitespace().skip(11).take(2).filter_map(|text| text.parse::<f64>().ok()).sum();
    Duration::from_secs_f64(ticks / TICKS)
}

/// The proportional set size of a process and all below it, in KiB.
pub fn pss_kib(id: u32) -> f64 {
    let own = fs::read_to_string(format!("/proc/{id}/smaps_rollup")).unwrap_or_default();
    let own: f64 = own
        .lines()
        .find_map(|line| line.strip_prefix("Pss:"))
        .and_then(|text| text.split_whitespace().next())
        .and_then(|text| text.parse().ok())
        .unwrap_or(0.0);
    own + children(id).into_iter().map(pss_kib).sum::<f64>()
}

fn children(id: u32) -> Vec<u32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{id}/task")) else { return Vec::new() };
    threads
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok())
        .flat_map(|text| text.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<u32>>())
        .collect()
}
