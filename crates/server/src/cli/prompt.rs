//! How a password is read: without echo from the terminal, or as one line from standard input.

use std::error::Error;
use std::io::{BufRead, IsTerminal};

use keydeck_domain::Password;

/// Reads a new password; on a terminal twice, so that a typing error is seen.
pub(crate) fn new_password(whose: &str) -> Result<Password, Box<dyn Error>> {
    if std::io::stdin().is_terminal() {
        let first = Password::new(rpassword::prompt_password(format!("New password of {whose}: "))?);
        let second = Password::new(rpassword::prompt_password("The same again: ")?);
        return if first == second { Ok(first) } else { Err("the two passwords differ: nothing was changed".into()) };
    }
    // With room for all that a password may be, so that no copy is left behind by growing.
    let mut line = String::with_capacity(2048);
    std::io::stdin().lock().read_line(&mut line)?;
    while line.ends_with(['\n', '\r']) {
        line.pop();
    }
    if line.is_empty() {
        return Err("there is no password on standard input".into());
    }
    Ok(Password::new(line))
}
