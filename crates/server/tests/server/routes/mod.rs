//! One module a route, after the paths; and what holds for all of them.

mod about_itself;
mod access;
mod access_matrix;
mod account;
mod audit;
mod audit_export;
mod audit_filters;
mod claim;
mod invitations;
mod invitations_accept;
mod keys_change;
mod keys_create;
mod keys_list;
mod keys_register;
mod keys_revoke;
mod members;
mod organizations;
mod organizations_change;
mod requests;
mod roles;
mod sessions;
mod sessions_list;
mod status;
mod verifiers;
mod usage_counting;
mod verify;
