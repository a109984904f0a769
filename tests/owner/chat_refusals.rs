//! Everybody else who writes to the bot, and every token that is none.

use crate::chat::code_in;
use crate::world::{World, files_with, private};

const CANARY: &str = "424242:canary-token-that-is-nobodys";

#[tokio::test(flavor = "multi_thread")]
async fn strangers_groups_and_forwarded_codes_pair_nobody() {
    let w = World::new().await;
    w.store_token();
    w.sim.telegram.group(-100, "A group");
    let before = w.read("bountyd.toml");
    let mut seat = w.on_a_terminal("telegram pair");
    let shown = seat.until("Waiting for it").await;
    let first = code_in(&shown);
    w.cast.owner.says("AAAA-AAAA");
    seat.until("this is not the code").await;
    w.sim.telegram.stranger(77).says("let me in");
    let shown = seat.until("another person than the owner").await;
    assert!(shown.contains("Telegram user 77"), "{shown}");
    // The right code in the wrong place counts no more, there or anywhere.
    w.cast.owner.says_in(-100, &first);
    let shown = seat.until("Waiting for it").await;
    assert!(
        shown.contains("this is a group") && shown.contains("counts no more"),
        "{shown}"
    );
    let second = code_in(&shown);
    assert_ne!(first, second);
    w.cast.owner.says(&first);
    seat.until("this is not the code").await;
    w.cast.owner.forwards(&second);
    let shown = seat.until("Waiting for it").await;
    assert!(shown.contains("this was forwarded"), "{shown}");
    assert_eq!(w.read("bountyd.toml"), before);
    // The last try is right.
    w.cast.owner.says(&code_in(&shown));
    let (code, shown) = seat.end().await;
    assert_eq!(code, Some(0), "{shown}");
    // In the group nothing was said.
    assert!(
        w.sim
            .telegram
            .messages()
            .iter()
            .all(|m| m.chat_id != -100 || m.from.is_some())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn after_five_guesses_no_code_is_right() {
    let w = World::without_chat().await;
    w.store_token();
    let before = w.read("bountyd.toml");
    let api = w.sim.telegram.url();
    let mut seat = w.on_a_terminal(&format!("telegram pair --api-url {api}"));
    let shown = seat.until("Waiting for it").await;
    let guesser = w.sim.telegram.stranger(77);
    for guess in [
        "AAAA-AAAA",
        "BBBB-BBBB",
        "CCCC-CCCC",
        "DDDD-DDDD",
        "EEEE-EEEE",
    ] {
        guesser.says(guess);
    }
    w.cast.owner.says(&code_in(&shown));
    let (code, shown) = seat.end().await;
    assert_eq!(code, Some(77), "{shown}");
    assert!(shown.contains("no code counts any more"), "{shown}");
    assert_eq!(w.read("bountyd.toml"), before);
    let last = guesser.messages().pop().expect("an answer");
    assert!(last.text.contains("no tries left"), "{}", last.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_the_owners_that_waits_is_not_passed_over() {
    let w = World::new().await;
    w.store_token();
    w.cast.owner.says("hello?");
    w.cast.owner.says("/deny 1f2e not today");
    let said = w.bountyd(&["telegram", "pair"]).await.left_with(75);
    assert!(
        said.err.contains("1 answers or commands of the owner wait"),
        "{}",
        said.err
    );
    assert_eq!(w.sim.telegram.unconfirmed(), 2, "the daemon meets them");
    // Who says at the machine that another is the owner has them passed over.
    let mut seat = w.on_a_terminal("telegram pair --new-owner");
    let shown = seat.until("Waiting for it").await;
    assert!(shown.contains("2 earlier messages"), "{shown}");
    w.cast.owner.says(&code_in(&shown));
    assert_eq!(seat.end().await.0, Some(0));

    // A code that came too late is no answer; and a tap meanwhile is not taken in silence.
    w.cast.owner.says("/start ABCD-EFGH");
    let mut seat = w.on_a_terminal("telegram pair");
    let shown = seat.until("Waiting for it").await;
    let under = w.cast.owner.messages().pop().expect("a message").id;
    w.cast
        .owner
        .sends_tap(w.cast.owner.id(), Some(under), "a:00");
    w.cast.owner.says(&code_in(&shown));
    assert_eq!(seat.end().await.0, Some(0));
    let last = w.cast.owner.answers().pop().expect("an answer to the tap");
    assert!(last.contains("Tap again"), "{last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_owner_takes_a_word_at_the_machine() {
    let w = World::new().await;
    w.store_token();
    let heir = w.sim.telegram.owner(4_300_000);
    let mut seat = w.on_a_terminal("telegram pair --new-owner");
    let shown = seat.until("Waiting for it").await;
    heir.says(&code_in(&shown));
    let (code, shown) = seat.end().await;
    assert_eq!(code, Some(0), "{shown}");
    assert!(w.read("bountyd.toml").contains("owner_id = 4300000"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_none_is_neither_stored_nor_shown() {
    let w = World::new().await;
    let token = w.path("entered");
    w.write("entered", CANARY);
    private(&token);
    let entered = token.display().to_string();
    let said = w
        .bountyd(&["telegram", "pair", "--token-file", &entered])
        .await;
    let said = said.left_with(65);
    assert!(
        said.err.contains("does not know this bot token"),
        "{}",
        said.err
    );
    assert!(!said.err.contains("canary") && !said.out.contains("canary"));
    assert_eq!(
        files_with(w.dir.path(), "canary"),
        std::slice::from_ref(&token)
    );
    // One that others may read is no secret any more.
    std::fs::set_permissions(&token, std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .expect("a mode");
    let said = w
        .bountyd(&["telegram", "pair", "--token-file", &entered])
        .await;
    assert!(said.left_with(66).err.contains("chmod 600"));
    // Another one than the one that is stored.
    w.write("telegram-token", CANARY);
    private(&w.path("telegram-token"));
    w.write("entered", &w.sim.telegram.token());
    private(&token);
    let said = w
        .bountyd(&["telegram", "pair", "--token-file", &entered])
        .await;
    let said = said.left_with(73);
    assert!(
        said.err.contains("--replace") && !said.err.contains("canary"),
        "{}",
        said.err
    );
    assert_eq!(w.read("telegram-token"), CANARY);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_daemon_reads_the_chat_nobody_pairs() {
    let w = World::new().await;
    w.store_token();
    let _daemon = w.daemon().await;
    for verb in ["pair", "test"] {
        let said = w.bountyd(&["telegram", verb]).await.left_with(75);
        assert!(said.err.contains("systemctl stop bountyd"), "{}", said.err);
    }
    // Another program's poll is named, too.
    let w = World::new().await;
    w.store_token();
    w.sim.telegram.switch(|switches| switches.webhook = true);
    let said = w.bountyd(&["telegram", "pair"]).await.left_with(75);
    assert!(said.err.contains("webhook"), "{}", said.err);
}
