//! What was counted, put back beside the keys. Whatever is wrong with it, the keys are restored.

use std::path::{Path, PathBuf};

use super::make::{beside, remove, usage_beside};
use super::restore::{beside_shm, beside_wal, copy_file, exchange};
use crate::config::Config;
use crate::error::Error;
use crate::store::Store;
use crate::usage::USAGE_FILE;
use crate::usage::store::opening;
use crate::webhooks::queue;

/// What became of what was counted.
#[derive(Clone, Debug)]
pub enum RestoredUsage {
    /// The backup has nothing of it: what is in the data folder stays.
    NotThere,
    /// It was put back.
    Restored {
        /// Where that of before is now; `None` where there was none.
        set_aside: Option<PathBuf>,
    },
    /// It could not be put back, and why. What is in the data folder stays.
    Failed(String),
}

/// What waited for webhooks then was sent long ago, or is no news any more.
async fn forget_messages(store: &Store) -> Result<(), Error> {
    let mut writing = store.write().await?;
    queue::clear_all(&mut writing).await?;
    drop(writing.commit().await?);
    Ok(())
}

/// Puts the copy beside a backup in its place, after looking at all of it.
pub(super) async fn restore_usage(config: &Config, backup: &Path) -> RestoredUsage {
    let from = usage_beside(backup);
    if !from.is_file() {
        return RestoredUsage::NotThere;
    }
    let database = config.data_dir.join(USAGE_FILE);
    let copy = beside(&database, "restoring");
    let leftovers = [copy.clone(), beside_wal(&copy), beside_shm(&copy)];
    let restored = async {
        for leftover in &leftovers {
            remove(leftover).map_err(|error| error.to_string())?;
        }
        copy_file(&from, &copy).map_err(|error| error.to_string())?;
        let mut how = opening(config.database_wait);
        how.check = true;
        let store = Store::open_as(&copy, &how).await.map_err(|error| error.to_string())?;
        let forgotten = forget_messages(&store).await;
        store.close().await;
        forgotten.map_err(|error| error.to_string())?;
        exchange(&database, &copy).map_err(|error| error.to_string())
    };
    match restored.await {
        Ok(set_aside) => RestoredUsage::Restored { set_aside },
        Err(why) => {
            for leftover in &leftovers {
                // Named as what it is; the next restore removes it as well.
                let _ = remove(leftover);
            }
            RestoredUsage::Failed(format!("{}: {why}", from.display()))
        }
    }
}
