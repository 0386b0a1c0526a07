//! The owner of what is on this computer: made on first use, with an organization to work in.

use std::io::ErrorKind;
use std::path::Path;

use keydeck_console::error::{Error, ErrorCode, Result};
use keydeck_domain::format::random_base62;
use keydeck_domain::{Email, Name, Password, Prefix};
use keydeck_server::Server;

use super::failed;

const ORGANIZATION: &str = "My keys";
const PREFIX: &str = "kd";
/// Says who the owner is: the system's user can be renamed later. Holds nothing secret.
const FILE: &str = "owner.txt";

/// Gives who owns the organization on this computer; makes both on first use.
pub(super) async fn find_or_make(server: &Server, folder: &Path) -> Result<Email> {
    let file = folder.join(FILE);
    match std::fs::read_to_string(&file) {
        Ok(text) => return text.trim().parse().map_err(|error| failed("its owner's name can't be read", &error)),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(failed("its owner's name can't be read", &error)),
    }
    let (email, name) = person();
    // A first use that ended halfway is taken up where it ended.
    let known = server.person(&email).await.map_err(|error| failed("its people can't be read", &error))?;
    let owner = match known {
        Some(owner) => owner,
        None => {
            let password = unknown_password()?;
            server.add_person(&email, &name, &password).await.map_err(|error| failed("its owner could not be made", &error))?
        }
    };
    let organizations =
        server.organizations_of(owner).await.map_err(|error| failed("its organizations can't be read", &error))?;
    if organizations.is_empty() {
        let (name, prefix) = organization();
        server
            .add_organization(&name, &prefix, owner)
            .await
            .map_err(|error| failed("its organization could not be made", &error))?;
    }
    // Last: as long as it is missing, the first use isn't over.
    std::fs::write(&file, email.as_str()).map_err(|error| failed("its owner's name can't be kept", &error))?;
    Ok(email)
}

/// The system's user, as far as it can stand in an address.
fn person() -> (Email, Name) {
    let user =
        ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok().filter(|user| !user.is_empty()));
    named(user.as_deref().unwrap_or("me"))
}

fn named(user: &str) -> (Email, Name) {
    let local: String = user.chars().filter(|c| c.is_ascii_alphanumeric() || "._-".contains(*c)).take(64).collect();
    let local = if local.is_empty() { "me" } else { &local };
    let email = format!("{local}@localhost").parse().expect("letters and digits make an address");
    let name = user.parse().or_else(|_| local.parse()).expect("letters and digits make a name");
    (email, name)
}

fn organization() -> (Name, Prefix) {
    (ORGANIZATION.parse().expect("a constant name"), PREFIX.parse().expect("a constant prefix"))
}

/// Nobody signs in here with a password: it is made, used once and not kept.
fn unknown_password() -> Result<Password> {
    let random = random_base62(43).map_err(|_| Error::new(ErrorCode::Internal, "The system's random generator failed."))?;
    // Exposed to become the password that nobody knows.
    Ok(Password::new(random.expose().to_owned()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

    use super::*;

    #[test]
    fn a_user_has_an_address_whatever_he_is_called() {
        let check = |user: &str, email: &str, name: &str| {
            let (e, n) = named(user);
            assert_eq!((e.as_str(), n.as_str()), (email, name));
        };
        check("ada", "ada@localhost", "ada");
        check("Ada Lovelace", "adalovelace@localhost", "Ada Lovelace");
        check("Ünal", "nal@localhost", "Ünal");
        check("名", "me@localhost", "名");
        check("a\nb", "ab@localhost", "ab");
    }
}
