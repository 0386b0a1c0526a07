//! The tag by which a service tells its routes apart.

use crate::text::validated_text;

/// Longest tag, in characters.
pub const ROUTE_MAX: usize = 64;

/// Why a tag was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a route has 1 to {ROUTE_MAX} printable ASCII characters without blanks, such as POST:/v1/orders")]
pub struct RouteError;

validated_text!(
    /// A route as a service names it, such as `POST:/v1/orders`: 1 to 64 printable ASCII characters without
    /// blanks. A name for a kind of request, not its address: an organization has at most
    /// [`crate::api::usage::ROUTES_MAX`] of them.
    RouteTag,
    RouteError,
    parse_route
);

fn parse_route(text: &str) -> Result<String, RouteError> {
    let fits = (1..=ROUTE_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(text.to_owned()) } else { Err(RouteError) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_short_plain_text() {
        for good in ["/v1/orders", "POST:/v1/orders", "x", &"a".repeat(64)] {
            assert_eq!(good.parse::<RouteTag>().map(String::from), Ok(good.to_owned()));
        }
        for bad in ["", " ", "a b", "a\nb", "ä", &"a".repeat(65)] {
            assert_eq!(bad.parse::<RouteTag>(), Err(RouteError), "{bad:?}");
        }
    }
}
