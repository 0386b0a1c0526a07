//! The documents' own examples, as they stand, against the real program: base URL and keys alone are exchanged. Their
//! texts are in `tests/documents/`, letter for letter.
//!
//! What they need is what `scripts/setup.sh` gets: curl, Node, and Python with `requests`.

mod azen;
mod azerion;
mod azotte;
mod elizaos;
mod machine;
mod memory_api;
mod shell;
mod table;
