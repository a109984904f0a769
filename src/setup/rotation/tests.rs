//! Every state that a rotation can be left in, and those that others have made.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// With these keys registered, in the privileged slot, and in Private Key JWT (`None`: by a secret).
fn standing(pool: &[&str], slot: Option<&[&str]>, method: Option<&[&str]>) -> Standing {
    let ids = |kids: &[&str]| -> Vec<Value> {
        let ids = kids
            .iter()
            .map(|kid| json!({ "id": format!("cred_{kid}") }));
        ids.collect()
    };
    let mut app = json!({ "client_id": "worker" });
    if let Some(slot) = slot {
        app["token_vault_privileged_access"] =
            json!({ "credentials": ids(slot), "ip_allowlist": ["203.0.113.7"], "grants": [] });
    }
    match method {
        Some(kids) => {
            app["client_authentication_methods"] =
                json!({ "private_key_jwt": { "credentials": ids(kids) } });
        }
        None => app["token_endpoint_auth_method"] = json!("client_secret_post"),
    }
    let keys: Vec<Value> = pool
        .iter()
        .map(|kid| json!({ "id": format!("cred_{kid}"), "kid": kid }))
        .collect();
    Standing {
        app: serde_json::from_value(app).expect("an application"),
        keys: serde_json::from_value(json!(keys)).expect("keys"),
    }
}

use Change::{Authentication as Method, Delete, Privileged, Register};

#[test]
fn each_state_on_the_way_has_what_is_left_to_do() {
    let old = Some(&["old"][..]);
    let both = Some(&["old", "new"][..]);
    for (pool, slot, method, left) in [
        (&["old"][..], old, old, vec![Register, Privileged, Method]),
        (&["old", "new"], old, old, vec![Privileged, Method]),
        (&["old", "new"], both, old, vec![Method]),
        (&["old", "new"], both, both, vec![]),
        (&["old"], old, None, vec![Register, Privileged]),
    ] {
        let standing = standing(pool, slot, method);
        assert_eq!(standing.to_add("old", Some("new")), Ok(left), "{pool:?}");
    }
    let new = Some(&["new"][..]);
    for (pool, slot, method, left) in [
        (
            &["old", "new"][..],
            both,
            both,
            vec![Privileged, Method, Delete],
        ),
        (&["old", "new"], new, both, vec![Method, Delete]),
        (&["old", "new"], new, new, vec![Delete]),
        (&["new"], new, new, vec![]),
        (&["old", "new"], both, None, vec![Privileged, Delete]),
    ] {
        let standing = standing(pool, slot, method);
        assert_eq!(standing.to_remove("old", "new"), Ok(left), "{pool:?}");
    }
}

#[test]
fn what_is_somebody_elses_is_named_and_stays() {
    let full = standing(&["old", "his"], Some(&["old", "his"]), Some(&["old"]));
    let why = full
        .to_add("old", Some("new"))
        .expect_err("full")
        .to_string();
    assert!(
        why.contains("his") && why.contains("the privileged access"),
        "{why}"
    );
    let full = standing(&["old", "his"], Some(&["old"]), Some(&["old", "his"]));
    let why = full
        .to_add("old", Some("new"))
        .expect_err("full")
        .to_string();
    assert!(
        why.contains("his") && why.contains("Private Key JWT"),
        "{why}"
    );
    let pool = standing(&["old", "a", "b", "c"], Some(&["old"]), Some(&["old", "a"]));
    let why = pool.to_add("old", None).expect_err("full").to_string();
    assert!(why.ends_with("b, c"), "{why}");
    let none = standing(&["old"], None, Some(&["old"]));
    assert!(matches!(
        none.to_add("old", None),
        Err(Hindrance::NoAccess(_))
    ));
}

#[test]
fn nothing_goes_where_the_one_that_stays_is_not_listed() {
    for (slot, method) in [
        (&["old"][..], &["old", "new"][..]),
        (&["old", "new"], &["old"]),
    ] {
        let standing = standing(&["old", "new"], Some(slot), Some(method));
        let why = standing.to_remove("old", "new").expect_err("in use");
        assert!(matches!(why, Hindrance::NotListed { .. }), "{why}");
    }
    let same = standing(&["new"], Some(&["new"]), Some(&["new"]));
    assert_eq!(same.to_remove("new", "new"), Ok(vec![]));
}

proptest! {
    /// Whatever stands there: what the slots become holds every key that was there but the one named, and the one in
    /// use is never that.
    #[test]
    fn of_what_stands_there_only_the_named_one_goes(
        pool in proptest::sample::subsequence(vec!["old", "new", "a", "b"], 0..=4),
        mut slot in proptest::sample::subsequence(vec!["old", "new", "a", "b"], 0..=2),
        mut method in proptest::option::of(
            proptest::sample::subsequence(vec!["old", "new", "a", "b"], 1..=2)
        ),
    ) {
        // Nothing stands in a slot that is not registered.
        slot.retain(|kid| pool.contains(kid));
        method.iter_mut().for_each(|ids| ids.retain(|kid| pool.contains(kid)));
        let standing = standing(&pool, Some(&slot), method.as_deref());
        if let Ok(changes) = standing.to_remove("old", "new") {
            let after = standing.slot(None, standing.id("old"));
            let ids: Vec<&str> = after.credentials.iter().map(|c| c.id.as_str()).collect();
            prop_assert!(ids.contains(&"cred_new"));
            for kid in slot.iter().filter(|kid| **kid != "old") {
                let id = format!("cred_{kid}");
                prop_assert!(ids.contains(&id.as_str()));
            }
            prop_assert_eq!(after.ip_allowlist, vec!["203.0.113.7".to_owned()]);
            prop_assert_eq!(changes.contains(&Delete), standing.id("old").is_some());
        }
        if let Ok(changes) = standing.to_add("old", Some("new"))
            && changes.contains(&Privileged)
        {
            let after = standing.slot(Some("cred_new"), None);
            prop_assert!(after.credentials.len() <= 2);
            prop_assert_eq!(after.credentials.len(), slot.len() + 1);
        }
    }
}
