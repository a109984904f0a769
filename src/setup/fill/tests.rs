//! What has a name, and how a change is shown.

use super::*;

#[test]
fn a_setting_has_a_section_and_a_key() {
    let named = Setting::named("policy.minimum_usd", 50).expect("a name");
    assert_eq!(
        (named.section.as_str(), named.key.as_str()),
        ("policy", "minimum_usd")
    );
    assert!(
        Setting::named("mode", "ask")
            .expect("a name")
            .section
            .is_empty()
    );
    for name in ["", ".x", "a.", "a b", "a.b c", "a\n[b]", "a.b.c"] {
        assert!(Setting::named(name, 1).is_err(), "{name:?}");
    }
}

#[test]
fn a_change_is_shown_with_what_stands_around_it() {
    let before: String = (1..=20).map(|n| format!("line {n}\n")).collect();
    let after = before.replace("line 9\n", "line nine\n");
    let shown = changes(&before, &after);
    assert!(shown.contains("  - line 9\n  + line nine\n"), "{shown}");
    assert_eq!(shown.lines().count(), 6, "{shown}");
    assert_eq!(changes(&before, &before), "");
}
