//! The link of an invitation: `https://keys.example.org/join#kdi_…`. Made here for who is invited, and
//! read here from what he typed. The token stands behind the `#`, which no browser sends.

use keydeck_domain::api::invitations::{INVITATION_PREFIX, JOIN_PATH};
use keydeck_domain::{OneTimeToken, Secret};
use url::Url;

use crate::error::{Error, ErrorCode, Result};
use crate::servers::http::address;

/// Longest link that is read, in bytes.
const LINK_MAX: usize = 1_024;
/// Longest token, in bytes.
const TOKEN_MAX: usize = 200;

/// What a link leads to.
pub struct InvitationLink {
    /// The server's origin: the token goes there and nowhere else.
    pub origin: Url,
    /// What proves the invitation.
    pub token: OneTimeToken,
}

/// The link for an invitation of the server at this origin.
#[must_use]
pub fn make(origin: &str, token: &OneTimeToken) -> Secret {
    // Exposed to become part of the link, which wipes itself as well.
    let token = token.expose();
    let mut link = String::with_capacity(origin.len() + JOIN_PATH.len() + 1 + token.len());
    link.push_str(origin);
    link.push_str(JOIN_PATH);
    link.push('#');
    link.push_str(token);
    Secret::new(link)
}

/// Reads a link. What is wrong with it is said without repeating any of it.
///
/// # Errors
/// [`ErrorCode::Invalid`], and [`ErrorCode::InsecureAddress`] for plain http to another machine.
pub fn read(link: &OneTimeToken) -> Result<InvitationLink> {
    // Exposed to be taken apart: the token becomes one again, the rest is no secret.
    let typed = link.expose().trim();
    if typed.is_empty() {
        return Err(invalid("Paste the link of your invitation: https://…/join#kdi_…"));
    }
    if typed.len() > LINK_MAX || !typed.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(invalid(
            "This is not the link of an invitation: it holds blanks or other characters that a link can't hold.",
        ));
    }
    let Some((before, token)) = typed.split_once('#') else {
        return Err(invalid("The link is not complete: it ends before the `#kdi_…`. Copy the whole of it."));
    };
    let rest = token.strip_prefix(INVITATION_PREFIX).unwrap_or_default();
    let whole = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if rest.is_empty() || token.len() > TOKEN_MAX || !rest.bytes().all(whole) {
        return Err(invalid("What follows the `#` is not an invitation: it begins with kdi_ and holds letters and digits."));
    }
    if !before.starts_with("https://") && !before.starts_with("http://") {
        return Err(invalid("The link of an invitation begins with https://."));
    }
    let url = Url::parse(before).map_err(|_| invalid("This is not the link of an invitation."))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("The link of an invitation holds no user name and no password."));
    }
    if url.query().is_some() {
        return Err(invalid("The link of an invitation holds no `?`."));
    }
    if url.path() != JOIN_PATH {
        return Err(invalid("The link of an invitation has /join before the `#`."));
    }
    let mut origin = url;
    origin.set_path("");
    let origin = address::origin(origin.as_str())?;
    Ok(InvitationLink { origin, token: OneTimeToken::new(token.to_owned()) })
}

fn invalid(message: &str) -> Error {
    Error::new(ErrorCode::Invalid, message)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;
    use proptest::prelude::*;

    fn read_text(text: &str) -> std::result::Result<(String, String), ErrorCode> {
        let link = read(&OneTimeToken::new(text.to_owned())).map_err(|error| {
            assert!(!error.message.contains("CANARY") && !error.message.contains("hunter2"), "{}", error.message);
            error.code
        })?;
        Ok((address::text(&link.origin), link.token.expose().to_owned()))
    }

    proptest! {
        #[test]
        fn what_is_made_is_read(host in "[a-z][a-z0-9]{0,20}(\\.[a-z]{2,5}){0,2}", port in 1_u16.., token in "kdi_[0-9A-Za-z]{20,60}") {
            let origin = address::text(&address::origin(&format!("https://{host}:{port}")).unwrap());
            let link = make(&origin, &OneTimeToken::new(token.clone()));
            prop_assert_eq!(read_text(link.expose()), Ok((origin, token)));
        }

        #[test]
        fn nothing_panics(text: String) {
            let _read = read(&OneTimeToken::new(text));
        }
    }

    #[test]
    fn links_are_read_strictly() {
        let check = |text: &str, origin: &str| assert_eq!(read_text(text).unwrap().0, origin, "{text}");
        check(" https://keys.example.org/join#kdi_CANARY1 ", "https://keys.example.org");
        check("https://Keys.Example.org:8443/join#kdi_CANARY1", "https://keys.example.org:8443");
        check("http://127.0.0.1:7080/join#kdi_CANARY1", "http://127.0.0.1:7080");
        for refused in [
            "",
            "kdi_CANARY1",
            "keys.example.org/join#kdi_CANARY1",
            "https://keys.example.org/join",
            "https://keys.example.org/join#",
            "https://keys.example.org/join#kdi_",
            "https://keys.example.org/join#kds_CANARY1",
            "https://keys.example.org/join#kdi_CANARY1#kdi_2",
            "https://keys.example.org/join#kdi_CAN%20ARY",
            "https://keys.example.org/join#kdi_CANARY 1",
            "https://keys.example.org/#kdi_CANARY1",
            "https://keys.example.org/join/#kdi_CANARY1",
            "https://keys.example.org/a/../join2#kdi_CANARY1",
            "https://keys.example.org/JOIN#kdi_CANARY1",
            "https://keys.example.org/join?x=1#kdi_CANARY1",
            "https://ada:hunter2@keys.example.org/join#kdi_CANARY1",
            "https://ada@keys.example.org/join#kdi_CANARY1",
            "ftp://keys.example.org/join#kdi_CANARY1",
            "javascript:alert(1)/join#kdi_CANARY1",
            "https:///join#kdi_CANARY1",
        ] {
            assert_eq!(read_text(refused), Err(ErrorCode::Invalid), "{refused}");
        }
        for insecure in ["http://keys.example.org/join#kdi_CANARY1", "http://192.168.1.5/join#kdi_CANARY1"] {
            assert_eq!(read_text(insecure), Err(ErrorCode::InsecureAddress), "{insecure}");
        }
    }
}
