//! What is planned, from a tenant with nothing to one with everything, and with everything otherwise.

use serde_json::{Value, json};
use vault::tenant::{Api, Application, ClientGrant, Connection, Credential, TenantUser};

use super::*;
use crate::setup::answers::Answers;
use crate::setup::found::ours;
use crate::setup::wanted::{Places, VAULT_GRANT};

fn of<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("as the API gives it")
}

fn wanted() -> Wanted {
    let answers = Answers {
        domain: Some("acme.eu.auth0.com".into()),
        user_id: Some("auth0|owner".into()),
        github_client_id: Some("Ov23".into()),
        address: Some(vec!["203.0.113.7".into()]),
        ..Answers::default()
    };
    let places = Places {
        key: "/k".into(),
        client_secret: "/s".into(),
    };
    let mut wanted = Wanted::from_answers(&answers, &places, 18484..=18489).expect("answers");
    wanted.kid = Some("kid-1".into());
    wanted
}

fn worker() -> Value {
    json!({
        "client_id": "W", "name": "bountyd", "app_type": "non_interactive", "is_first_party": true,
        "oidc_conformant": true, "grant_types": [VAULT_GRANT], "jwt_configuration": {"alg": "RS256"},
        "token_endpoint_auth_method": null,
        "client_authentication_methods": {"private_key_jwt": {"credentials": [{"id": "cred_1"}]}},
        "token_vault_privileged_access": {
            "credentials": [{"id": "cred_1"}], "ip_allowlist": ["203.0.113.7"],
            "grants": [{"connection": "github", "scopes": ["public_repo"]}]
        },
        "client_metadata": {"bountyd": "worker:bountyd"}
    })
}

fn done() -> Found {
    let callbacks = wanted().callbacks;
    Found {
        worker: of(worker()),
        keys: vec![of::<Credential>(json!({"id": "cred_1", "kid": "kid-1"}))],
        login: of(json!({
            "client_id": "L", "name": "bountyd login", "app_type": "native", "is_first_party": true,
            "oidc_conformant": true, "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code"], "callbacks": callbacks,
            "client_metadata": {"bountyd": "login:bountyd"}
        })),
        namesakes: Vec::new(),
        connection: Some(of::<Connection>(json!({
            "id": "con_1", "name": "github", "strategy": "github", "options": {"client_id": "Ov23"},
            "connected_accounts": {"active": true}, "authentication": {"active": true}
        }))),
        enabled: vec!["W".into(), "L".into()],
        my_account: Some(of::<Api>(
            json!({"id": "a", "identifier": "https://acme.eu.auth0.com/me/"}),
        )),
        grants: vec![of::<ClientGrant>(json!({
            "id": "cgr_1", "client_id": "L", "audience": "https://acme.eu.auth0.com/me/",
            "scope": ACCOUNT_SCOPES, "subject_type": "user"
        }))],
        user: Some(of::<TenantUser>(json!({"user_id": "auth0|owner"}))),
        login_connection: None,
        mfa_always: Some(false),
    }
}

fn actions(plan: &Plan) -> Vec<(Part, Action)> {
    plan.pending()
        .map(|step| (step.part, step.action))
        .collect()
}

#[test]
fn an_empty_tenant_gets_everything_in_the_order_that_works() {
    let mut wanted = wanted();
    wanted.kid = None;
    let plan = Plan::make(&wanted, &Found::default(), Known::default());
    let parts: Vec<Part> = plan.steps.iter().map(|step| step.part).collect();
    assert!(parts.is_sorted(), "{parts:?}");
    assert!(
        plan.steps
            .iter()
            .all(|s| matches!(s.action, Action::Create | Action::Change)),
        "{plan:?}"
    );
}

#[test]
fn a_tenant_that_is_set_up_is_left_as_it_is() {
    let plan = Plan::make(&wanted(), &done(), Known::default());
    assert!(plan.is_done(), "{:?}", actions(&plan));
    assert_eq!(plan.warnings, Vec::<String>::new());
}

#[test]
fn what_is_set_otherwise_takes_the_owners_word_and_what_is_missing_does_not() {
    for (part, path, value, action) in [
        (
            Part::Worker,
            "/oidc_conformant",
            json!(false),
            Action::Overwrite,
        ),
        (
            Part::Worker,
            "/is_first_party",
            json!(false),
            Action::Overwrite,
        ),
        (
            Part::Worker,
            "/jwt_configuration/alg",
            json!("HS256"),
            Action::Overwrite,
        ),
        (
            Part::Worker,
            "/grant_types",
            json!(["client_credentials"]),
            Action::Change,
        ),
        (
            Part::Worker,
            "/token_vault_privileged_access",
            Value::Null,
            Action::Change,
        ),
        (
            Part::Worker,
            "/token_vault_privileged_access/ip_allowlist",
            json!(["198.51.100.1"]),
            Action::Change,
        ),
        (
            Part::Worker,
            "/token_vault_privileged_access/grants",
            json!([]),
            Action::Change,
        ),
        (
            Part::Worker,
            "/token_vault_privileged_access/credentials",
            json!([{"id": "cred_8"}, {"id": "cred_9"}]),
            Action::Stop,
        ),
        (
            Part::Authentication,
            "/client_authentication_methods/private_key_jwt/credentials",
            json!([{"id": "cred_9"}]),
            Action::Change,
        ),
    ] {
        let mut app = worker();
        *app.pointer_mut(path).expect("a setting") = value;
        let found = Found {
            worker: Some(of::<Application>(app.clone())),
            ..done()
        };
        let plan = Plan::make(&wanted(), &found, Known::default());
        assert_eq!(actions(&plan), [(part, action)], "{path}");
        // What this run made itself is filled in without another word.
        let fresh = Known {
            worker_is_fresh: true,
            ..Known::default()
        };
        let plan = Plan::make(&wanted(), &found, fresh);
        let expected = if action == Action::Stop {
            Action::Stop
        } else {
            Action::Change
        };
        assert_eq!(actions(&plan), [(part, expected)], "{path}");
    }
}

#[test]
fn a_secret_that_was_agreed_on_stays_until_the_key_is_asked_for_by_name() {
    let mut app = worker();
    app["client_authentication_methods"] = Value::Null;
    app["token_endpoint_auth_method"] = json!("client_secret_post");
    let found = Found {
        worker: of(app),
        ..done()
    };
    let mut wanted = wanted();
    assert!(Plan::make(&wanted, &found, Known::default()).is_done());
    let missing = Known {
        secret_file_missing: true,
        ..Known::default()
    };
    let plan = Plan::make(&wanted, &found, missing);
    assert_eq!(actions(&plan), [(Part::Authentication, Action::Change)]);
    wanted.authentication = Wish::PrivateKeyJwt;
    let plan = Plan::make(&wanted, &found, Known::default());
    assert_eq!(actions(&plan), [(Part::Authentication, Action::Overwrite)]);
    wanted.authentication = Wish::ClientSecret;
    let plan = Plan::make(&wanted, &done(), Known::default());
    assert_eq!(actions(&plan), [(Part::Authentication, Action::Overwrite)]);
    assert!(plan.warnings.iter().any(|w| w.contains("client secret")));
}

#[test]
fn the_connection_is_never_given_other_keys_unasked() {
    let with = |value: Value| Found {
        connection: of(value),
        ..done()
    };
    let connection = |options: Value, vault: bool, login: bool, strategy: &str| {
        with(json!({
            "id": "con_1", "name": "github", "strategy": strategy, "options": options,
            "connected_accounts": {"active": vault}, "authentication": {"active": login}
        }))
    };
    let mut wanted = wanted();
    let act =
        |wanted: &Wanted, found: &Found| actions(&Plan::make(wanted, found, Known::default()));
    let ours = json!({"client_id": "Ov23"});
    assert_eq!(
        act(
            &wanted,
            &connection(json!({"client_id": "Iv1.other"}), true, true, "github")
        ),
        [(Part::Connection, Action::Overwrite)]
    );
    assert_eq!(
        act(&wanted, &connection(json!({}), true, true, "github")),
        [(Part::Connection, Action::Change)]
    );
    assert_eq!(
        act(&wanted, &connection(ours.clone(), false, true, "github")),
        [(Part::Connection, Action::Change)]
    );
    assert_eq!(
        act(&wanted, &connection(ours.clone(), true, true, "oauth2")),
        [(Part::Connection, Action::Stop)]
    );
    // Only whoever logs in by it needs it for that.
    let quiet = connection(ours, true, false, "github");
    assert_eq!(act(&wanted, &quiet), []);
    wanted.user_id = "github|1".into();
    assert_eq!(act(&wanted, &quiet), [(Part::Connection, Action::Stop)]);
    // Nothing is known of an application at GitHub.
    wanted.github_client_id = None;
    assert_eq!(
        act(&wanted, &connection(json!({}), true, true, "github")),
        [(Part::Connection, Action::Stop)]
    );
}

#[test]
fn a_grant_for_the_client_itself_is_not_taken_for_one_for_people() {
    let mut found = done();
    found.grants[0].subject_type = SubjectType::Client;
    let plan = Plan::make(&wanted(), &found, Known::default());
    assert_eq!(actions(&plan), [(Part::Grant, Action::Stop)]);
    let mut found = done();
    found.grants[0].scope.pop();
    let plan = Plan::make(&wanted(), &found, Known::default());
    assert_eq!(actions(&plan), [(Part::Grant, Action::Change)]);
}

#[test]
fn an_application_is_ours_by_its_mark_or_by_the_owners_word() {
    let app = |id: &str, name: &str, mark: Option<&str>| -> Application {
        let metadata = mark.map_or(json!({}), |mark| json!({ "bountyd": mark }));
        of(json!({"client_id": id, "name": name, "client_metadata": metadata}))
    };
    let all = vec![
        app("1", "bountyd", None),
        app("2", "renamed", Some("worker:bountyd")),
        app("3", "bountyd login", Some("login:other")),
    ];
    let found = ours(all.clone(), &wanted(), None, None);
    assert_eq!(found.worker.map(|a| a.client_id).as_deref(), Some("2"));
    assert_eq!(found.login, None);
    assert_eq!(found.namesakes.len(), 2);
    let named = ours(all, &wanted(), Some("1"), Some("3"));
    assert_eq!(named.worker.map(|a| a.client_id).as_deref(), Some("1"));
    assert_eq!(named.login.map(|a| a.client_id).as_deref(), Some("3"));
    // Without that word, a namesake stops the plan: two of a name are one too many.
    let found = Found {
        worker: None,
        namesakes: vec![app("1", "bountyd", None)],
        ..done()
    };
    let plan = Plan::make(&wanted(), &found, Known::default());
    assert_eq!(
        plan.step(Part::Worker).map(|s| s.action),
        Some(Action::Stop)
    );
}

#[test]
fn an_application_that_carries_no_mark_of_ours_was_not_made_by_us() {
    let mut found = done();
    for part in [Part::Worker, Part::Login, Part::Connection] {
        assert!(found.may_be_made_by_us(part, &wanted()), "{part:?}");
    }
    let mut app = worker();
    app["client_metadata"] = json!({});
    found.worker = of(app);
    assert!(!found.may_be_made_by_us(Part::Worker, &wanted()));
    let login = found.login.as_mut().expect("it is there");
    login
        .client_metadata
        .insert("bountyd".into(), "login:other".into());
    assert!(!found.may_be_made_by_us(Part::Login, &wanted()));
    // Not there: nothing speaks against it.
    found.worker = None;
    assert!(found.may_be_made_by_us(Part::Worker, &wanted()));
}
