//! The plan in its forms: shown, and nothing done.

use crate::world::{World, files};

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_changes_nothing_anywhere() {
    let w = World::bare().await;
    let before = w.state();
    let said = w.init(&["--plan"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    for words in [
        "1. + create: private key",
        "application \"bountyd\" (machine to machine)",
        "why:",
        "are to be done",
    ] {
        assert!(said.out.contains(words), "{words}\n{}", said.out);
    }
    let plan = w.plan();
    let steps = plan["steps"].as_array().expect("steps");
    assert!(steps.len() >= 8);
    assert!(steps.iter().all(|step| step["action"] != "leave"), "{plan}");
    assert_eq!(w.state(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn by_hand_the_same_values_are_shown_and_nothing_is_sent() {
    let w = World::new().await;
    let before = files(w.dir.path());
    let asked = w.sim.auth0.rim().requests().len();
    let base = w.sim.auth0.url();
    let manual = w.init(&["--manual"]);
    assert_eq!(manual.code, Some(0), "{}", manual.err);
    let terraform = w.init(&["--terraform"]);
    for said in [&manual.out, &terraform.out] {
        for value in [
            "http://127.0.0.1:18484/callback",
            "http://127.0.0.1:18489/callback",
            "federated-connection-access-token",
            "create:me:connected_accounts",
            "public_repo",
            "worker:bountyd",
            "127.0.0.1",
        ] {
            assert!(said.contains(value), "{value}\n{said}");
        }
    }
    assert!(
        manual.out.contains(&format!("{base}/login/callback")),
        "{}",
        manual.out
    );
    assert!(terraform.out.contains("Ov23liCanary"));
    assert_eq!(files(w.dir.path()), before);
    assert_eq!(w.sim.auth0.rim().requests().len(), asked);
    // With the key there, its public half is among them; its private half is not.
    for form in ["--manual", "--terraform"] {
        let said = w.init(&[form]);
        assert!(
            said.out.contains("-----BEGIN PUBLIC KEY-----"),
            "{}",
            said.out
        );
        assert!(!said.out.contains("PRIVATE"), "{}", said.out);
    }
}

/// Braces and quotes of a file that nobody here can have judged by Terraform itself.
#[tokio::test(flavor = "multi_thread")]
async fn the_terraform_file_is_balanced() {
    let w = World::new().await;
    for more in [
        &[][..],
        &["--authentication", "client_secret"],
        &["--name", "a \"b\" ${c}"],
    ] {
        let said = w.init(&[&["--terraform"], more].concat());
        assert_eq!(said.code, Some(0), "{}", said.err);
        let (mut depth, mut quoted, mut escaped) = (0_i32, false, false);
        for line in said
            .out
            .lines()
            .filter(|line| !line.trim_start().starts_with('#'))
        {
            for c in line.chars() {
                match c {
                    _ if escaped => escaped = false,
                    '\\' if quoted => escaped = true,
                    '"' => quoted = !quoted,
                    '#' if !quoted => break,
                    '{' | '[' if !quoted => depth += 1,
                    '}' | ']' if !quoted => depth -= 1,
                    _ => {}
                }
                assert!(depth >= 0, "{line}");
            }
            assert!(!quoted, "{line}");
        }
        assert_eq!(depth, 0, "{}", said.out);
        assert!(said.out.matches("resource \"").count() >= 8);
    }
}
