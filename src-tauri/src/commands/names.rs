/// Every command of the window, by the file that it stands in. None of them is named or typed to
/// give a secret to the page.
pub const NAMES: &[&str] = &[
    // connections
    "overview",
    "cancel",
    "start_local",
    "probe_server",
    "add_connection",
    "edit_connection",
    "remove_connection",
    "show_connection",
    "sign_in",
    "sign_in_from_clipboard",
    "sign_up",
    "sign_out",
    "refresh_connection",
    // joining
    "claim_server",
    "look_at_invitation",
    "accept_invitation",
    // account
    "sessions",
    "end_session",
    "change_password",
    "rename_account",
    // organizations
    "create_organization",
    "change_organization",
    "leave_organization",
    // limits
    "limits",
    "set_limits",
    // members
    "members",
    "change_member",
    "remove_member",
    "invitations",
    "invite",
    "copy_invitation",
    "withdraw_invitation",
    // verifiers
    "verifiers",
    "make_verifier",
    "copy_verifier",
    "forget_verifier",
    "revoke_verifier",
    // audit
    "audit",
    "check_audit",
    "export_audit",
    // usage
    "usage",
    "key_usage",
    "sparklines",
    "stale_keys",
    "alerts",
    "export_usage",
    "save_picture",
    // webhooks
    "webhooks",
    "make_webhook",
    "copy_webhook",
    "forget_webhook",
    "remove_webhook",
    "test_webhook",
    // keys
    "list_keys",
    "get_key",
    "update_key",
    "revoke_key",
    "create_key",
    // register
    "look_at_clipboard",
    "take_key_in",
    "set_rotate_by",
    "forget_registered",
    // handoff
    "handoffs",
    "finish_handoff",
    "confirm_stored",
    "resend_handoff",
    "forget_handoff",
    "discard_key",
    "forget_secret",
    // clipboard
    "copy_secret",
    "clear_clipboard",
    "try_key",
    // reveal
    "reveal_secret",
    "reveal_served",
    "end_reveal",
    // settings
    "set_preferences",
    "check_keychain",
    "open_link",
];
