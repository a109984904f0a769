//! `docs/gate.md` says what the rules are.

use std::path::PathBuf;

#[test]
fn the_page_of_the_rules_is_current() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/gate.md");
    let page = gate::docs::page();
    if std::env::var_os("BOUNTYD_WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).expect("docs/gate.md is written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/gate.md is behind the registry; write it anew: BOUNTYD_WRITE_DOCS=1 cargo test -p gate --test docs"
    );
}
