//! Outputs as real agents wrote them against a scripted model, shortened, and outputs that none should.

use proptest::prelude::*;

use super::*;

fn read(parser: Parser, lines: &[&str]) -> Turn {
    let mut reader = Reader::new(parser);
    for line in lines {
        reader.line(line.as_bytes());
    }
    let silent = AgentEnd::Crashed("silent".to_owned());
    let end = reader.verdict().unwrap_or(silent);
    reader.told(end)
}

fn fixed(session: &str) -> Turn {
    Turn {
        end: AgentEnd::Done,
        summary: "DONE: add() now adds.".to_owned(),
        session: Some(session.to_owned()),
        cost_usd: None,
        turns: None,
        tokens: Some(Tokens {
            input: 20,
            output: 10,
        }),
    }
}

const SPENT: &str = "budget of this job is spent";

#[track_caller]
fn failed(parser: Parser, lines: &[&str]) {
    let turn = read(parser, lines);
    assert!(
        matches!(&turn.end, AgentEnd::Failed(why) if why.contains(SPENT)),
        "{turn:?}"
    );
}

#[test]
fn claude_code_2_1() {
    let lines = [
        r#"{"type":"system","subtype":"init","cwd":"/work","session_id":"facfa70c-7951","tools":["Task","Bash"],"mcp_servers":[],"model":"fake-model","permissionMode":"bypassPermissions"}"#,
        r#"{"type":"assistant","message":{"id":"m","role":"assistant","content":[{"type":"tool_use","id":"t1","name":"Bash","input":{"command":"x"}}],"stop_reason":null},"parent_tool_use_id":null,"session_id":"facfa70c-7951"}"#,
        r#"{"type":"user","message":{"role":"user","content":[{"tool_use_id":"t1","type":"tool_result","content":"(Bash completed with no output)","is_error":false}]},"session_id":"facfa70c-7951"}"#,
        r#"{"type":"assistant","message":{"id":"m","role":"assistant","content":[{"type":"text","text":"DONE: add() now adds."}]},"session_id":"facfa70c-7951"}"#,
        r#"{"type":"result","subtype":"success","is_error":false,"api_error_status":null,"num_turns":2,"result":"DONE: add() now adds.","stop_reason":"end_turn","session_id":"facfa70c-7951","total_cost_usd":0.00035,"usage":{"input_tokens":20,"output_tokens":10},"permission_denials":[],"terminal_reason":"completed"}"#,
    ];
    let expected = Turn {
        cost_usd: Some(0.00035),
        turns: Some(2),
        ..fixed("facfa70c-7951")
    };
    assert_eq!(read(Parser::ClaudeStreamJson, &lines), expected);
    failed(
        Parser::ClaudeStreamJson,
        &[
            r#"{"type":"result","subtype":"success","is_error":true,"api_error_status":403,"num_turns":1,"result":"Failed to authenticate. API Error: 403 budget of this job is spent","session_id":"8c6ef62d","total_cost_usd":0}"#,
        ],
    );
    let limit = r#"{"type":"result","subtype":"error_max_turns","is_error":true,"num_turns":50}"#;
    assert_eq!(
        read(Parser::ClaudeStreamJson, &[limit]).end,
        AgentEnd::MaxTurns
    );
}

#[test]
fn codex_0_169() {
    let lines = [
        r#"{"type":"thread.started","thread_id":"01a22c93-9496"}"#,
        r#"{"type":"item.completed","item":{"id":"item_0","type":"error","message":"Model metadata for `fake-model` not found."}}"#,
        r#"{"type":"turn.started"}"#,
        r#"{"type":"item.started","item":{"id":"item_1","type":"command_execution","command":"/usr/bin/bash -lc x","aggregated_output":"","exit_code":null,"status":"in_progress"}}"#,
        r#"{"type":"item.completed","item":{"id":"item_1","type":"command_execution","command":"/usr/bin/bash -lc x","exit_code":0,"status":"completed"}}"#,
        r#"{"type":"item.completed","item":{"id":"item_2","type":"agent_message","text":"DONE: add() now adds."}}"#,
        r#"{"type":"turn.completed","usage":{"input_tokens":20,"cached_input_tokens":0,"output_tokens":10}}"#,
    ];
    assert_eq!(read(Parser::CodexJsonl, &lines), fixed("01a22c93-9496"));
    let error = r#"{"type":"error","message":"Reconnecting... 5/5 (unexpected status 403)"}"#;
    failed(
        Parser::CodexJsonl,
        &[
            error,
            r#"{"type":"turn.failed","error":{"message":"unexpected status 403 Forbidden: budget of this job is spent, url: http://127.0.0.1:3128/llm/openai/v1/responses"}}"#,
        ],
    );
    let recovered = [&[error][..], &lines].concat();
    assert_eq!(read(Parser::CodexJsonl, &recovered).end, AgentEnd::Done);
}

#[test]
fn opencode_1_18() {
    let lines = [
        r#"{"type":"step_start","timestamp":1,"sessionID":"ses_dd36","part":{"type":"step-start"}}"#,
        r#"{"type":"tool_use","timestamp":1,"sessionID":"ses_dd36","part":{"type":"tool","tool":"bash","callID":"c1","state":{"status":"completed"}}}"#,
        r#"{"type":"step_finish","timestamp":1,"sessionID":"ses_dd36","part":{"reason":"tool-calls","type":"step-finish","tokens":{"total":15,"input":10,"output":5,"reasoning":0},"cost":0}}"#,
        r#"{"type":"text","timestamp":1,"sessionID":"ses_dd36","part":{"type":"text","text":"DONE: add() now adds."}}"#,
        r#"{"type":"step_finish","timestamp":1,"sessionID":"ses_dd36","part":{"reason":"stop","type":"step-finish","tokens":{"total":15,"input":10,"output":5,"reasoning":0},"cost":0}}"#,
    ];
    let expected = Turn {
        cost_usd: Some(0.0),
        turns: Some(2),
        ..fixed("ses_dd36")
    };
    assert_eq!(read(Parser::OpencodeJson, &lines), expected);
    failed(
        Parser::OpencodeJson,
        &[
            r#"{"type":"error","timestamp":1,"sessionID":"ses_dd36","error":{"name":"APIError","data":{"message":"budget of this job is spent","statusCode":403,"isRetryable":false}}}"#,
        ],
    );
}

#[test]
fn gemini_0_61() {
    let lines = [
        "YOLO mode is enabled. All tool calls will be automatically approved.",
        r#"{"type":"init","timestamp":"2026-11-30T13:10:30.204Z","session_id":"781eac73","model":"fake-model"}"#,
        r#"{"type":"message","role":"user","content":"Fix it"}"#,
        r#"{"type":"message","role":"assistant","content":"Let me see.","delta":true}"#,
        r#"{"type":"tool_use","tool_name":"run_shell_command","tool_id":"1","parameters":{"command":"x"}}"#,
        r#"{"type":"tool_result","tool_id":"1","status":"success","output":""}"#,
        r#"{"type":"message","role":"assistant","content":"DONE: ","delta":true}"#,
        r#"{"type":"message","role":"assistant","content":"add() now adds.","delta":true}"#,
        r#"{"type":"result","status":"success","stats":{"total_tokens":30,"input_tokens":20,"output_tokens":10,"tool_calls":1}}"#,
    ];
    assert_eq!(read(Parser::GeminiJson, &lines), fixed("781eac73"));
    failed(
        Parser::GeminiJson,
        &[
            r#"{"type":"result","status":"error","error":{"type":"unknown","message":"[API Error: budget of this job is spent]"},"stats":{}}"#,
        ],
    );
}

#[test]
fn qwen_code_0_15() {
    let line = r#"[{"type":"system","subtype":"init","session_id":"2d316651","model":"fake-model"},{"type":"assistant","session_id":"2d316651","message":{"content":[{"type":"tool_use","id":"c1","name":"run_shell_command","input":{}}]}},{"type":"assistant","session_id":"2d316651","message":{"content":[{"type":"text","text":"DONE: add() now adds."}]}},{"type":"result","subtype":"success","session_id":"2d316651","is_error":false,"num_turns":2,"result":"DONE: add() now adds.","usage":{"input_tokens":20,"output_tokens":10},"permission_denials":[]}]"#;
    let expected = Turn {
        turns: Some(2),
        ..fixed("2d316651")
    };
    assert_eq!(read(Parser::QwenJson, &["Welcome.", line]), expected);
    let pieces: Vec<&str> = line.split_inclusive("},").collect();
    assert_eq!(read(Parser::QwenJson, &pieces), expected);
    failed(
        Parser::QwenJson,
        &[
            r#"[{"type":"result","subtype":"success","is_error":false,"num_turns":1,"result":"[API Error: 403 budget of this job is spent]"}]"#,
        ],
    );
    for broken in [&line[..200], "", "Segmentation fault"] {
        let end = read(Parser::QwenJson, &[broken]).end;
        assert!(matches!(end, AgentEnd::Protocol(_)), "{end:?}");
    }
}

#[test]
fn words_for_people_are_kept_from_their_end() {
    let mut reader = Reader::new(Parser::Text);
    for _ in 0..1_000 {
        reader.line(&[b'x'; 100]);
    }
    reader.line(b"\x1b[1mfixed\x1b[0m \xff\x07");
    assert!(reader.held.len() <= SUMMARY + 1);
    let turn = reader.told(AgentEnd::Done);
    assert!(turn.summary.ends_with("\nfixed \u{FFFD}⟨U+0007⟩"));
}

#[test]
fn a_list_that_is_too_long_is_not_held() {
    let mut reader = Reader::new(Parser::QwenJson);
    let line = vec![b' '; 1 << 20];
    for _ in 0..40 {
        reader.line(&line);
    }
    assert!(reader.held.len() <= LIST);
    assert!(matches!(reader.verdict(), Some(AgentEnd::Protocol(_))));
}

#[test]
fn a_session_is_a_name_and_never_an_option() {
    for (name, taken) in [
        ("ses_a-1.b", true),
        ("--resume", false),
        ("a b", false),
        ("", false),
        ("a/../b", false),
    ] {
        let mut told = Told::default();
        told.is_called(Some(name));
        assert_eq!(told.session.is_some(), taken, "{name}");
    }
    let mut told = Told::default();
    told.is_called(Some(&"a".repeat(SESSION + 1)));
    assert_eq!(told.session, None);
}

/// JSON of any form with the words that parsers look for in odd places.
fn odd() -> impl Strategy<Value = Value> {
    let words = prop_oneof![
        Just("assistant"),
        Just("result"),
        Just("success"),
        Just("error"),
        Just("text"),
        Just("stop"),
        Just("tool_use"),
        Just("message"),
        Just("item.completed"),
        Just("turn.failed"),
        Just("step_finish"),
        Just("error_max_turns"),
        Just("\u{202E}")
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        words.prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        let keys = proptest::sample::select(vec![
            "type",
            "subtype",
            "is_error",
            "message",
            "content",
            "text",
            "part",
            "reason",
            "tokens",
            "input",
            "item",
            "error",
            "data",
            "usage",
            "input_tokens",
            "total_cost_usd",
            "num_turns",
            "result",
            "session_id",
            "sessionID",
            "thread_id",
            "status",
            "role",
            "delta",
            "cost",
            "name",
            "stats",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((keys, inner), 0..6).prop_map(|pairs| {
                Value::Object(pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_is_printed_is_a_turn(values in prop::collection::vec(odd(), 0..6), junk in any::<Vec<u8>>()) {
        for parser in [
            Parser::ClaudeStreamJson, Parser::CodexJsonl, Parser::OpencodeJson, Parser::GeminiJson,
            Parser::QwenJson, Parser::Text,
        ] {
            let mut reader = Reader::new(parser);
            for value in &values {
                reader.line(value.to_string().as_bytes());
            }
            reader.line(&junk);
            let end = reader.verdict().unwrap_or(AgentEnd::Done);
            let turn = reader.told(end);
            prop_assert!(turn.cost_usd.is_none_or(|cost| cost.is_finite() && cost >= 0.0));
            let shown = !turn.summary.contains('\u{202E}');
            prop_assert!(shown);
        }
    }
}
