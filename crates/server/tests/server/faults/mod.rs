//! What breaks: the process, the disk, a handler, and what was put in place of the right files.

mod crash;
mod degraded;
mod shutdown;
mod start;
