//! T38: no core is written, and another program of the same person can't read the memory.

use std::os::unix::fs::MetadataExt;
use std::process::Command;

use keydeck_tests::desktop::program;
use keydeck_tests::process::{Program, until};
use keydeck_tests::{Machine, desktop};

#[test]
fn t38_the_memory_of_the_program_can_not_be_read() {
    let machine = Machine::start();
    let start = |path: &std::path::Path, arguments: &[&str]| {
        let mut command = machine.command("env");
        command.args(ordinary()).arg(path).args(arguments);
        Program::start(command.stdout(machine.log("out")).stderr(machine.log("err")))
    };
    // Any other program can be read: what is tested is not the machine's own doing.
    let other = start("sleep".as_ref(), &["600"]);
    until("another program can be read", || reads(other.id()).then_some(()));

    let keydeck = start(&program(), &[]);
    until("the program is on the bus", || machine.owner_of("org.keydeck.desktop.SingleInstance"));
    assert!(!reads(keydeck.id()), "the program's memory can be read");
    assert_eq!(core_limit(keydeck.id()), ["0", "0"]);
    drop(keydeck);

    let server = desktop::root().join("target/debug/keydeck-server");
    let folder = machine.folder().join("server");
    let pepper = machine.folder().join("pepper");
    std::fs::write(&pepper, "5a".repeat(32)).unwrap();
    std::fs::set_permissions(&pepper, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let arguments =
        ["serve", "--data-dir", folder.to_str().unwrap(), "--pepper-file", pepper.to_str().unwrap(), "--listen", "127.0.0.1:0"];
    let server = start(&server, &arguments);
    until("the server has its data", || folder.join("keydeck.db").exists().then_some(()));
    assert!(!reads(server.id()), "the server's memory can be read");
    assert_eq!(core_limit(server.id()), ["0", "0"]);
}

/// How a program is started without the right of `root` to read everything. Ordinary people lack it
/// already.
fn ordinary() -> &'static [&'static str] {
    let root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    if root { &["setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace"] } else { &[] }
}

/// Whether another program of the same user can open the memory of a process. (Where the system lets
/// nobody do that, `kernel.yama.ptrace_scope`, the wait for the ordinary program says so.)
fn reads(process: u32) -> bool {
    let open = format!("exec 3</proc/{process}/mem");
    Command::new("env").args(ordinary()).args(["sh", "-c", &open]).output().unwrap().status.success()
}

/// The soft and the hard limit.
fn core_limit(process: u32) -> Vec<String> {
    let limits = std::fs::read_to_string(format!("/proc/{process}/limits")).unwrap();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max core file size")).unwrap();
    line.split_whitespace().take(2).map(str::to_owned).collect()
}
