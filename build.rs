//! Tells cargo about the folders that macros read, which it cannot see by itself.

fn main() {
    // The UI is embedded in release builds only, and may not be built yet.
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        std::fs::create_dir_all("web/dist").expect("web/dist can be made");
        println!("cargo:rerun-if-changed=web/dist");
    }
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed=build.rs");
}
