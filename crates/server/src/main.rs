//! The `keydeck-server` program: reads flags and environment, and calls the library.

mod cli;

use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    // Before anything secret is read.
    if let Err(error) = keep_memory() {
        return failed(&format!("this system does not let it shut its memory off: {error}"));
    }
    let arguments = cli::arguments::Arguments::read(std::env::args_os()).unwrap_or_else(|error| error.exit());
    match cli::run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(why: &dyn std::fmt::Display) -> ExitCode {
    // Where standard error is closed there is nobody left to tell.
    let _ = writeln!(std::io::stderr(), "keydeck-server: {why}");
    ExitCode::FAILURE
}

/// Other programs of the same user can't read the pepper in this process, and no crash writes it to
/// the disk.
#[cfg(target_os = "linux")]
fn keep_memory() -> std::io::Result<()> {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}

/// Elsewhere one program needs a right that was given to read another's memory.
#[cfg(not(target_os = "linux"))]
fn keep_memory() -> std::io::Result<()> {
    Ok(())
}
