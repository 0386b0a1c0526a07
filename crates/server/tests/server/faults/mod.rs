//! What breaks: the process, the disk, a handler, and what was put in place of the right files.

mod backup;
mod crash;
mod damage;
mod degraded;
mod descriptors;
mod disk;
mod migration;
mod older_database;
mod shutdown;
mod start;
mod usage_crash;
mod usage_damage;
