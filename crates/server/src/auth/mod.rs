//! Who is calling: each is a type that a handler asks for. What he may do is checked in the first
//! lines of the handler.

pub(crate) mod bearer;
pub(crate) mod member;
mod session;
pub(crate) mod verifier;
