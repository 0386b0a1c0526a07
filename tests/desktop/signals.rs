//! A signal ends the program properly at any moment from the one on in which it is heard.

use std::path::Path;

use keydeck_tests::Machine;
use keydeck_tests::desktop::program;
use keydeck_tests::process::{Program, signal, until};

/// Moments of a start, the first to the last.
type Moment = (&'static str, fn(&Machine, u32) -> Option<()>);
const MOMENTS: [Moment; 4] = [
    ("it hears signals", |_, process| hears(process).then_some(())),
    ("it is on the bus", |machine, _| machine.owner_of("org.keydeck.desktop.SingleInstance").map(drop)),
    ("the webview's folder is there", |machine, _| webview(machine).is_dir().then_some(())),
    ("the web process is there", |_, process| children(process).contains("WebKitWebProces").then_some(())),
];

#[test]
fn a_signal_during_the_start_ends_it_properly() {
    let machine = Machine::start();
    for (what, moment) in MOMENTS {
        for kind in [libc::SIGTERM, libc::SIGINT, libc::SIGHUP] {
            let mut program = Program::start(machine.command(program()).stdout(machine.log("out")).stderr(machine.log("err")));
            let id = program.id();
            until(what, || moment(&machine, id));
            signal(i32::try_from(id).unwrap(), kind);
            let status = program.wait();
            assert!(status.success(), "signal {kind} when {what}: {status}");
            assert!(!webview(&machine).exists(), "signal {kind} when {what}: the webview's folder is still there");
        }
    }
}

fn webview(machine: &Machine) -> std::path::PathBuf {
    machine.folder().join("run/keydeck/webview")
}

/// Whether `SIGTERM` has a handler, as the kernel tells it (`proc(5)`, `SigCgt`).
fn hears(process: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap_or("0");
    let caught = u64::from_str_radix(caught.trim(), 16).unwrap();
    [libc::SIGTERM, libc::SIGINT, libc::SIGHUP].iter().all(|kind| caught & (1 << (kind - 1)) != 0)
}

/// The names of the processes that a process has started.
fn children(process: u32) -> String {
    let threads = std::fs::read_dir(Path::new("/proc").join(process.to_string()).join("task")).unwrap();
    let ids = threads.flatten().map(|thread| std::fs::read_to_string(thread.path().join("children")).unwrap_or_default());
    let names = |ids: String| {
        ids.split_whitespace()
            .map(|id| std::fs::read_to_string(format!("/proc/{id}/comm")).unwrap_or_default())
            .collect::<String>()
    };
    ids.map(names).collect()
}
