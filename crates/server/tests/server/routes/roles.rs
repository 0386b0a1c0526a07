//! `docs/roles.md` says what the code decides.

use keydeck_domain::{Permission, Role, Scopes};
use serde_json::json;

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/roles.md");

/// The rows of the table whose head begins with this word, cell by cell.
fn table(first: &str) -> Vec<Vec<String>> {
    let document = std::fs::read_to_string(DOCUMENT).unwrap();
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let mut lines = document.lines().skip_while(|line| !line.starts_with(&format!("| {first} |")));
    let head = cells(lines.next().unwrap());
    let rows: Vec<_> = lines.skip(1).take_while(|line| line.starts_with('|')).map(cells).collect();
    assert!(rows.iter().all(|row| row.len() == head.len()));
    std::iter::once(head).chain(rows).collect()
}

#[test]
fn the_matrix_is_as_it_is_written_down() {
    let written = table("permission");
    let roles: Vec<Role> = written[0][2..].iter().map(|role| role.parse().unwrap()).collect();
    assert_eq!(roles, [Role::Viewer, Role::Member, Role::Admin, Role::Owner]);
    let decided: Vec<Vec<String>> = Permission::ALL
        .into_iter()
        .map(|permission| {
            let cells = roles.iter().map(|role| if *role >= permission.least_role() { "yes" } else { "no" }.to_owned());
            std::iter::once(format!("`{}`", json!(permission).as_str().unwrap())).chain(cells).collect()
        })
        .collect();
    let written: Vec<Vec<String>> = written[1..].iter().map(|row| [&row[..1], &row[2..]].concat()).collect();
    assert_eq!(written, decided);
}

#[test]
fn what_each_role_grants_is_as_it_is_written_down() {
    let catalogue: Scopes = ["admin", "read", "team:admin", "write"].map(|scope| scope.parse().unwrap()).into_iter().collect();
    for row in &table("role")[1..] {
        let expected = match row[1].as_str() {
            "none" => "",
            "all of the catalogue but `admin` and `…:admin`" => "read write",
            "all of the catalogue" => "admin read team:admin write",
            other => panic!("{other}"),
        };
        let role: Role = row[0].parse().unwrap();
        assert_eq!(role.grantable(&catalogue.0).spaced(), expected, "{role:?}");
    }
    assert_eq!(table("role").len(), 5);
}
