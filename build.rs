//! Keeps the linker from dropping the section with the SQL entities that `cargo pgrx schema` reads from the shared library.
//!
//! cargo-pgrx passes the same argument to everything that it builds, unless CARGO_PGRX_DISABLE_GC_SECTIONS_WORKAROUND is set. Then the shared library
//! and `cargo test` have the same flags, and need their dependencies compiled once.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |name: &str| std::env::var(name).unwrap_or_default();
    if target("CARGO_CFG_TARGET_FAMILY") == "unix" && target("CARGO_CFG_TARGET_OS") != "macos" {
        println!("cargo::rustc-link-arg-cdylib=-Wl,--no-gc-sections");
    }
}
