//! A ledger of every earlier schema comes up to date, with a checked copy beside it; killed at any point,
//! it is the old one or the new one.

use std::os::unix::process::ExitStatusExt as _;

use bountyd::crash::UPGRADE_POINTS;

use super::old;
use super::place::{Place, mode};

/// The table that a copy has and a ledger has not.
const MANIFEST: &str = "bountyd_backup";

#[tokio::test]
async fn every_earlier_ledger_comes_up_to_date_with_a_checked_copy_beside_it() {
    for schema in old::earlier() {
        let place = Place::new();
        old::write(&place.ledger(), schema).await;
        let before = old::hash(&place.ledger(), "").await;
        place.bountyd(&["pause"]).left_with(0);
        let copies = place.files("ledger.db.schema-");
        assert_eq!(copies.len(), 1, "{copies:?}");
        let name = copies[0].file_name().expect("a name").to_string_lossy();
        assert!(name.starts_with(&format!("ledger.db.schema-{schema}.")));
        assert_eq!(mode(&copies[0]), 0o600);
        assert_eq!(old::hash(&copies[0], MANIFEST).await, before);
        assert!(place.files("ledger.db.schema-").len() == place.files("ledger.db.s").len());
        let said = place.bountyd(&["journal", "verify"]).left_with(0);
        assert!(said.out.contains("402"), "{}", said.out);
        let said = place.bountyd(&["journal", "export"]).left_with(0);
        let upgraded = said.out.lines().find(|l| l.contains("ledger.upgraded"));
        let upgraded = upgraded.expect("it is in the journal");
        assert!(upgraded.contains(name.as_ref()), "{upgraded}");
        // Nothing is left to do, and nothing is copied again.
        place.bountyd(&["resume"]).left_with(0);
        assert_eq!(place.files("ledger.db.schema-").len(), 1);
    }
}

#[tokio::test]
async fn killed_at_any_point_it_is_the_old_ledger_or_the_new_one() {
    let mut kills = 0;
    for schema in old::earlier() {
        let place = Place::new();
        let saved = place.path("saved.db");
        old::write(&saved, schema).await;
        let before = old::hash(&saved, "").await;
        old::put(&saved, &place.ledger());
        killed(&place, "upgrade.done");
        let after = old::hash(&place.ledger(), "").await;
        assert_ne!(before, after);
        for copy in place.files("ledger.db.schema-") {
            std::fs::remove_file(copy).expect("removed");
        }
        let steps = old::newest() - schema;
        for point in UPGRADE_POINTS {
            let passings = if *point == "upgrade.step" { steps } else { 1 };
            for nth in 1..=passings {
                old::put(&saved, &place.ledger());
                // One that is as good is not made again.
                for copy in place.files("ledger.db.s") {
                    std::fs::remove_file(copy).expect("removed");
                }
                let point = format!("{point}:{nth}");
                killed(&place, &point);
                kills += 1;
                let found = old::hash(&place.ledger(), "").await;
                let committed = ["upgrade.committed:1", "upgrade.done:1"];
                let expected = if committed.contains(&point.as_str()) {
                    &after
                } else {
                    &before
                };
                assert_eq!(&found, expected, "from {schema}, killed at {point}");
                // And the next start ends what this one began.
                if found == before {
                    killed(&place, "upgrade.done");
                }
                assert_eq!(old::hash(&place.ledger(), "").await, after, "{point}");
                assert_eq!(place.files("ledger.db.schema-").len(), 1, "{point}");
                assert_eq!(place.files("ledger.db.schema-"), place.files("ledger.db.s"));
            }
        }
    }
    println!("{kills} kills");
    assert!(kills > 40);
}

#[track_caller]
fn killed(place: &Place, point: &str) {
    let output = place.run_until(point).output().expect("bountyd runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.signal(), Some(9), "{point}: {said}");
}

#[tokio::test]
async fn only_the_newest_copies_are_kept() {
    let place = Place::new();
    old::write(&place.ledger(), old::newest() - 1).await;
    for at in 1..=5 {
        let name = format!("state/ledger.db.schema-1.{at}.bak");
        std::fs::write(place.path(&name), "old").expect("written");
    }
    let other = place.path("state/ledger.db.schema-notes.txt");
    std::fs::write(&other, "the owner's own").expect("written");
    place.bountyd(&["pause"]).left_with(0);
    let kept = place.files("ledger.db.schema-");
    let names: Vec<_> = kept
        .iter()
        .map(|p| {
            p.file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    assert_eq!(names.len(), 4, "{names:?}");
    assert_eq!(
        names[..2],
        ["ledger.db.schema-1.4.bak", "ledger.db.schema-1.5.bak"]
    );
    assert!(other.exists());
}
