//! What the URL binds. It is the operator's: each word of it is known, or nothing is answered.

use std::borrow::Cow;

use http::Method;
use keydeck_domain::dialect::Contract;
use keydeck_domain::{OrganizationId, RouteTag, Scope, Scopes};
use url::form_urlencoded;

use crate::error::Error;

/// Begins what a proxy appends to the URL that it was given: the path and the query of the client. Nothing of it is
/// read as a word of the operator.
const ORIGINAL: &str = "uri=";
/// The same behind other words.
const APPENDED: &str = "&uri=";
/// In the place of scopes: those that the method stands for.
const BY_METHOD: &str = "by-method";

/// What the proxy's URL says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Binding<'a> {
    /// Whose keys count; `None` for those of every organization of the dialect, which is said as `any`.
    pub(super) organization: Option<OrganizationId>,
    /// What a key must be allowed, whatever the method.
    pub(super) scopes: Scopes,
    /// Whether it must be allowed what the method stands for as well.
    pub(super) by_method: bool,
    /// Whether answers are in the few statuses that nginx hands on.
    pub(super) nginx: bool,
    /// Whether a browser's preflight passes without a key.
    pub(super) preflight: bool,
    /// How the usage figures name what is called.
    pub(super) route: Option<RouteTag>,
    /// The client's path and query, where the proxy appends them.
    pub(super) original: Option<&'a str>,
}

impl<'a> Binding<'a> {
    /// Reads the query.
    ///
    /// # Errors
    /// Where no organization is named, a word is not known, or one that counts once is there twice. No error
    /// repeats what it is about.
    pub(super) fn parse(query: &'a str) -> Result<Self, Error> {
        let (query, original) = apart(query);
        let mut binding = Self { original, ..Self::default() };
        let (mut organization, mut mode, mut preflight) = (None, None, None);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "organization" => once(&mut organization, value, "organization")?,
                "mode" => once(&mut mode, value, "mode")?,
                "preflight" => once(&mut preflight, value, "preflight")?,
                "scope" => binding.scope(&value)?,
                // Beside `scope=by-method`, as it is written in examples.
                BY_METHOD if value.is_empty() => binding.by_method = true,
                "route" => {
                    let route = value.parse().map_err(|_| wrong("`route` is 1 to 64 printable characters without blanks"))?;
                    if binding.route.replace(route).is_some() {
                        return Err(twice("route"));
                    }
                }
                _ => return Err(wrong("the URL has a word that is not known here")),
            }
        }
        binding.organization = match organization.as_deref() {
            None => return Err(wrong("the URL names no `organization`: its id, or `any`")),
            Some("any") => None,
            Some(id) => Some(id.parse().map_err(|_| wrong("`organization` is an id, or `any`"))?),
        };
        binding.nginx = one_word(mode.as_deref(), "nginx", "`mode` is `nginx`, or not there")?;
        binding.preflight = one_word(preflight.as_deref(), "allow", "`preflight` is `allow`, or not there")?;
        Ok(binding)
    }

    fn scope(&mut self, value: &str) -> Result<(), Error> {
        for word in value.split(',') {
            if word == BY_METHOD {
                self.by_method = true;
                continue;
            }
            let scope: Scope = word.parse().map_err(|_| wrong("`scope` holds something that is no scope"))?;
            self.scopes.0.insert(scope);
        }
        Ok(())
    }

    /// What a key must be allowed for this method; `None` where the method stands for nothing.
    pub(super) fn wanted(&self, contract: &Contract, method: &Method) -> Option<Cow<'_, Scopes>> {
        if !self.by_method {
            return Some(Cow::Borrowed(&self.scopes));
        }
        let mut wanted = self.scopes.clone();
        wanted.0.insert(scope_of(contract, method)?);
        Some(Cow::Owned(wanted))
    }
}

/// The scope that a method stands for. A dialect that deletes by writing has no scope of its own for it, and
/// one that has a single scope for everything needs that one.
fn scope_of(contract: &Contract, method: &Method) -> Option<Scope> {
    let word = match *method {
        Method::GET | Method::HEAD => "read",
        Method::POST | Method::PUT | Method::PATCH => "write",
        Method::DELETE => "delete",
        _ => return None,
    };
    let has = |word: &str| contract.catalogue.iter().any(|(scope, _)| *scope == word);
    let word = match word {
        _ if !contract.method_scopes => contract.catalogue.first()?.0,
        "delete" if !has("delete") => "write",
        word => word,
    };
    word.parse().ok()
}

/// The operator's words, and what a proxy appended to them.
fn apart(query: &str) -> (&str, Option<&str>) {
    if let Some(original) = query.strip_prefix(ORIGINAL) {
        return ("", Some(original));
    }
    match query.split_once(APPENDED) {
        Some((words, original)) => (words, Some(original)),
        None => (query, None),
    }
}

fn once<'v>(place: &mut Option<Cow<'v, str>>, value: Cow<'v, str>, name: &str) -> Result<(), Error> {
    if place.replace(value).is_some() { Err(twice(name)) } else { Ok(()) }
}

fn one_word(said: Option<&str>, word: &str, otherwise: &str) -> Result<bool, Error> {
    match said {
        None => Ok(false),
        Some(said) if said == word => Ok(true),
        Some(_) => Err(wrong(otherwise)),
    }
}

fn twice(name: &str) -> Error {
    wrong(&format!("the URL says `{name}` twice"))
}

fn wrong(text: &str) -> Error {
    Error::InvalidRequest(text.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use keydeck_domain::Dialect;

    use super::*;

    const ID: &str = "01a2021c-aa53-77f8-8960-7128569a9cc6";

    fn scopes(text: &str) -> Scopes {
        text.split_whitespace().map(|scope| scope.parse().unwrap()).collect()
    }

    #[test]
    fn every_word_is_read() {
        let query = format!(
            "organization={ID}&scope=read,invoices:read&scope=write&mode=nginx&preflight=allow&route=POST:%2Fv1&uri=/a?b&organization=any"
        );
        let expected = Binding {
            organization: Some(ID.parse().unwrap()),
            scopes: scopes("read invoices:read write"),
            by_method: false,
            nginx: true,
            preflight: true,
            route: Some("POST:/v1".parse().unwrap()),
            original: Some("/a?b&organization=any"),
        };
        assert_eq!(Binding::parse(&query).unwrap(), expected);
        assert_eq!(Binding::parse("organization=any").unwrap(), Binding::default());
        for by_method in ["organization=any&scope=by-method", "by-method&organization=any", "organization=any&by-method="] {
            assert_eq!(Binding::parse(by_method).unwrap(), Binding { by_method: true, ..Binding::default() }, "{by_method}");
        }
    }

    #[test]
    fn what_is_not_known_is_no_question() {
        for query in [
            "",
            "scope=read",
            "organization=",
            "organization=Any",
            "organization=northwind",
            &format!("organization={ID}&organization={ID}"),
            &format!("organization={ID}&organization=any"),
            "organization=any&scope=",
            "organization=any&scope=read,",
            "organization=any&scope=*",
            "organization=any&scope=Read",
            "organization=any&mode=",
            "organization=any&mode=traefik",
            "organization=any&mode=nginx&mode=nginx",
            "organization=any&preflight=deny",
            "organization=any&preflight=allow&preflight=allow",
            "organization=any&route=",
            "organization=any&route=a%20b",
            "organization=any&route=a&route=b",
            "organization=any&by-method=no",
            "organization=any&debug=1",
            "organization=any&Organization=any",
            // Said by the client, behind what a proxy appends.
            "uri=/v1/orders?organization=any",
            "scope=read&uri=/v1/orders?&organization=any",
        ] {
            assert!(matches!(Binding::parse(query), Err(Error::InvalidRequest(_))), "{query}");
        }
    }

    #[test]
    fn a_method_stands_for_a_scope() {
        let binding = Binding { by_method: true, scopes: scopes("invoices:read"), ..Binding::default() };
        let wanted = |dialect: Dialect, method: &str| {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            binding.wanted(dialect.contract(), &method).map(|wanted| wanted.spaced())
        };
        for (methods, scope) in [("GET HEAD", "read"), ("POST PUT PATCH", "write"), ("DELETE", "delete")] {
            for method in methods.split(' ') {
                assert_eq!(wanted(Dialect::Keydeck, method).unwrap(), scopes(&format!("{scope} invoices:read")).spaced());
                assert!(wanted(Dialect::Elizaos, method).unwrap().contains("api"));
            }
        }
        assert!(wanted(Dialect::Azen, "DELETE").unwrap().contains("write"), "Azen has no scope for deleting");
        for method in ["OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "QUERY"] {
            assert_eq!(wanted(Dialect::Keydeck, method), None, "{method}");
            assert_eq!(wanted(Dialect::Elizaos, method), None, "{method}");
        }
        let fixed = Binding { by_method: false, ..binding };
        let any = Method::from_bytes(b"PROPFIND").unwrap();
        assert_eq!(fixed.wanted(Dialect::Keydeck.contract(), &any).unwrap().spaced(), "invoices:read");
    }
}
