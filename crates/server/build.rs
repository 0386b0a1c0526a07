//! Migrations are compiled in: a new file among them must lead to a new build.

fn main() {
    // Cargo reads this line from the standard output of a build script; there is no other way.
    #[allow(clippy::print_stdout, reason = "this is how a build script speaks to cargo")]
    {
        println!("cargo:rerun-if-changed=migrations");
        println!("cargo:rerun-if-changed=usage-migrations");
    }
}
