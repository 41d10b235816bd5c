//! Data sets and other packages' results that tests compare with. They are not part of the product.

/// A file below `../shared/data`, or `None` (with a line that says so) where it is absent.
pub(crate) fn read(name: &str) -> Option<String> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let text = std::fs::read_to_string(root.join(name)).ok();
    if text.is_none() {
        println!("skipped: ../shared is absent");
    }
    text
}

/// The rows of a comma-separated file without quotes, without its header.
pub(crate) fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().skip(1).filter(|l| !l.is_empty()).map(|l| l.split(',').collect())
}

/// A file of JSON.
pub(crate) fn json(name: &str) -> Option<serde_json::Value> {
    read(name).map(|text| serde_json::from_str(&text).expect("the reference file is JSON"))
}
