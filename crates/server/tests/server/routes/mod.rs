//! One module a route, after the paths; and what holds for all of them.

mod about_itself;
mod access;
mod audit;
mod keys_change;
mod keys_create;
mod keys_list;
mod keys_register;
mod keys_revoke;
mod members;
mod organizations;
mod organizations_change;
mod requests;
mod sessions;
mod status;
mod verifiers;
mod verify;
