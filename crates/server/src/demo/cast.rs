//! The organization and its people.

use keydeck_domain::Role;

/// What the organization is called, and what its keys begin with.
pub(super) const ORGANIZATION: (&str, &str) = ("Northwind", "kd");

/// Who works there beside the owner, with the domain of `example.org`; `None` left again.
pub(super) const PEOPLE: [(&str, &str, Option<Role>); 13] = [
    ("Grace Okafor", "grace", Some(Role::Owner)),
    ("Jonas Lindqvist", "jonas", Some(Role::Admin)),
    ("Priya Raman", "priya", Some(Role::Admin)),
    ("Mateo Alvarez", "mateo", Some(Role::Member)),
    ("Lena Vogt", "lena", Some(Role::Member)),
    ("Hiro Tanaka", "hiro", Some(Role::Member)),
    ("Amara Diallo", "amara", Some(Role::Member)),
    ("Tomasz Zieliński", "tomasz", Some(Role::Member)),
    ("Elif Kaya", "elif", Some(Role::Member)),
    ("Noor Haddad", "noor", Some(Role::Viewer)),
    ("Sven Berg", "sven", Some(Role::Viewer)),
    ("Rosa Conti", "rosa", Some(Role::Viewer)),
    ("Quentin Moreau", "quentin", None),
];

/// How many keys each of them makes, the owner first: viewers none.
pub(super) const CREATORS: [f64; PEOPLE.len() + 1] = [1.5, 0.5, 3.0, 2.5, 4.0, 3.5, 2.0, 2.5, 1.5, 1.0, 0.0, 0.0, 0.0, 1.2];

/// The services that ask.
pub(super) const VERIFIERS: [&str; 3] = ["Gateway", "Gateway, standby", "Background jobs"];

/// What a key can do there.
pub(super) const CATALOGUE: [(&str, &str); 13] = [
    ("read", "See data"),
    ("write", "Create and change data"),
    ("delete", "Delete data"),
    ("admin", "Manage the organization's own settings"),
    ("orders:read", "See orders"),
    ("orders:write", "Place and change orders"),
    ("invoices:read", "See invoices"),
    ("invoices:write", "Write invoices and credit notes"),
    ("customers:read", "See customers"),
    ("customers:write", "Change customers"),
    ("reports:read", "Read reports"),
    ("webhooks:write", "Register webhooks"),
    ("stock:read", "See what is in stock"),
];

/// Sets that have a name there.
pub(super) const PRESETS: [(&str, &[&str]); 4] = [
    ("Storefront", &["orders:read", "orders:write", "stock:read"]),
    ("Billing worker", &["customers:read", "invoices:read", "invoices:write"]),
    ("Reporting", &["invoices:read", "orders:read", "reports:read"]),
    ("Partner", &["orders:read", "stock:read", "webhooks:write"]),
];

/// What keys have, and how often. None holds `admin`, which a member could not grant.
pub(super) const SCOPE_SETS: [(f64, &[&str]); 12] = [
    (6.0, &["read"]),
    (4.0, &["read", "write"]),
    (1.0, &["write"]),
    (1.0, &["read", "write", "delete"]),
    (4.0, &["orders:read", "orders:write", "stock:read"]),
    (3.0, &["customers:read", "invoices:read", "invoices:write"]),
    (2.0, &["invoices:read", "orders:read", "reports:read"]),
    (3.0, &["orders:read", "stock:read", "webhooks:write"]),
    (1.5, &["reports:read"]),
    (1.5, &["stock:read"]),
    (1.0, &["customers:read", "customers:write"]),
    (0.5, &["customers:read", "customers:write", "invoices:read", "invoices:write", "orders:read", "orders:write", "read"]),
];

/// What callers call their routes, and how often they say so; the first is no tag at all.
pub(super) const ROUTES: [(&str, f64); 13] = [
    ("", 9.0),
    ("GET:/v1/orders", 22.0),
    ("GET:/v1/orders/{id}", 17.0),
    ("POST:/v1/orders", 11.0),
    ("GET:/v1/stock", 14.0),
    ("GET:/v1/customers/{id}", 8.0),
    ("PATCH:/v1/customers/{id}", 2.0),
    ("GET:/v1/invoices", 5.0),
    ("POST:/v1/invoices", 3.0),
    ("GET:/v1/reports/daily", 1.5),
    ("POST:/v1/webhooks", 0.6),
    ("POST:/v1/search", 6.0),
    ("DELETE:/v1/orders/{id}", 0.4),
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use keydeck_domain::{Email, Name, Prefix, RouteTag, Scope};

    use super::*;

    #[test]
    fn all_of_it_is_what_the_server_takes() {
        ORGANIZATION.0.parse::<Name>().unwrap();
        ORGANIZATION.1.parse::<Prefix>().unwrap();
        for (name, email, _) in PEOPLE {
            name.parse::<Name>().unwrap();
            format!("{email}@example.org").parse::<Email>().unwrap();
        }
        let known: Vec<&str> = CATALOGUE.map(|(scope, _)| scope).into();
        known.iter().for_each(|scope| drop(scope.parse::<Scope>().unwrap()));
        let sets = PRESETS.iter().map(|(_, scopes)| scopes).chain(SCOPE_SETS.iter().map(|(_, scopes)| scopes));
        for scope in sets.copied().flatten() {
            assert!(known.contains(scope) && *scope != "admin", "{scope}");
        }
        for (route, _) in &ROUTES[1..] {
            route.parse::<RouteTag>().unwrap();
        }
        for (person, keys) in PEOPLE.iter().zip(&CREATORS[1..]) {
            assert_eq!(*keys > 0.0, person.2 != Some(Role::Viewer), "{}", person.0);
        }
    }
}
