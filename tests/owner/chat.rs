//! `telegram pair` and `telegram test` as they should go.

use crate::world::{World, files_with, mode, pid_with};

/// The code as it stands alone on its line.
pub(crate) fn code_in(shown: &str) -> String {
    let line = shown.lines().rev().map(str::trim).find(|line| {
        line.len() == 9
            && line.as_bytes()[4] == b'-'
            && line.bytes().all(|b| b.is_ascii_uppercase() || b == b'-')
    });
    line.unwrap_or_else(|| panic!("no code in {shown}"))
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_types_his_token_unseen_and_pairs_his_chat() {
    let w = World::without_chat().await;
    let before = w.read("bountyd.toml");
    let token = w.sim.telegram.token();
    // Something old waits in the chat.
    w.cast.owner.says("hello?");
    let mut seat = w.on_a_terminal(&format!("telegram pair --api-url {}", w.sim.telegram.url()));
    seat.until("(nothing is shown while you type): ").await;
    let config = w.path("bountyd.toml").display().to_string();
    let (pid, line) = pid_with(&config).expect("it runs");
    assert!(!line.contains(&token), "{line}");
    // The arrow key and the slip of the finger are a person's.
    seat.types(&format!("x\x7f\x1b[D{token}\r"));
    let shown = seat.until("Waiting for it").await;
    let environment = std::fs::read(format!("/proc/{pid}/environ")).expect("it runs");
    assert!(!String::from_utf8_lossy(&environment).contains(&token));
    let bot = w.sim.telegram.bot_username();
    assert!(
        shown.contains(&format!("The token is @{bot}'s.")),
        "{shown}"
    );
    assert!(shown.contains("1 earlier messages"), "{shown}");
    w.cast.owner.says("/start");
    w.cast.owner.says(&code_in(&shown).to_lowercase());
    let (code, shown) = seat.end().await;
    assert_eq!(code, Some(0), "{shown}");
    assert!(!shown.contains(&token), "the token was shown: {shown}");
    assert!(
        shown.contains("Paired: you are Telegram user 4200001"),
        "{shown}"
    );

    // The chat says so too, and nothing is left for the daemon to misunderstand.
    let chat: Vec<String> = w
        .cast
        .owner
        .messages()
        .into_iter()
        .map(|m| m.text)
        .collect();
    let said = chat.join("\n");
    assert!(
        said.contains("Send me the code") && said.contains("Paired"),
        "{said}"
    );
    assert_eq!(w.sim.telegram.unconfirmed(), 0);

    // The configuration: what was commented is set, the rest as it was.
    let after = w.read("bountyd.toml");
    let file = w.path("telegram-token");
    assert!(
        after.contains("[telegram]\n# who may answer\nowner_id = 4200001\n"),
        "{after}"
    );
    assert!(
        after.contains(&format!("token_file = \"{}\"", file.display())),
        "{after}"
    );
    assert_eq!(w.read("bountyd.toml.bak"), before);
    // The token is in its file and nowhere else.
    assert_eq!(
        files_with(w.dir.path(), &token),
        std::slice::from_ref(&file)
    );
    assert_eq!(mode(&file), 0o600);
    w.bountyd(&["check"]).await.left_with(0);

    // Once more, by the same person: the token is there, nothing changes.
    let mut seat = w.on_a_terminal("--json telegram pair");
    let shown = seat.until("Waiting for it").await;
    w.cast.owner.says(&code_in(&shown));
    let (code, shown) = seat.end().await;
    assert_eq!(code, Some(0), "{shown}");
    let json = &shown[shown.find('{').expect("JSON")..];
    let report: serde_json::Value = serde_json::from_str(json).expect("JSON");
    assert_eq!(report["owner_id"], 4_200_001);
    assert_eq!(report["token"], "unchanged");
    assert_eq!(report["backup"], serde_json::Value::Null);
    assert_eq!(w.read("bountyd.toml"), after);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_question_shows_that_the_tap_arrives() {
    let w = World::new().await;
    w.store_token();
    for (label, said) in [("✅ Approve", "approve"), ("❌ Deny", "deny")] {
        let mut seat = w.on_a_terminal("telegram test");
        seat.until("Tap one of its buttons").await;
        // Somebody else's tap on the same button is not his.
        let stranger = w.sim.telegram.stranger(77);
        stranger.sends_tap(w.cast.owner.id(), None, "a:00");
        w.cast.owner.taps(label).expect("a button");
        let (code, shown) = seat.end().await;
        assert_eq!(code, Some(0), "{shown}");
        assert!(
            shown.contains(&format!("Your tap arrived: {said}, after ")),
            "{shown}"
        );
        assert_eq!(
            w.cast.owner.answers().last().map(String::as_str),
            Some("Your tap arrived.")
        );
    }
    assert_eq!(w.cast.owner.unanswered_taps(), 0);
    let last = w.cast.owner.messages().pop().expect("a message");
    assert!(last.text.contains("You tapped ❌ Deny"), "{}", last.text);
    assert!(last.labels().is_empty());
    // What waits unread is the daemon's to read.
    w.cast.owner.says("/pause");
    let said = w.bountyd(&["telegram", "test"]).await.left_with(75);
    assert!(said.err.contains("1 messages or taps wait"), "{}", said.err);
    assert_eq!(w.sim.telegram.unconfirmed(), 1);
}
