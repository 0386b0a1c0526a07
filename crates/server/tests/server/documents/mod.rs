//! The documents' own examples, as they stand, against the real program: base URL and keys alone are exchanged. Their
//! texts are in `tests/documents/`, letter for letter.
//!
//! What they need is what `scripts/setup.sh` gets: curl, Node, and Python with `requests`.

mod azerion;
mod azotte;
mod elizaos;
mod machine;
mod shell;
