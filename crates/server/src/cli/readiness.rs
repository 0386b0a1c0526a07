//! Tells systemd that the server answers (`Type=notify`, sd_notify(3)): so a start that fails is seen as one.

/// Tells it, where somebody waits to be told.
///
/// # Errors
/// Where `NOTIFY_SOCKET` names a socket that takes nothing.
#[cfg(target_os = "linux")]
pub(crate) fn tell() -> std::io::Result<()> {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::net::{SocketAddr, UnixDatagram};

    let Some(name) = std::env::var_os("NOTIFY_SOCKET").filter(|name| !name.is_empty()) else { return Ok(()) };
    // A name that begins with @ is no file.
    let address = match name.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(&name)?,
    };
    UnixDatagram::unbound()?.send_to_addr(b"READY=1", &address)?;
    Ok(())
}

/// There is no systemd.
#[cfg(not(target_os = "linux"))]
pub(crate) fn tell() -> std::io::Result<()> {
    Ok(())
}
