//! A yes by push, with the shipped program: a client that wants something, a phone, and a daemon that is killed.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::house::House;
use crate::requests::{comment, id, over};

const CLIENTS: &str = r#"
[mcp.step_up]
push = true
[mcp.clients.writer]
uid = UID
calls_per_minute = 1000
[mcp.clients.writer.rules.speaking]
tools = ["comment"]
repositories = ["acme/*"]
effect = "allow"
[mcp.clients.writer.step_up]
push = ["comment"]
[policy]
write_spacing = "1s"
"#;

impl House {
    /// The tenant can ask the owner's phone.
    fn with_a_phone(&self) {
        let auth0 = &self.world.sim.auth0;
        auth0.change_client(&self.world.cast.client_id, |client| {
            *client = client.clone().with_ciba();
        });
    }

    /// What the phone shows of a question that is none of `seen`: its code.
    async fn code(&self, seen: &[String]) -> String {
        let begun = Instant::now();
        loop {
            let pushes = self.world.sim.auth0.person().sees_pushes().into_iter();
            let mut codes = pushes.map(|push| push.binding_message[..4].to_owned());
            if let Some(code) = codes.find(|code| !seen.contains(code)) {
                return code;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "the phone asks nothing"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_point_a_yes_by_push_is_acted_on_once() {
    for point in bountyd::crash::PUSH_POINTS {
        let mut house = House::new(CLIENTS).await;
        house.widget("acme/widget");
        house.with_a_phone();
        house.start_with(&["--crash-at", point]).await;
        let mut client = house.legacy("writer").await;
        let asked = client.done("comment", comment("k1", "Once.")).await;
        assert_eq!(asked["state"], "pending", "{asked}");
        let mut seen = Vec::new();
        if ["push.heard", "push.recorded"].contains(point) {
            let code = house.code(&[]).await;
            assert!(house.world.sim.auth0.person().approves_push(&code));
            seen.push(code);
        } else if *point == "push.sent" {
            seen.push(house.code(&[]).await);
        }
        assert_eq!(client.next().await, None, "it dies at {point}");
        house.died().await;
        assert_eq!(house.ours().len(), 0, "{point}");
        house.start().await;
        let mut client = house.legacy("writer").await;
        if *point != "push.recorded" {
            // Nobody knows what was answered: the phone asks again, with another code.
            let code = house.code(&seen).await;
            assert!(house.world.sim.auth0.person().approves_push(&code));
            house.journalled("push.lost", &id(&asked)).await;
        }
        let done = over(&mut client, &id(&asked)).await;
        assert_eq!(done["state"], "done", "{point}: {done}");
        assert_eq!(house.ours().len(), 1, "{point}");
        let yeses = house.journalled("push.approved", &id(&asked)).await;
        assert_eq!(yeses.len(), 1, "{point}: {yeses:?}");
        assert!(
            yeses[0]["actor"]
                .as_str()
                .is_some_and(|by| by == "push:auth0|owner"),
            "{yeses:?}"
        );
        client.end().await;
        house.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_told_what_takes_a_stronger_yes() {
    let mut house = House::open(CLIENTS).await;
    let mut client = house.modern("writer");
    let mine = client.done("list_my_permissions", json!({})).await;
    let told = json!({
        "ask_above": "$100", "push_above": "$500",
        "tools": [{ "tool": "comment", "takes": "push" }],
    });
    assert_eq!(mine["step_up"], told);
    client.end().await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_the_phone_is_refused_where_it_is_not_set_up() {
    let rules = CLIENTS
        .replace("push = true", "push_above_usd = 100")
        .replace("[mcp.clients.writer.step_up]\npush = [\"comment\"]\n", "");
    let house = House::new(&rules).await;
    let explained = async |usd: &str| {
        let call = ["policy", "explain", "writer", "comment", "acme/widget"];
        let said = house
            .bountyd(&[&call[..], &["--usd", usd, "--json"]].concat())
            .await;
        serde_json::from_str::<Value>(&said.out).unwrap_or_else(|e| panic!("{e}: {said:?}"))
    };
    let dear = explained("101").await;
    assert_eq!(dear["effect"], "deny", "{dear}");
    assert_eq!(dear["code"], "step_up_unavailable");
    assert_eq!(dear["takes"], "push");
    let cheap = explained("100").await;
    assert_eq!(
        (&cheap["effect"], &cheap["takes"]),
        (&"allow".into(), &"none".into())
    );
}
