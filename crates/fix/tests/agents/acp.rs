//! Agents that speak the Agent Client Protocol, in every way they may behave.

use std::time::Duration;

use fix::agent::{Acp, AgentEnd, Desk, Driver, Session, Step, Tokens, Turn};

use crate::place::{Place, again, ask, is_there, runs, scripted, soon, until};

const PROFILE: &str = "[agents.test.acp]\nargv = ARGV\nmode = \"x\"\npermission = \"allow-once\"\n";

fn session(desk: Desk) -> Box<dyn Session> {
    Acp::new(scripted(PROFILE))
        .expect("it speaks")
        .session(desk)
}

async fn turn(place: &Place, script: &str) -> Turn {
    let mut session = session(place.desk(script));
    soon(session.turn(&ask("the task"))).await.expect("a turn")
}

#[tokio::test]
async fn a_helpful_agent_works_and_works_again_in_the_same_session() {
    let place = Place::new();
    let mut session = session(place.desk("helpful"));
    let first = soon(session.turn(&ask("the task"))).await.expect("a turn");
    assert_eq!(
        first,
        Turn {
            end: AgentEnd::Done,
            summary: "Fixed it in round 1.".to_owned(),
            session: Some("session-1".to_owned()),
            cost_usd: Some(0.25),
            turns: None,
            tokens: Some(Tokens {
                input: 9,
                output: 3
            }),
        }
    );
    let second = again("the task", "2 tests failed");
    let second = soon(session.turn(&second)).await.expect("a turn");
    assert_eq!((second.end, second.cost_usd), (AgentEnd::Done, Some(0.5)));
    assert_eq!(second.summary, "Fixed it in round 2.");
    let tree = std::fs::read_to_string(place.path("work/calc.py"));
    assert_eq!(tree.expect("it was written"), "# round 2\n");
    soon(session.leave()).await.expect("it left");

    let heard = place.transcript();
    let methods: Vec<&str> = heard.iter().filter_map(|h| h["method"].as_str()).collect();
    assert_eq!(
        methods,
        [
            "initialize",
            "session/new",
            "session/set_mode",
            "session/prompt",
            "session/prompt"
        ]
    );
    assert_eq!(heard[0]["params"]["protocolVersion"], 1);
    assert_eq!(
        heard[0]["params"]["clientCapabilities"],
        serde_json::json!({})
    );
    assert_eq!(
        heard[1]["params"],
        serde_json::json!({ "cwd": "/work", "mcpServers": [] })
    );
    assert_eq!(heard[3]["params"]["prompt"][0]["text"], "the task");
    assert_eq!(heard[4]["params"]["prompt"][0]["text"], "2 tests failed");
    assert_eq!(
        place.steps()[..3],
        [
            Step::Said("Let me look.".to_owned()),
            Step::Tool("edit calc.py".to_owned()),
            Step::Said("Fixed it ".trim_end().to_owned()),
        ]
    );
}

#[tokio::test]
async fn an_agent_that_greets_people_first_is_understood() {
    let place = Place::new();
    assert_eq!(turn(&place, "noisy").await.end, AgentEnd::Done);
}

#[tokio::test]
async fn an_agent_that_only_talks_to_people_is_ended() {
    let place = Place::new();
    let end = turn(&place, "chatter").await.end;
    assert_eq!(
        end,
        AgentEnd::Protocol("it writes what is no message: `I am thinking about it.`".to_owned())
    );
}

#[tokio::test]
async fn a_silent_agent_is_out_of_time_when_its_time_is_over() {
    let place = Place::new();
    let mut session = session(place.desk("silent"));
    let task = ask("the task");
    let working = session.turn(&task);
    tokio::pin!(working);
    tokio::select! {
        early = &mut working => panic!("{early:?}"),
        () = place.heard("initialize") => {}
    }
    place.hand.advance(Duration::from_secs(599));
    assert!(crate::place::now(working.as_mut()).await.is_none());
    place.hand.advance(Duration::from_secs(1));
    let turn = soon(working).await.expect("a turn");
    assert_eq!(turn.end, AgentEnd::OutOfTime);
}

#[tokio::test]
async fn an_agent_that_is_called_off_may_say_what_it_used() {
    for by_time in [true, false] {
        let place = Place::new();
        let mut session = session(place.desk("slow"));
        let task = ask("the task");
        let working = session.turn(&task);
        tokio::pin!(working);
        tokio::select! {
            early = &mut working => panic!("{early:?}"),
            () = until(|| place.steps().contains(&Step::Said("working".to_owned()))) => {}
        }
        let end = if by_time {
            place.hand.advance(Duration::from_secs(600));
            AgentEnd::OutOfTime
        } else {
            place.stop.send_replace(true);
            AgentEnd::Cancelled
        };
        let turn = soon(working).await.expect("a turn");
        assert_eq!(turn.end, end);
        assert_eq!(
            turn.tokens,
            Some(Tokens {
                input: 9,
                output: 3
            })
        );
        let heard = place.transcript();
        let cancel = heard.iter().find(|h| h["method"] == "session/cancel");
        assert!(cancel.expect("it was called off").get("id").is_none());
    }
}

#[tokio::test]
async fn an_agent_that_does_not_stop_is_killed() {
    let place = Place::new();
    let mut session = session(place.desk("stubborn"));
    let task = ask("the task");
    let turn = place.while_time_flies(session.turn(&task)).await;
    assert_eq!(turn.expect("a turn").end, AgentEnd::OutOfTime);
}

#[tokio::test]
async fn an_agent_without_end_and_measure_is_ended() {
    for (script, how) in [
        ("endless", "it said more than one turn may have"),
        ("loud-on-the-side", "it said more than one turn may have"),
        ("one-long-line", "it wrote a line of more than 1 MiB"),
        ("deaf", "it does not read what is said to it"),
    ] {
        let mut place = Place::new();
        if script == "deaf" {
            place.settings.events = u64::MAX;
        }
        let mut desk = place.desk(script);
        if script == "deaf" {
            desk.spec.limits.output = 1 << 30;
        }
        let mut session = session(desk);
        let turn = soon(session.turn(&ask("the task"))).await.expect("a turn");
        assert_eq!(turn.end, AgentEnd::Flooded(how.to_owned()), "{script}");
        assert!(place.steps().len() <= 20_000);
    }
}

#[tokio::test]
async fn an_agent_that_never_reads_is_out_of_time() {
    let place = Place::new();
    let mut session = session(place.desk("never-reads"));
    let task = ask(&"x".repeat(500_000));
    let turn = place.while_time_flies(session.turn(&task)).await;
    assert_eq!(turn.expect("a turn").end, AgentEnd::OutOfTime);
}

#[tokio::test]
async fn an_agent_that_leaves_early_has_crashed_and_its_last_words_are_told() {
    for (script, how) in [
        ("crash", "it left with code 7: panic: out of luck"),
        ("gone-at-once", "it left with code 127"),
    ] {
        let place = Place::new();
        let end = turn(&place, script).await.end;
        assert_eq!(end, AgentEnd::Crashed(how.to_owned()), "{script}");
    }
}

#[tokio::test]
async fn an_agent_that_closes_its_output_and_stays_is_not_waited_for_to_the_end() {
    let mut place = Place::new();
    place.settings.turn = Duration::from_secs(1_000_000_000);
    let mut session = session(place.desk("closes"));
    let task = ask("the task");
    let turn = place.while_time_flies(session.turn(&task)).await;
    let how = "it closed its output and went on running".to_owned();
    assert_eq!(turn.expect("a turn").end, AgentEnd::Crashed(how));
}

#[tokio::test]
async fn an_agent_that_breaks_the_protocol_is_told_apart() {
    let version = "it speaks version 2 of the protocol, not 1";
    let reason = "it ended the turn without a reason";
    for (script, how) in [("version-2", version), ("no-reason", reason)] {
        let place = Place::new();
        let end = turn(&place, script).await.end;
        assert_eq!(end, AgentEnd::Protocol(how.to_owned()), "{script}");
    }
    let AgentEnd::Protocol(how) = turn(&Place::new(), "bad-json").await.end else {
        panic!("it broke the protocol");
    };
    assert!(how.starts_with("no message: key must be a string"), "{how}");
}

#[tokio::test]
async fn an_agent_that_cannot_work_says_why() {
    let end = turn(&Place::new(), "log-in").await.end;
    insta::assert_snapshot!(end, @"failed: it wants a log-in before it works (Authentication required); give it an API key by its profile's environment or settings, for nobody can log in inside the sandbox");
    let end = turn(&Place::new(), "no-model").await.end;
    insta::assert_snapshot!(end, @"failed: Internal error: 502 Bad Gateway (-32603)");
}

#[tokio::test]
async fn nothing_is_done_for_an_agent() {
    let place = Place::new();
    assert_eq!(turn(&place, "greedy").await.end, AgentEnd::Done);
    let declined = |method: &str| Step::Declined(method.to_owned());
    assert_eq!(
        place.steps(),
        [
            declined("fs/read_text_file"),
            declined("fs/write_text_file"),
            declined("terminal/create"),
            declined("elicitation/create"),
            declined("craft/drainMidTurnQueue"),
        ]
    );
}

#[tokio::test]
async fn an_agent_may_once_at_most() {
    let place = Place::new();
    let turn = turn(&place, "asks-permission").await;
    assert_eq!(turn.end, AgentEnd::Done);
    assert_eq!(turn.summary, "allow_once none reject_always -32602");
    let asked = |allowed| Step::Asked {
        what: "rm -rf /".to_owned(),
        allowed,
    };
    assert_eq!(
        place.steps()[..3],
        [asked(true), asked(false), asked(false)]
    );
}

#[tokio::test]
async fn the_mode_is_set_where_it_is_offered_and_must_then_hold() {
    let by_mode = r#"{"modes":{"currentModeId":"y","availableModes":[{"id":"y"},{"id":"x"}]}}"#;
    let by_option = r#"{"configOptions":[{"id":"m","category":"model"},{"id":"how","category":"mode","options":[{"value":"x"}]}]}"#;
    let stuck = r#"{"configOptions":[{"id":"stuck","category":"mode","options":[{"value":"x"}]}]}"#;
    let set_mode = serde_json::json!({ "sessionId": "session-1", "modeId": "x" });
    let set_option =
        serde_json::json!({ "sessionId": "session-1", "configId": "how", "value": "x" });
    let refused = AgentEnd::Failed("it does not go into its mode `x`: Invalid params".to_owned());
    for (offered, method, params, end) in [
        (by_mode, "session/set_mode", Some(set_mode), AgentEnd::Done),
        (
            by_option,
            "session/set_config_option",
            Some(set_option),
            AgentEnd::Done,
        ),
        (stuck, "session/set_config_option", None, refused),
        (
            r#"{"modes":null,"configOptions":7}"#,
            "session/prompt",
            None,
            AgentEnd::Done,
        ),
        (
            r#"{"modes":{"availableModes":[{"id":"y"}]}}"#,
            "session/prompt",
            None,
            AgentEnd::Done,
        ),
    ] {
        let place = Place::new();
        let mut desk = place.desk("modes");
        desk.spec.env.insert("PRINT".into(), offered.into());
        let mut session = session(desk);
        let turn = soon(session.turn(&ask("the task"))).await.expect("a turn");
        assert_eq!(turn.end, end, "{offered}");
        let third = &place.transcript()[2];
        assert_eq!(third["method"], method, "{offered}");
        if let Some(params) = params {
            assert_eq!(third["params"], params);
        }
    }
}

#[tokio::test]
async fn every_reason_to_stop_is_known_or_named() {
    let place = Place::new();
    let mut session = session(place.desk("reasons"));
    let mut ends = Vec::new();
    for _ in 0..4 {
        let turn = soon(session.turn(&ask("the task"))).await.expect("a turn");
        ends.push(turn.end);
    }
    let unknown = "it stopped for an unknown reason, `boredom`".to_owned();
    assert_eq!(
        ends,
        [
            AgentEnd::MaxTurns,
            AgentEnd::Refused,
            AgentEnd::MaxTurns,
            AgentEnd::Protocol(unknown)
        ]
    );
}

#[tokio::test]
async fn after_a_bad_end_a_new_process_is_told_everything() {
    let place = Place::new();
    let mut session = session(place.desk("no-model"));
    soon(session.turn(&ask("the task"))).await.expect("a turn");
    let second = again("the task", "2 tests failed");
    soon(session.turn(&second)).await.expect("a turn");
    let heard = place.transcript();
    let prompts: Vec<&str> = heard
        .iter()
        .filter_map(|h| h["params"]["prompt"][0]["text"].as_str())
        .collect();
    assert_eq!(prompts[0], "the task");
    assert!(prompts[1].starts_with("the task\n") && prompts[1].ends_with("2 tests failed"));
}

#[tokio::test]
async fn a_daemon_that_an_agent_leaves_holds_nothing_up() {
    let place = Place::new();
    let end = turn(&place, "daemon").await.end;
    assert_eq!(end, AgentEnd::Crashed("it left with code 0".to_owned()));
    let pid = std::fs::read_to_string(place.path("work/daemon")).expect("its number");
    // Without a jail it lives on; only the jail's guard can find it.
    assert!(runs(&pid));
    let number = pid
        .trim()
        .parse()
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    rustix::process::kill_process(number.expect("a number"), rustix::process::Signal::KILL)
        .expect("it ran");
}

#[tokio::test]
async fn a_session_that_is_dropped_leaves_no_process() {
    let place = Place::new();
    let mut desk = place.desk("stubborn");
    desk.spec
        .env
        .insert("PIDFILE".into(), place.path("pid").into());
    let lines = PROFILE.replace(
        "ARGV",
        r#"["/bin/sh", "-c", "echo $$ > $PIDFILE; exec sleep 1000"]"#,
    );
    let driver = Acp::new(crate::place::profile(&lines)).expect("it speaks");
    let mut session = driver.session(desk);
    let task = ask("the task");
    tokio::select! {
        early = session.turn(&task) => panic!("{early:?}"),
        () = until(|| std::fs::read(place.path("pid")).is_ok_and(|p| p.ends_with(b"\n"))) => {}
    }
    drop(session);
    let pid = std::fs::read_to_string(place.path("pid")).expect("its number");
    until(|| !is_there(&pid)).await;
}
