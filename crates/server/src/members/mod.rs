//! Who belongs to an organization, and as what.

mod change;
pub(crate) mod handlers;
pub(crate) mod record;
