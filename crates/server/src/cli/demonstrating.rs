//! `demo`.

use chrono::Utc;
use keydeck_server::demo::{self, Demo};

use super::prompt::new_password;
use super::serving::{config, pepper_or_new};
use super::{Outcome, arguments, say};

/// Fills an empty data folder with what is made up.
pub(crate) async fn demo(wanted: arguments::Demo) -> Outcome {
    // Before anything is made: who gives no password leaves nothing behind.
    demo::fresh(&wanted.place.data_dir)?;
    let password = new_password(wanted.email.as_str())?;
    let demo = Demo {
        seed: wanted.seed,
        keys: wanted.keys,
        days: wanted.days,
        until: wanted.until.unwrap_or_else(Utc::now),
        email: wanted.email,
        name: wanted.name,
        password,
    };
    let made = demo::fill(config(&wanted.place), pepper_or_new(&wanted.place)?, demo).await?;
    say(&format!("organization {} with {} keys and {} verifications", made.organization, wanted.keys, made.verifications))
}
