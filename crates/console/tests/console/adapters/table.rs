//! The table of what each adapter can do, in `docs/systems.md`. `KEYDECK_WRITE_BINDINGS=1` writes it; without it the test
//! fails when the committed one is stale.

use std::path::Path;

use keydeck_console::capabilities::{Ability, Capabilities, Scoping};
use keydeck_console::connection::ServerKind;
use keydeck_console::kinds::{self, Kind};

const BEGIN: &str = "<!-- Made from the code by crates/console/tests/console/adapters/table.rs. Do not edit. -->\n";
const END: &str = "<!-- The end of what is made. -->\n";

fn columns() -> Vec<(&'static Kind, Capabilities)> {
    let shown = kinds::ADAPTERS.iter().copied().filter(|kind| kind.kind != ServerKind::Local);
    shown.map(|kind| (kind, (kind.can)(kind.kind))).collect()
}

fn cell(can: &Capabilities, ability: Ability) -> &'static str {
    match (ability, can.scopes) {
        (Ability::Scopes, Scoping::AccessOnly) => "read only, write only, full",
        _ if can.has(ability) => "yes",
        _ => "–",
    }
}

fn words(ability: Ability) -> &'static str {
    match ability {
        Ability::List => "list keys",
        Ability::Create => "make keys",
        Ability::Edit => "change keys",
        Ability::Rename => "rename",
        Ability::Disable => "switch off and on",
        Ability::Revoke => "revoke",
        Ability::Rotate => "replace: make, hand over, revoke",
        Ability::Scopes => "choose what a key may do",
        Ability::EditScopes => "change what a key may do",
        Ability::Expiry => "an end",
        Ability::EditExpiry => "change the end",
        Ability::Environments => "live and test",
        Ability::Kinds => "secret and publishable",
        Ability::Addresses => "bind to addresses",
        Ability::Notes => "notes",
        Ability::Metadata => "free pairs",
        Ability::Probe => "try a key",
        Ability::TakeIn => "take a copied key in",
        Ability::Members => "people",
        Ability::Organizations => "make and change organizations",
        Ability::Invitations => "invite",
        Ability::Sessions => "one's own sessions",
        Ability::Audit => "audit log",
        Ability::Verifiers => "verifiers",
        Ability::Usage => "figures and alerts",
        Ability::Webhooks => "webhooks",
    }
}

fn made() -> String {
    let columns = columns();
    let titles: Vec<&str> = columns.iter().map(|(kind, _)| kind.title).collect();
    let mut made = format!("{BEGIN}| | {} |\n|---|{}\n", titles.join(" | "), "---|".repeat(columns.len()));
    for ability in Ability::ALL {
        let cells: Vec<&str> = columns.iter().map(|(_, can)| cell(can, ability)).collect();
        made.push_str(&format!("| {} | {} |\n", words(ability), cells.join(" | ")));
    }
    made.push_str("\nWhy something is absent, as the window says it:\n\n");
    for (kind, can) in &columns {
        for explained in &can.explain {
            made.push_str(&format!("- **{}**, {}: {}\n", kind.title, words(explained.what), explained.why));
        }
    }
    made.push_str(END);
    made
}

#[test]
fn the_table_of_capabilities_is_that_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/systems.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let begin = page.find(BEGIN).expect("the page has a place for the table");
    let end = page.find(END).expect("the table ends") + END.len();
    let whole = [&page[..begin], &made(), &page[end..]].concat();
    if std::env::var_os("KEYDECK_WRITE_BINDINGS").is_some() {
        std::fs::write(&path, &whole).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    assert!(committed == whole, "docs/systems.md is stale: run this test with KEYDECK_WRITE_BINDINGS=1");
}

#[test]
fn what_is_explained_is_absent() {
    for (kind, can) in columns() {
        for explained in &can.explain {
            let part = matches!((explained.what, can.scopes), (Ability::Scopes, Scoping::AccessOnly));
            assert!(
                part || !can.has(explained.what) || explained.what == Ability::Revoke,
                "{}: {:?} is there",
                kind.title,
                explained.what
            );
        }
    }
}
