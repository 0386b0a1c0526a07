//! The server through a real listener: every route, as everybody who may or may not call it, and what
//! must happen under the attacks and faults that it is built against. Tests of a numbered attack (`t07`)
//! or fault (`f01`) carry its number.
#![allow(clippy::unwrap_used, missing_docs, reason = "a failed unwrap is a failed test")]

mod attacks;
mod demo;
mod dialects;
mod documents;
mod faults;
mod forward_auth;
mod routes;
mod support;
mod transport;
mod usage_command;
