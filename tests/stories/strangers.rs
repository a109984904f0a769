//! Who is heard: the owner, in his own chat, once.

use bountyd::ledger::settings::Setting;

use super::people::{YES, approval_id};
use super::world::{HOUR, MINUTE, SECOND, World};

#[tokio::test]
async fn only_the_owner_in_his_own_chat_is_heard() {
    let mut w = World::new().await;
    w.bounty("acme/widgets", "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    let id = approval_id(&card);
    let (say, data) = (format!("/approve {id}"), format!("a:{id}"));
    let owner = w.cast.owner.clone();
    let stranger = w.sim.telegram.stranger(666);
    let group = -1_001;
    w.sim.telegram.group(group, "Club");

    stranger.sends_tap(stranger.id(), None, &data);
    stranger.sends_tap(owner.id(), Some(card.id), &data);
    owner.sends_tap(group, None, &data);
    owner.sends_tap(owner.id(), None, &data);
    stranger.says(&say);
    stranger.says_in(group, &say);
    owner.says_in(group, &say);
    owner.forwards(&say);
    owner.says_without_sender(&say);
    owner.edits_message("hello", &say);
    w.settle().await;
    w.phone("I did not understand that."); // the hello, not the edit
    w.quiet();
    assert_eq!((w.ours(), w.writes()), (0, 0));
    assert_eq!(
        w.stands("acme/widgets", 700).await,
        "asking above_threshold"
    );
    let elsewhere = w.sim.telegram.messages();
    assert!(
        elsewhere
            .iter()
            .all(|m| !m.by_bot() || m.chat_id == owner.id()),
        "nobody else learns anything: {elsewhere:?}"
    );
    assert_eq!(stranger.answers().join(""), "", "nor from a button");
    assert_eq!(
        stranger.unanswered_taps(),
        0,
        "which must not spin for ever"
    );

    w.tap(&card, YES).await;
    w.phone("Claimed");
    assert_eq!(w.ours(), 1);
}

#[tokio::test]
async fn forged_data_is_no_answer() {
    let mut w = World::new().await;
    w.bounty("acme/widgets", "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    let id = approval_id(&card);
    let owner = w.cast.owner.clone();
    let forged = [
        String::new(),
        "a:".to_owned(),
        id.clone(),
        format!("x:{id}"),
        format!("a:{id}0"),
        format!("a:{}", &id[..8]),
        format!("a:{}%", &id[..31]),
        format!("a:{}", "0".repeat(32)),
        "a:' OR 1=1 --".to_owned(),
    ];
    let count = forged.len();
    for data in forged {
        owner.sends_tap(owner.id(), Some(card.id), &data);
    }
    w.settle().await;
    assert_eq!(owner.answers(), vec!["I do not know this question."; count]);
    for words in [
        "/approve %",
        "/approve ' OR 1=1",
        "/approve a",
        "/approve ______",
    ] {
        assert_eq!(
            w.says(words).await,
            "I do not know this question.",
            "{words}"
        );
    }
    assert_eq!(w.writes(), 0);
}

#[tokio::test]
async fn a_double_tap_and_a_replayed_update_count_once() {
    let mut w = World::new().await;
    w.bounty("acme/widgets", "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    let owner = w.cast.owner.clone();
    let first = owner.taps_on(card.id, YES).expect("a button");
    owner.taps_on(card.id, YES).expect("a button");
    owner.sends_tap(
        owner.id(),
        Some(card.id),
        &format!("d:{}", approval_id(&card)),
    );
    w.settle().await;
    assert_eq!(
        owner.answers(),
        [
            "Approved. I check everything once more, then claim.",
            "Already approved.",
            "Already approved.",
        ]
    );
    w.phone("Claimed");
    w.expected.violations.push("query is too old");
    assert!(w.sim.telegram.replays(first));
    assert!(w.sim.telegram.replays_as_new(first).is_some());
    w.advance(MINUTE).await;
    w.advance(HOUR).await;
    w.quiet();
    assert_eq!((w.ours(), w.writes()), (1, 1));
}

#[tokio::test]
async fn a_second_poller_is_noticed_and_survived() {
    let mut w = World::new().await;
    w.bounty("acme/widgets", "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    let url = format!(
        "{}/bot{}/getUpdates?timeout=0",
        w.sim.telegram.url(),
        w.sim.telegram.token()
    );
    let other = reqwest::get(&url).await.expect("the other bot polls");
    assert!(other.status().is_success());
    while w.app().live(|l| l.telegram_trouble.is_none()) {
        super::world::pause(std::time::Duration::from_millis(5)).await;
    }
    w.settle().await;
    assert_eq!(w.sim.telegram.conflicts(), 1);
    let status = w.status().await;
    let line = status.lines().find(|l| l.contains("Telegram"));
    insta::assert_snapshot!(line.unwrap_or(&status), @"⚠ Telegram: another program polls with this bot token, or it has a webhook; only one may; questions can be answered with `bountyd approve`");
    w.expected.violations.push("query is too old");
    w.cast.owner.taps_on(card.id, YES).expect("a button");
    w.advance(29 * SECOND).await;
    assert_eq!(w.ours(), 0, "not before the pause is over");
    w.advance(SECOND).await;
    w.advance(MINUTE).await;
    w.phone("Claimed");
    assert!(
        !w.status().await.contains("Telegram"),
        "{}",
        w.status().await
    );
    assert_eq!(w.ours(), 1);
}

#[tokio::test]
async fn what_was_tapped_while_the_program_was_down_counts() {
    let mut w = World::new().await;
    w.bounty("acme/widgets", "Crash on empty input", 750);
    w.bounty("other/things", "Wrong sum", 300);
    w.start().await;
    let (dear, cheap) = (w.phone("$750"), w.phone("$300"));
    w.says("/help").await;
    w.stop().await;
    // A button spins for some seconds only: the answer comes with the edited card.
    w.expected.violations.push("query is too old");
    let update = w.cast.owner.taps_on(dear.id, YES).expect("a button");
    w.hand.advance(30 * MINUTE);
    w.start().await;
    w.phone("Claimed acme/widgets");
    assert_eq!(w.ours(), 1);
    let offset: Option<i64> = w
        .app()
        .ledger
        .setting(&Setting::TelegramOffset)
        .await
        .expect("the ledger can be read");
    assert_eq!(offset, Some(update + 1));

    // Down again, and back too late.
    w.stop().await;
    w.cast.owner.taps_on(cheap.id, YES).expect("a button");
    w.hand.advance(2 * HOUR);
    w.start().await;
    assert!(
        w.now_reads(&cheap).starts_with("⌛ Expired"),
        "{}",
        w.now_reads(&cheap)
    );
    w.advance(HOUR).await;
    assert_eq!((w.ours(), w.writes()), (1, 1));
    let offset: Option<i64> = w
        .app()
        .ledger
        .setting(&Setting::TelegramOffset)
        .await
        .expect("the ledger can be read");
    assert_eq!(offset, Some(update + 2), "it survives restarts");
}
