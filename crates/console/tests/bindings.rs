//! The window's TypeScript types are made from the Rust types. `KEYDECK_WRITE_BINDINGS=1` writes
//! them; without it the test fails when the committed file is stale.
#![cfg(feature = "bindings")]
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

use std::collections::BTreeMap;
use std::path::Path;

use keydeck_console::{event::Event, handoff, history, keychain, keys, overview, team, usage};
use keydeck_domain::{Permission, Role, api};
use ts_rs::{Config, TS, TypeVisitor};

struct Gather<'a> {
    config: &'a Config,
    found: BTreeMap<String, String>,
}

impl TypeVisitor for Gather<'_> {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if T::output_path().is_none() {
            return;
        }
        let name = T::ident(self.config);
        if self.found.contains_key(&name) {
            return;
        }
        let decl = T::decl(self.config);
        let docs = T::docs().unwrap_or_default();
        self.found.insert(name, format!("{docs}export {decl}\n"));
        T::visit_dependencies(self);
    }
}

/// The rules that the window shows, as values: they are decided in Rust alone.
fn rules() -> String {
    let roles = [Role::Viewer, Role::Member, Role::Admin, Role::Owner];
    let words: Vec<String> = roles.iter().map(|role| format!("\"{}\"", role.as_str())).collect();
    let mut made = format!(
        "\n/**\n * The roles, from the least power to the most.\n */\nexport const ROLES: Role[] = [{}];\n\n/**\n * The weakest role \
         that has a permission; every stronger one has it too.\n */\nexport const LEAST_ROLE: Record<Permission, Role> = {{\n",
        words.join(", ")
    );
    for permission in Permission::ALL {
        let name = serde_json::to_value(permission).unwrap();
        made.push_str(&format!("  {}: \"{}\",\n", name.as_str().unwrap(), permission.least_role().as_str()));
    }
    made.push_str("};\n");
    made
}

#[test]
fn bindings_are_fresh() {
    let config = Config::new().with_large_int("number");
    let mut gather = Gather { config: &config, found: BTreeMap::new() };
    gather.visit::<overview::Overview>();
    gather.visit::<Event>();
    gather.visit::<keychain::KeychainReport>();
    gather.visit::<keys::KeyPage>();
    gather.visit::<keys::Update>();
    gather.visit::<keys::Revocation>();
    gather.visit::<keys::Trial>();
    gather.visit::<keys::KeyRef>();
    gather.visit::<keys::TakeIn>();
    gather.visit::<keys::Recognised>();
    gather.visit::<handoff::Reveal>();
    gather.visit::<keydeck_console::error::Error>();
    gather.visit::<keydeck_console::clipboard::CopyAs>();
    gather.visit::<keydeck_console::connection::NewConnection>();
    gather.visit::<keydeck_console::connection::ServerIdentity>();
    gather.visit::<api::keys::NewKey>();
    gather.visit::<api::keys::KeyChange>();
    gather.visit::<api::keys::KeyQuery>();
    gather.visit::<api::members::Member>();
    gather.visit::<api::invitations::NewInvitation>();
    gather.visit::<api::invitations::Invitation>();
    gather.visit::<api::sessions::SessionEntry>();
    gather.visit::<api::verifiers::NewVerifier>();
    gather.visit::<api::verifiers::Verifier>();
    gather.visit::<api::organizations::NewOrganization>();
    gather.visit::<api::organizations::OrganizationChange>();
    gather.visit::<api::limits::NewLimits>();
    gather.visit::<api::audit::AuditQuery>();
    gather.visit::<api::audit::ExportFormat>();
    gather.visit::<api::usage::UsageQuery>();
    gather.visit::<api::usage::KeyUsage>();
    gather.visit::<api::usage::Sparkline>();
    gather.visit::<api::usage::StaleQuery>();
    gather.visit::<api::alerts::Alert>();
    gather.visit::<api::webhooks::NewWebhook>();
    gather.visit::<api::webhooks::Webhook>();
    gather.visit::<usage::Chart>();
    gather.visit::<usage::StalePage>();
    gather.visit::<team::ClaimForm>();
    gather.visit::<team::Invited>();
    gather.visit::<team::JoinForm>();
    gather.visit::<team::OrganizationUpdate>();
    gather.visit::<team::LimitsUpdate>();
    gather.visit::<history::AuditPage>();
    gather.visit::<history::AuditReport>();
    gather.visit::<history::ExportedFile>();
    let mut made = String::from("// Made from the Rust types by crates/console/tests/bindings.rs. Do not edit.\n");
    for declaration in gather.found.values() {
        made.push('\n');
        made.push_str(declaration);
    }
    made.push_str(&rules());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/bindings/console.ts");
    if std::env::var_os("KEYDECK_WRITE_BINDINGS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &made).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == made, "ui/src/bindings/console.ts is stale: run this test with KEYDECK_WRITE_BINDINGS=1");
}
