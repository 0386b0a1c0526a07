//! How a password is read: without echo from the terminal, or as one line from standard input.

use std::error::Error;
use std::io::{BufRead, IsTerminal};

use keydeck_domain::Password;
use keydeck_server::PASSWORD_MIN;

/// Reads a new password; on a terminal twice, so that a typing error is seen.
pub(crate) fn new_password(whose: &str) -> Result<Password, Box<dyn Error>> {
    if std::io::stdin().is_terminal() {
        let first = long_enough(rpassword::prompt_password(format!("New password of {whose}: "))?)?;
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
    long_enough(line)
}

/// Said here already, before anything is made for it.
fn long_enough(typed: String) -> Result<Password, Box<dyn Error>> {
    let long = typed.chars().count() >= PASSWORD_MIN;
    let password = Password::new(typed);
    if long { Ok(password) } else { Err(format!("a password must have at least {PASSWORD_MIN} characters").into()) }
}
