//! Recompiles the engine when a migration or a starter flow is added: their macros do not see new files.
fn main() {
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed=src/flow/starter");
}
