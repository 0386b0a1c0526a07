//! How a secret is written when it is copied.

use keydeck_domain::dialect::KeyHeader;
use keydeck_domain::{Secret, TenantId};

use super::CopyAs;
use crate::error::{Error, ErrorCode, Result};

/// The text that goes into the clipboard: `header` and `tenant` say how a request of the key's system carries both.
///
/// # Errors
/// [`ErrorCode::Invalid`] for a variable's name that no shell accepts, or for a secret that would
/// end its own quotes.
pub fn render(secret: &Secret, form: &CopyAs, header: KeyHeader, tenant: Option<(&str, &TenantId)>) -> Result<Secret> {
    // Exposed to be copied, which is what the person asked for; each text wipes itself.
    let text = secret.expose();
    let (before, after) = match form {
        CopyAs::Plain => return Ok(secret.duplicate()),
        CopyAs::Environment { variable } => {
            if !is_variable(variable) {
                return Err(Error::new(
                    ErrorCode::Invalid,
                    "A variable's name holds letters, digits and underscores, and does not begin with a digit.",
                ));
            }
            (format!("{variable}="), String::new())
        }
        CopyAs::CurlHeader => {
            let before = match header {
                KeyHeader::Bearer => "-H 'Authorization: Bearer ".to_owned(),
                KeyHeader::Named(name) => format!("-H '{name}: "),
            };
            // A tenant's name is made of letters, digits, `_`, `-` and `.`: it can't end its quotes.
            let after = tenant.map_or("'".to_owned(), |(name, tenant)| format!("' -H '{name}: {tenant}'"));
            (before, after)
        }
    };
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.~+/=:".contains(&byte)) {
        return Err(Error::new(ErrorCode::Invalid, "This secret holds characters that a shell would read. Copy it plain."));
    }
    let mut whole = String::with_capacity(before.len() + text.len() + after.len());
    whole.push_str(&before);
    whole.push_str(text);
    whole.push_str(&after);
    Ok(Secret::new(whole))
}

fn is_variable(name: &str) -> bool {
    let mut bytes = name.bytes();
    name.len() <= 128
        && bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[test]
    fn forms() {
        let secret = Secret::new("kd_test_abc".to_owned());
        let check = |form: CopyAs, expected: &str| {
            assert!(render(&secret, &form, KeyHeader::Bearer, None).unwrap().expose() == expected, "{form:?}")
        };
        check(CopyAs::Plain, "kd_test_abc");
        check(CopyAs::Environment { variable: "BILLING_KEY".into() }, "BILLING_KEY=kd_test_abc");
        check(CopyAs::CurlHeader, "-H 'Authorization: Bearer kd_test_abc'");
        let tenant: TenantId = "tenant_abc123".parse().unwrap();
        let carried = render(&secret, &CopyAs::CurlHeader, KeyHeader::Named("x-api-key"), Some(("x-tn", &tenant))).unwrap();
        assert!(carried.expose() == "-H 'x-api-key: kd_test_abc' -H 'x-tn: tenant_abc123'");
    }

    #[test]
    fn only_names_of_variables() {
        let secret = Secret::new("kd_test_abc".to_owned());
        for variable in ["", "1A", "A-B", "A B", "A=B", "$(id)", "Ä", "A\n"] {
            let form = CopyAs::Environment { variable: variable.into() };
            assert_eq!(
                render(&secret, &form, KeyHeader::Bearer, None).err().map(|error| error.code),
                Some(ErrorCode::Invalid),
                "{variable:?}"
            );
        }
    }

    #[test]
    fn a_secret_can_not_end_its_quotes() {
        let secret = Secret::new("a'; rm -rf /; '".to_owned());
        assert!(render(&secret, &CopyAs::CurlHeader, KeyHeader::Bearer, None).is_err());
        assert!(render(&secret, &CopyAs::Environment { variable: "A".into() }, KeyHeader::Bearer, None).is_err());
        assert!(render(&secret, &CopyAs::Plain, KeyHeader::Bearer, None).is_ok());
    }
}
