//! The answer to an agent that asks whether it may.

use serde_json::{Value, json};

use crate::profiles::Permission;

/// The outcome for a request with these parameters, and whether it is a yes. `None` if they are no such
/// request. Never is anything allowed for always: an agent that offers only that is told no.
pub(super) fn outcome(params: &Value, policy: Permission) -> Option<(Value, bool)> {
    let options = params.get("options")?.as_array()?;
    let of_kind = |kind: &str| {
        options.iter().find_map(|option| {
            let id = option.get("optionId")?.as_str()?;
            (option.get("kind")?.as_str()? == kind).then_some(id)
        })
    };
    let yes = match policy {
        Permission::AllowOnce => of_kind("allow_once"),
        Permission::Reject => None,
    };
    if let Some(id) = yes {
        return Some((selected(id), true));
    }
    let no = of_kind("reject_once").or_else(|| of_kind("reject_always"));
    Some((no.map_or_else(cancelled, selected), false))
}

/// The outcome where the turn is over.
pub(super) fn cancelled() -> Value {
    json!({ "outcome": { "outcome": "cancelled" } })
}

fn selected(id: &str) -> Value {
    json!({ "outcome": { "outcome": "selected", "optionId": id } })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(kinds: &[&str], policy: Permission) -> (String, bool) {
        let options: Vec<Value> = kinds
            .iter()
            .map(|kind| json!({ "optionId": format!("id-{kind}"), "name": "x", "kind": kind }))
            .collect();
        let (value, yes) = outcome(&json!({ "options": options }), policy).expect("an outcome");
        let outcome = &value["outcome"];
        let id = outcome["optionId"].as_str().unwrap_or("none").to_owned();
        (id, yes)
    }

    #[test]
    fn it_is_allowed_once_at_most() {
        use Permission::{AllowOnce, Reject};
        let all = ["allow_always", "allow_once", "reject_always", "reject_once"];
        for (kinds, policy, expected) in [
            (&all[..], AllowOnce, ("id-allow_once", true)),
            (&all[..], Reject, ("id-reject_once", false)),
            (&all[..1], AllowOnce, ("none", false)),
            (
                &["allow_always", "reject_always"],
                AllowOnce,
                ("id-reject_always", false),
            ),
            (&["allow_once"], Reject, ("none", false)),
            (
                &["allow_for_this_planet", "reject_once"],
                AllowOnce,
                ("id-reject_once", false),
            ),
            (&[], AllowOnce, ("none", false)),
        ] {
            let (id, yes) = asked(kinds, policy);
            assert_eq!((id.as_str(), yes), expected, "{kinds:?}");
        }
    }

    #[test]
    fn what_is_no_request_has_no_outcome() {
        for bad in [json!(null), json!({}), json!({ "options": "allow_once" })] {
            assert_eq!(outcome(&bad, Permission::AllowOnce), None);
        }
        let odd = json!({ "options": [1, {}, { "kind": "allow_once" }] });
        let (value, yes) = outcome(&odd, Permission::AllowOnce).expect("an outcome");
        assert_eq!((value, yes), (cancelled(), false));
    }
}
