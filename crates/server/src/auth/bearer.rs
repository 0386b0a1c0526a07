//! `Authorization: Bearer …` (RFC 6750, 2.1).

use http::HeaderMap;
use http::header::AUTHORIZATION;

/// What stands in the `Authorization` header.
pub(crate) enum Presented<'a> {
    /// No such header.
    Nothing,
    /// One bearer token.
    Token(&'a str),
    /// Several headers, another scheme, or no text.
    Unusable,
}

/// Reads the header. Two of them are refused rather than one chosen.
pub(crate) fn presented(headers: &HeaderMap) -> Presented<'_> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Presented::Nothing };
    if values.next().is_some() {
        return Presented::Unusable;
    }
    let token = value.to_str().ok().and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_matches(' '))
    });
    match token {
        Some(token) if !token.is_empty() && !token.contains(char::is_whitespace) => Presented::Token(token),
        _ => Presented::Unusable,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_one_bearer_token_counts() {
        let check = |values: &[&'static str], expected: Option<&str>| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(AUTHORIZATION, HeaderValue::from_static(value));
            }
            let token = match presented(&headers) {
                Presented::Token(token) => Some(token),
                _ => None,
            };
            assert_eq!(token, expected, "{values:?}");
        };
        check(&["Bearer abc"], Some("abc"));
        check(&["bearer  abc "], Some("abc"));
        check(&[], None);
        check(&["Basic abc"], None);
        check(&["Bearer"], None);
        check(&["Bearer "], None);
        check(&["Bearer a b"], None);
        check(&["Bearer a", "Bearer a"], None);
    }
}
