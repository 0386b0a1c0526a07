//! What the page can ask for: one line each, on the console. A command is declared in `names.rs`,
//! which `build.rs` gives to Tauri, allowed in `capabilities/main.json`, and listed here.

#![allow(missing_docs, reason = "each command is described in ui/src/backend/backend.ts, once")]

mod account;
mod audit;
mod clipboard;
mod connections;
mod handoff;
mod joining;
mod keys;
mod limits;
mod members;
mod organizations;
mod register;
mod reveal;
mod settings;
mod usage;
mod verifiers;
mod webhooks;

include!("names.rs");

use tauri::{Runtime, State};

use crate::desktop::Desktop;

/// What a command is given first.
type Desk<'a> = State<'a, Desktop>;

/// Hands calls to their commands.
pub fn handler<R: Runtime>() -> impl Fn(tauri::ipc::Invoke<R>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        connections::overview,
        connections::cancel,
        connections::start_local,
        connections::probe_server,
        connections::add_connection,
        connections::edit_connection,
        connections::remove_connection,
        connections::show_connection,
        connections::sign_in,
        connections::sign_in_from_clipboard,
        connections::sign_up,
        connections::sign_out,
        connections::refresh_connection,
        joining::claim_server,
        joining::look_at_invitation,
        joining::accept_invitation,
        account::sessions,
        account::end_session,
        account::change_password,
        account::rename_account,
        organizations::create_organization,
        organizations::change_organization,
        organizations::leave_organization,
        limits::limits,
        limits::set_limits,
        members::members,
        members::change_member,
        members::remove_member,
        members::invitations,
        members::invite,
        members::copy_invitation,
        members::withdraw_invitation,
        verifiers::verifiers,
        verifiers::make_verifier,
        verifiers::copy_verifier,
        verifiers::forget_verifier,
        verifiers::revoke_verifier,
        audit::audit,
        audit::check_audit,
        audit::export_audit,
        usage::usage,
        usage::key_usage,
        usage::sparklines,
        usage::stale_keys,
        usage::alerts,
        usage::export_usage,
        usage::save_picture,
        webhooks::webhooks,
        webhooks::make_webhook,
        webhooks::copy_webhook,
        webhooks::forget_webhook,
        webhooks::remove_webhook,
        webhooks::test_webhook,
        keys::list_keys,
        keys::get_key,
        keys::update_key,
        keys::revoke_key,
        keys::create_key,
        register::look_at_clipboard,
        register::take_key_in,
        register::set_rotate_by,
        register::forget_registered,
        handoff::handoffs,
        handoff::finish_handoff,
        handoff::confirm_stored,
        handoff::resend_handoff,
        handoff::forget_handoff,
        handoff::discard_key,
        handoff::forget_secret,
        clipboard::copy_secret,
        clipboard::clear_clipboard,
        clipboard::try_key,
        reveal::reveal_secret,
        reveal::reveal_served,
        reveal::end_reveal,
        settings::set_preferences,
        settings::check_keychain,
        settings::open_link,
    ]
}
