//! What a team does: claim a server, invite, join, change roles, remove a member at work, read the log.

use keydeck_console::connection::{Colour, Connection, ConnectionState};
use keydeck_console::error::ErrorCode;
use keydeck_console::event::Event;
use keydeck_console::team::{ClaimForm, JoinForm, OrganizationUpdate};
use keydeck_domain::api::audit::{Action, AuditQuery, ExportFormat};
use keydeck_domain::api::invitations::NewInvitation;
use keydeck_domain::api::keys::{KeyChange, KeyQuery};
use keydeck_domain::api::organizations::{NewOrganization, OrganizationChange};
use keydeck_domain::{Dialect, OneTimeToken, OrganizationId, Password, Permission, Role};

use crate::support::world::{EMAIL, Fresh, MEMBER};
use crate::support::{Desk, PASSWORD, World, new_key};

const NEW_PASSWORD: &str = "another horse battery";

fn password() -> Password {
    Password::new(PASSWORD.to_owned())
}

pub fn claim(token: &OneTimeToken) -> ClaimForm {
    ClaimForm {
        token: token.duplicate(),
        email: EMAIL.to_owned(),
        name: "Ada".to_owned(),
        password: password(),
        organization: "Northwind".to_owned(),
        prefix: "nw".to_owned(),
    }
}

pub fn join(link: &str) -> JoinForm {
    JoinForm {
        link: OneTimeToken::new(link.to_owned()),
        ca_file: None,
        connection_name: "The team's".to_owned(),
        colour: Colour::Violet,
        name: "Cleo".to_owned(),
        password: password(),
    }
}

/// Invites somebody, and gives the link as it is pasted.
pub async fn invite(desk: &Desk, connection: &Connection, email: &str, role: Role) -> String {
    let organization = connection.organization.unwrap();
    let new = NewInvitation { email: email.parse().unwrap(), role };
    let invitation = desk.console.invite(connection.id, organization, new).await.unwrap();
    let state = desk.console.copy_invitation(invitation.id).await.unwrap();
    assert!(state.holds_secret && state.seconds_left.is_some());
    assert!(!state.hint.unwrap().contains("kdi_"));
    desk.clipboard.content().unwrap().expose().to_owned()
}

async fn role_of(desk: &Desk, connection: &Connection, email: &str) -> Option<Role> {
    let members = desk.console.members(connection.id, connection.organization.unwrap()).await.unwrap();
    members.into_iter().find(|member| member.user.email.as_str() == email).map(|member| member.role)
}

/// What the one session of somebody says of its computer.
async fn computer(desk: &Desk, connection: &Connection) -> String {
    let sessions = desk.console.sessions(connection.id).await.unwrap();
    sessions.into_iter().find(|session| session.current).unwrap().client.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t26_a_fresh_server_is_claimed_with_its_token_and_with_nothing_else() {
    let fresh = Fresh::start().await;
    let desk = Desk::start().await;
    let console = &desk.console;
    let connection = desk.add(&fresh.origin()).await;
    assert_eq!(connection.state, ConnectionState::Unclaimed);
    let error = console.sign_in(connection.id, EMAIL.into(), password()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Conflict, "{error}");
    let wrong = OneTimeToken::new("kdc_000000000000000000000000000000".to_owned());
    let error = console.claim_server(connection.id, claim(&wrong)).await.unwrap_err();
    assert!(error.code == ErrorCode::WrongCredentials && error.message.contains("token"), "{error:?}");
    let mut bad = claim(&fresh.token);
    bad.prefix = "N W".to_owned();
    let error = console.claim_server(connection.id, bad).await.unwrap_err();
    assert!(error.code == ErrorCode::Invalid && error.message.contains("prefix"), "{error:?}");
    assert_eq!(console.refresh_connection(connection.id).await.unwrap().state, ConnectionState::Unclaimed);

    let copied = OneTimeToken::new(format!(" {}\n", fresh.token.expose()));
    let claimed = console.claim_server(connection.id, claim(&copied)).await.unwrap();
    assert_eq!((claimed.state, claimed.organizations.len()), (ConnectionState::SignedIn, 1));
    assert_eq!(claimed.user.as_ref().unwrap().email.as_str(), EMAIL);
    assert!(claimed.organizations[0].permissions.contains(&Permission::ManageOwners));
    assert_eq!(claimed.notice, None);
    assert!(computer(&desk, &claimed).await.ends_with("; Linux)"));
    // The next one comes too late, and the session is kept.
    let other = Desk::start().await;
    let late = other.add(&fresh.origin()).await;
    assert_eq!(late.state, ConnectionState::SignedOut);
    let error = other.console.claim_server(late.id, claim(&fresh.token)).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Conflict);
    let desk = desk.again().await;
    let after = desk.console.refresh_connection(connection.id).await.unwrap();
    assert_eq!(after.state, ConnectionState::SignedIn);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_an_invitation_to_a_member_who_was_removed_at_work() {
    let world = World::start().await;
    let owner = Desk::start().await;
    let here = owner.signed_in(&world.origin()).await;
    let organization = world.organization;
    let link = invite(&owner, &here, "cleo@example.org", Role::Member).await;
    assert!(link.starts_with(&format!("{}/join#kdi_", world.origin())), "{}", link.len());
    assert_eq!(owner.console.invitations(here.id, organization).await.unwrap().len(), 1);

    // Cleo has Keydeck and nothing else.
    let guest = Desk::start().await;
    let invited = guest.console.look_at_invitation(OneTimeToken::new(link.clone()), None).await.unwrap();
    assert_eq!((invited.offer.role, invited.offer.known, invited.connection), (Role::Member, false, None));
    assert_eq!((invited.offer.organization.as_str(), invited.server.address.clone()), ("Northwind", world.origin()));
    let there = guest.console.accept_invitation(join(&link)).await.unwrap();
    assert_eq!((there.state, there.name.as_str(), there.colour), (ConnectionState::SignedIn, "The team's", Colour::Violet));
    assert_eq!((there.organization, there.organizations[0].role), (Some(organization), Role::Member));
    assert!(computer(&guest, &there).await.ends_with("; Linux)"));
    let again = guest.console.accept_invitation(join(&link)).await.unwrap_err();
    assert!(again.code == ErrorCode::NotFound && again.message.contains("Ask for another one"), "{again:?}");
    let error = owner.console.copy_invitation(keydeck_domain::InvitationId::generate()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::NotFound);

    // A key of hers, and a role that grows.
    let handoff = guest.console.create_key(there.id, organization, new_key("Cleo's worker")).await.unwrap();
    let error = guest.console.members(there.id, organization).await.map(|members| members.len());
    assert_eq!(error, Ok(3));
    let cleo = there.user.clone().unwrap().id;
    let error = guest.console.change_member(there.id, organization, cleo, Role::Owner).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Forbidden);
    let member = owner.console.change_member(here.id, organization, cleo, Role::Admin).await.unwrap();
    assert_eq!((member.role, member.keys), (Role::Admin, 1));
    let there = guest.console.refresh_connection(there.id).await.unwrap();
    assert!(there.organizations[0].permissions.contains(&Permission::ReadAudit));

    // Removed while she works: the organization is gone, she is told, and nothing asks for ever.
    owner.console.remove_member(here.id, organization, cleo).await.unwrap();
    assert_eq!(role_of(&owner, &here, "cleo@example.org").await, None);
    guest.events.clear();
    let error = guest.console.create_key(there.id, organization, new_key("Too late")).await.unwrap_err();
    assert_eq!((error.code, error.message.as_str()), (ErrorCode::NotFound, "You are not a member of Northwind any more."));
    assert!(guest.console.handoffs().await.unwrap().iter().all(|handoff| handoff.name.as_str() != "Too late"));
    let error = guest.console.list_keys(there.id, organization, KeyQuery::default()).await.unwrap_err();
    assert_eq!((error.code, error.message.as_str()), (ErrorCode::NotFound, "You are not a member of Northwind any more."));
    guest
        .events
        .wait_for(|event| {
            matches!(event, Event::Connection { connection }
                if connection.organizations.is_empty()
                && connection.state == ConnectionState::SignedIn
                && connection.notice.as_deref() == Some("You are not a member of Northwind any more."))
        })
        .await;
    let after = guest.console.refresh_connection(there.id).await.unwrap();
    assert_eq!((after.organizations, after.organization), (Vec::new(), None));
    assert!(after.notice.unwrap().contains("not a member"));
    let change = KeyChange { enabled: Some(false), ..KeyChange::default() };
    assert_eq!(guest.console.update_key(handoff.key, 1, change).await.unwrap_err().code, ErrorCode::NotFound);

    // Her key stays, marked.
    let page = owner.console.list_keys(here.id, organization, KeyQuery::default()).await.unwrap();
    assert!(page.items.iter().any(|row| row.key.id == handoff.key.key && row.key.creator_left));

    // Invited again she is known, and proves it.
    let link = invite(&owner, &here, "cleo@example.org", Role::Viewer).await;
    let invited = guest.console.look_at_invitation(OneTimeToken::new(link.clone()), None).await.unwrap();
    assert_eq!((invited.offer.known, invited.connection), (true, Some(there.id)));
    let mut wrong = join(&link);
    wrong.password = Password::new("wrong password".to_owned());
    assert_eq!(guest.console.accept_invitation(wrong).await.unwrap_err().code, ErrorCode::WrongCredentials);
    let back = guest.console.accept_invitation(join(&link)).await.unwrap();
    assert_eq!((back.id, back.organization, back.notice), (there.id, Some(organization), None));
    assert_eq!(guest.console.overview().await.unwrap().connections.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_for_somebody_else_waits_until_the_other_signs_out() {
    let world = World::start().await;
    let owner = Desk::start().await;
    let here = owner.signed_in(&world.origin()).await;
    let link = invite(&owner, &here, "cleo@example.org", Role::Member).await;
    let error = owner.console.accept_invitation(join(&link)).await.unwrap_err();
    assert!(error.code == ErrorCode::Conflict && error.message.contains(EMAIL), "{error:?}");
    owner.console.sign_out(here.id).await.unwrap();
    let there = owner.console.accept_invitation(join(&link)).await.unwrap();
    assert_eq!((there.id, there.user.unwrap().email.as_str()), (here.id, "cleo@example.org"));
    // The connection keeps what its person called it.
    assert_eq!((there.name, there.colour), (here.name, here.colour));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_is_in_memory_alone_and_goes_with_its_invitation() {
    let world = World::start().await;
    let desk = Desk::start().await;
    let here = desk.signed_in(&world.origin()).await;
    let organization = world.organization;
    let new = |email: &str| NewInvitation { email: email.parse().unwrap(), role: Role::Viewer };
    let first = desk.console.invite(here.id, organization, new("cleo@example.org")).await.unwrap();
    let token = desk.console.copy_invitation(first.id).await.map(|_| desk.clipboard.content().unwrap()).unwrap();
    let token = token.expose().split_once('#').unwrap().1.to_owned();
    for (path, content) in desk.files() {
        assert!(!String::from_utf8_lossy(&content).contains(&token), "{}", path.display());
    }
    assert!(!serde_json::to_string(&desk.console.overview().await.unwrap()).unwrap().contains(&token));
    // Invited again: the first link leads nowhere.
    let second = desk.console.invite(here.id, organization, new("cleo@example.org")).await.unwrap();
    assert_eq!(desk.console.invitations(here.id, organization).await.unwrap().len(), 1);
    assert_eq!(desk.console.copy_invitation(first.id).await.unwrap_err().code, ErrorCode::NotFound);
    desk.console.withdraw_invitation(here.id, organization, second.id).await.unwrap();
    assert_eq!(desk.console.copy_invitation(second.id).await.unwrap_err().code, ErrorCode::NotFound);
    let third = desk.console.invite(here.id, organization, new("cleo@example.org")).await.unwrap();
    let desk = desk.again().await;
    assert_eq!(desk.console.copy_invitation(third.id).await.unwrap_err().code, ErrorCode::NotFound);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_are_listed_and_ended_and_a_new_password_ends_the_others() {
    let world = World::start().await;
    let (one, two) = (Desk::start().await, Desk::start().await);
    let here = one.signed_in(&world.origin()).await;
    let there = two.signed_in(&world.origin()).await;
    let sessions = one.console.sessions(here.id).await.unwrap();
    assert_eq!((sessions.len(), sessions.iter().filter(|session| session.current).count()), (2, 1));
    let other = sessions.iter().find(|session| !session.current).unwrap().id;
    one.console.end_session(here.id, other).await.unwrap();
    assert_eq!(two.console.refresh_connection(there.id).await.unwrap().state, ConnectionState::SignedOut);
    two.console.sign_in(there.id, EMAIL.into(), password()).await.unwrap();

    let wrong = Password::new("wrong password".to_owned());
    let next = || Password::new(NEW_PASSWORD.to_owned());
    let error = one.console.change_password(here.id, wrong, next()).await.unwrap_err();
    assert!(error.code == ErrorCode::WrongCredentials && error.message.contains("current"), "{error:?}");
    one.console.change_password(here.id, password(), next()).await.unwrap();
    assert_eq!(one.console.refresh_connection(here.id).await.unwrap().state, ConnectionState::SignedIn);
    assert_eq!(two.console.refresh_connection(there.id).await.unwrap().state, ConnectionState::SignedOut);
    two.console.sign_in(there.id, EMAIL.into(), next()).await.unwrap();

    let renamed = one.console.rename_account(here.id, " Ada L. ".to_owned()).await.unwrap();
    assert_eq!(renamed.user.unwrap().name.as_str(), "Ada L.");
    // One's own session: nobody is signed in then, and the window hears of it.
    let own = one.console.sessions(here.id).await.unwrap().into_iter().find(|session| session.current).unwrap().id;
    one.events.clear();
    one.console.end_session(here.id, own).await.unwrap();
    one.events
        .wait_for(|event| matches!(event, Event::Connection { connection } if connection.state == ConnectionState::SignedOut))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn organizations_are_made_changed_and_left() {
    let world = World::start().await;
    let desk = Desk::start().await;
    let here = desk.signed_in(&world.origin()).await;
    let new = NewOrganization {
        name: "Contoso".parse().unwrap(),
        prefix: "ct".parse().unwrap(),
        dialect: Dialect::Keydeck,
        tenant: None,
    };
    let two = desk.console.create_organization(here.id, new).await.unwrap();
    let contoso = two.organizations.iter().find(|organization| organization.name.as_str() == "Contoso").unwrap().clone();
    assert_eq!((two.organization, contoso.role), (Some(contoso.id), Role::Owner));

    let rename = |name: &str| OrganizationChange { name: Some(name.parse().unwrap()), ..OrganizationChange::default() };
    let saved = desk.console.change_organization(here.id, contoso.id, contoso.version, rename("Contoso Ltd")).await.unwrap();
    let OrganizationUpdate::Saved { organization } = saved else { panic!("saved") };
    assert_eq!(organization.name.as_str(), "Contoso Ltd");
    let late = desk.console.change_organization(here.id, contoso.id, contoso.version, rename("Other")).await.unwrap();
    assert_eq!(late, OrganizationUpdate::Changed { organization: organization.clone() });
    let shown = desk.console.overview().await.unwrap().connections.remove(0);
    assert!(shown.organizations.contains(&organization), "known without asking again");

    let error = desk.console.leave_organization(here.id, contoso.id).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Conflict, "the last owner can't leave: {error}");
    let ben = Desk::start().await;
    let there = ben.add(&world.origin()).await;
    ben.console.sign_in(there.id, MEMBER.into(), password()).await.unwrap();
    let left = ben.console.leave_organization(there.id, world.organization).await.unwrap();
    assert_eq!((left.organizations, left.notice, left.state), (Vec::new(), None, ConnectionState::SignedIn));
}

fn downloads(desk: &Desk) -> Vec<String> {
    let folder = desk.folder().join("Downloads");
    let mut names: Vec<_> = match std::fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect(),
        Err(_) => Vec::new(),
    };
    names.sort();
    names
}

async fn export(desk: &Desk, at: &Connection, organization: OrganizationId, format: ExportFormat) -> String {
    let file = desk.console.export_audit("export", at.id, organization, AuditQuery::default(), format).await.unwrap().unwrap();
    let content = std::fs::read_to_string(&file.path).unwrap();
    assert_eq!(content.len(), file.bytes as usize);
    content
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_is_read_filtered_checked_and_exported() {
    let world = World::start().await;
    let desk = Desk::start().await;
    let here = desk.signed_in(&world.origin()).await;
    let organization = world.organization;
    let key = desk.console.create_key(here.id, organization, new_key("Billing worker")).await.unwrap().key;
    let change = KeyChange { name: Some("Billing worker 2".parse().unwrap()), ..KeyChange::default() };
    desk.console.update_key(key, 1, change).await.unwrap();
    let query = AuditQuery { action: Some(Action::KeyUpdated), ..AuditQuery::default() };
    let page = desk.console.audit(here.id, organization, query).await.unwrap();
    assert_eq!((page.total, page.items[0].target.clone()), (1, key.key.to_string()));
    let report = desk.console.check_audit(here.id, organization).await.unwrap();
    assert_eq!((report.check.broken, report.went_back), (None, None));
    assert!(report.check.entries >= 3);

    let csv = export(&desk, &here, organization, ExportFormat::Csv).await;
    assert!(csv.lines().count() > 3 && csv.contains("Billing worker 2"), "{csv}");
    let json = export(&desk, &here, organization, ExportFormat::Json).await;
    let entries: Vec<keydeck_domain::api::audit::AuditEntry> = serde_json::from_str(&json).unwrap();
    assert_eq!(entries.len() as u32, report.check.entries);
    export(&desk, &here, organization, ExportFormat::Csv).await;
    let names = downloads(&desk);
    assert_eq!(names.len(), 2, "the second one is where the first was: {names:?}");
    assert!(names[0].starts_with("keydeck-audit-northwind-2") && names[0].ends_with(".csv"), "{names:?}");
    let asked: Vec<String> = desk.saving.asked.lock().unwrap().iter().map(|asked| asked.name.clone()).collect();
    assert_eq!(asked, [0, 1, 0].map(|place: usize| names[place].clone()));
    #[cfg(unix)]
    for name in names {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(desk.folder().join("Downloads").join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // A member may not read it.
    let ben = Desk::start().await;
    let there = ben.add(&world.origin()).await;
    ben.console.sign_in(there.id, MEMBER.into(), password()).await.unwrap();
    let error =
        ben.console.export_audit("export", there.id, organization, AuditQuery::default(), ExportFormat::Csv).await.unwrap_err();
    assert_eq!((error.code, downloads(&ben)), (ErrorCode::Forbidden, Vec::new()), "nothing is left of it");
}
