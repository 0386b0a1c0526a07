//! A team's key server, far away: `keydeck-server` in a process of its own, over https with an own
//! authority, and people at their own machines.

mod certificates;
mod looks;
mod out_of_reach;
mod password;
mod person;
mod plain_locale;
mod proxied;
mod side_by_side;
mod stolen;
mod usage;
mod verifiers;
mod work;
