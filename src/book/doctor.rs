//! `docs/doctor.md` explains every check.

use crate::book::{read, root};
use crate::doctor::ALL;

#[test]
fn every_check_is_explained_in_its_order() {
    let page = read(&root().join("docs/doctor.md"));
    let mut after = 0;
    for check in ALL {
        let row = format!("\n| `{}` | ", check.id());
        let at = page.find(&row);
        assert!(
            at.is_some_and(|at| at >= after),
            "docs/doctor.md lacks, or has elsewhere, the row:{row}"
        );
        after = at.unwrap_or(after);
    }
}
