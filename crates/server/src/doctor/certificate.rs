//! The certificate: whether it can be used, for whom it is, and how long it is good.

use chrono::{DateTime, Utc};

use super::Finding;
use crate::times;
use crate::tls::{Certificate, Pair, TlsFiles};

const WHAT: &str = "certificate";
/// Whole days that are left when it should have been renewed, and when it is high time.
const WARNING_DAYS: i64 = 30;
const ILL_DAYS: i64 = 3;

/// Reads the files as a start would.
pub(super) fn examine(files: &TlsFiles) -> Finding {
    match Pair::read(files) {
        Ok(pair) => judge(&pair.certificate, times::now()),
        Err(error) => Finding::ill(WHAT, error.to_string()),
    }
}

fn judge(certificate: &Certificate, now: DateTime<Utc>) -> Finding {
    if certificate.names.is_empty() {
        return Finding::ill(WHAT, "it names no host: clients refuse it. Get one with a subject alternative name");
    }
    let days = (certificate.not_after - now).num_days();
    let said = format!(
        "for {}, good for {days} days more, until {}; the key fits",
        certificate.names.join(", "),
        certificate.not_after.format("%Y-%m-%d %H:%M UTC")
    );
    if days < ILL_DAYS {
        Finding::ill(WHAT, format!("{said}. Renew it now"))
    } else if days < WARNING_DAYS {
        Finding::warning(WHAT, format!("{said}. Renew it: the server takes the new one by itself"))
    } else {
        Finding::well(WHAT, said)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use chrono::TimeDelta;

    use super::*;
    use crate::doctor::Health;

    #[test]
    fn a_certificate_that_ends_soon_is_told_of() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let check = |days, expected| {
            let certificate = Certificate { names: vec!["keys.example.org".to_owned()], not_after: now + TimeDelta::days(days) };
            assert_eq!(judge(&certificate, now).health, expected, "{days}");
        };
        check(30, Health::Well);
        check(29, Health::Warning);
        check(3, Health::Warning);
        check(2, Health::Ill);
        let nameless = Certificate { names: Vec::new(), not_after: now + TimeDelta::days(90) };
        assert_eq!(judge(&nameless, now).health, Health::Ill);
    }
}
