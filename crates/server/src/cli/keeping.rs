//! `backup`, `restore` and `doctor`.

use keydeck_server::Pepper;
use keydeck_server::backup::{self, RestoredUsage, UsageCopy};
use keydeck_server::doctor::{Finding, Health, Patient, examine};

use super::arguments::{Backup, Doctor, Restore};
use super::reach::reachable;
use super::serving::config;
use super::{Outcome, say};

/// Copies the database.
pub(crate) async fn backup(wanted: Backup) -> Outcome {
    let made = backup::make(&wanted.place.data_dir, &wanted.to).await?;
    // Whole: `keydeck-server-admin` works in the service's folder, not in the caller's.
    let path = std::path::absolute(&made.path)?;
    say(&format!("backup {} ({} bytes). The pepper is not in it.", path.display(), made.bytes))?;
    match made.usage {
        UsageCopy::Nothing => Ok(()),
        UsageCopy::Made { path, bytes } => {
            let path = std::path::absolute(&path)?;
            say(&format!("usage  {} ({bytes} bytes). It belongs beside the backup.", path.display()))
        }
        UsageCopy::Failed(why) => Err(format!("the keys are backed up, but what was counted is not: {why}").into()),
    }
}

/// Puts a backup in the place of the database.
pub(crate) async fn restore(wanted: Restore) -> Outcome {
    let pepper = Pepper::read_file(&wanted.place.pepper_file)?;
    let restored = backup::restore(&config(&wanted.place), &pepper, &wanted.from).await?;
    let contents = restored.contents;
    let newest = contents.newest.map_or_else(|| "nothing".to_owned(), |at| at.format("%Y-%m-%d %H:%M:%S UTC").to_string());
    say(&format!(
        "restored {} organizations, {} people, {} keys, {} audit entries; newest change {newest}",
        contents.organizations, contents.people, contents.keys, contents.entries
    ))?;
    if let Some(aside) = &restored.set_aside {
        say(&format!("the database of before is {}", aside.display()))?;
    }
    for key in &restored.revoked_since {
        say(&format!(
            "revoked again: {} of {}, revoked on {}",
            key.key,
            key.organization,
            key.revoked_at.format("%Y-%m-%d %H:%M:%S UTC")
        ))?;
    }
    for member in &restored.members_again {
        say(&format!("a member again, as the backup does not know of a change since: {member}. Look whether that is right"))?;
    }
    let undone = &restored.undone;
    if undone.keys > 0 {
        say(&format!("{} keys were made since this backup and are unknown now: who holds one needs another", undone.keys))?;
    }
    for verifier in &undone.verifiers {
        say(&format!("the verifier {verifier} was made since this backup and is unknown now: its service needs another"))?;
    }
    for email in &undone.people {
        say(&format!("{email} came since this backup and is unknown now: invite them again"))?;
    }
    for email in &undone.passwords {
        say(&format!(
            "{email} has the password of before again. Where somebody else knew it: `keydeck-server password set --email {email}`"
        ))?;
    }
    match &restored.unknown {
        Some(why) => say(&format!(
            "what was revoked after {newest} is not known, because {why}: those keys and verifiers work again, and who \
             was removed is a member again. Look through them"
        ))?,
        None if restored.revoked_since.is_empty() => say("no key was revoked since this backup, and no verifier")?,
        None => {}
    }
    match &restored.usage {
        RestoredUsage::NotThere => say("the backup has no figures of usage: those that are here stay")?,
        RestoredUsage::Restored { set_aside: Some(aside) } => {
            say(&format!("the figures of usage are those of the backup; those of before are {}", aside.display()))?;
        }
        RestoredUsage::Restored { set_aside: None } => say("the figures of usage are those of the backup")?,
        RestoredUsage::Failed(why) => {
            say(&format!("the figures of usage could not be restored, and those that are here stay: {why}"))?;
        }
    }
    say("everybody has to sign in again, and invitations that nobody used have to be made anew")
}

/// Looks whether all is well.
pub(crate) async fn doctor(wanted: Doctor) -> Outcome {
    let place = &wanted.serve.place;
    let mut findings = vec![match reachable(&wanted.serve) {
        Ok(said) => Finding { what: "configuration", health: Health::Well, said },
        Err(error) => Finding { what: "configuration", health: Health::Ill, said: error.to_string() },
    }];
    let patient =
        Patient { data_dir: place.data_dir.clone(), pepper_file: place.pepper_file.clone(), tls: wanted.serve.tls_files() };
    findings.extend(examine(&patient).await);
    for finding in &findings {
        let word = match finding.health {
            Health::Well => "well",
            Health::Warning => "warning",
            Health::Ill => "ILL",
        };
        say(&format!("{word:<8} {:<14} {}", finding.what, finding.said))?;
    }
    let ill = findings.iter().filter(|finding| finding.health == Health::Ill).count();
    if ill == 0 { Ok(()) } else { Err(format!("{ill} of {} things are ill", findings.len()).into()) }
}
