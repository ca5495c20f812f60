//! An empty or missing page would be embedded silently: say what to run instead.
fn main() {
    println!("cargo:rerun-if-changed=web/dist");
    assert!(
        std::path::Path::new("web/dist/index.html").exists(),
        "psa-pod/web/dist/index.html is missing: run `npm ci && npm run build` in psa-pod/web/"
    );
}
