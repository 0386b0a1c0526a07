//! What is in the memory of this process stays there: other programs of the same person can't read
//! it, and no crash writes it to the disk. The web process is another one: it holds no secret but the
//! one that it shows.

use std::io;

/// Begins it. A new program in this process, which `exec` starts, would have to do it again.
///
/// # Errors
/// Where the system does not allow it.
#[cfg(target_os = "linux")]
pub fn keep() -> io::Result<()> {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

    // The web processes inherit this one.
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}

/// Elsewhere the system asks for a password, or for a right that was given, before one program reads
/// another's memory.
///
/// # Errors
/// None.
#[cfg(not(target_os = "linux"))]
pub fn keep() -> io::Result<()> {
    Ok(())
}
