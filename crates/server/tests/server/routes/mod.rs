//! One module a route, after the paths.

mod keys_register;
