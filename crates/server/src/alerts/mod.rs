//! What somebody should look at: noticed after the fact, in what was counted. Said once a period, kept for 90
//! days, and sent to the organization's webhooks.
//!
//! A new kind is added in three places that the compiler or one look finds: `Notice` in keydeck-domain, its
//! subject and period in [`kinds`], and what notices it, called in [`job`].

pub(crate) mod handlers;
mod job;
mod kinds;
mod near;
mod record;
mod seen;
#[cfg(test)]
mod tests;
mod traffic;

pub(crate) use job::watch;
