//! Agents that are run as commands, in every way they may behave.

use std::time::Duration;

use fix::agent::{AgentEnd, AgentError, Driver, Exec, Session, Step, Turn};
use jail::Mask;

use crate::place::{Place, again, ask, profile, scripted, soon, until};

const CLAUDE: &str = "[agents.test.exec]\nargv = ARGV\nparser = \"claude-stream-json\"\n";
const TEXT: &str = "[agents.test.exec]\nargv = ARGV\nparser = \"text\"\n";

fn printing(place: &Place, lines: &str, text: &str, code: i32) -> Box<dyn Session> {
    let mut desk = place.desk("prints");
    desk.spec.env.insert("PRINT".into(), text.into());
    desk.spec.env.insert("CODE".into(), code.to_string().into());
    Exec::new(scripted(lines)).expect("a command").session(desk)
}

async fn print(lines: &str, text: &str, code: i32) -> Turn {
    let place = Place::new();
    let mut session = printing(&place, lines, text, code);
    soon(session.turn(&ask("the task"))).await.expect("a turn")
}

const DONE: &str = r#"{"type":"result","subtype":"success","is_error":false,"result":"Fixed.","session_id":"s-1","num_turns":3,"total_cost_usd":0.5}"#;
const ERROR: &str = r#"{"type":"result","subtype":"error_during_execution","is_error":true,"result":"API Error: 502","session_id":"s-1"}"#;

#[tokio::test]
async fn what_an_agent_prints_and_how_it_leaves_are_taken_together() {
    let crashed = |code| AgentEnd::Crashed(format!("it left with code {code}: last words"));
    let silent = AgentEnd::Protocol("it left without saying what came of it".to_owned());
    for (lines, text, code, end) in [
        (CLAUDE, DONE, 0, AgentEnd::Done),
        (CLAUDE, DONE, 1, crashed(1)),
        (
            CLAUDE,
            ERROR,
            1,
            AgentEnd::Failed("API Error: 502".to_owned()),
        ),
        (
            CLAUDE,
            ERROR,
            0,
            AgentEnd::Failed("API Error: 502".to_owned()),
        ),
        (CLAUDE, "", 0, silent.clone()),
        (
            CLAUDE,
            "Hello\n{\"type\":\"system\"}\n{\"type\":\"resu",
            0,
            silent,
        ),
        (CLAUDE, "", 55, crashed(55)),
        (TEXT, "All done.", 0, AgentEnd::Done),
        (TEXT, "All done.", 2, crashed(2)),
    ] {
        assert_eq!(print(lines, text, code).await.end, end, "{text} {code}");
    }
    let turn = print(CLAUDE, DONE, 0).await;
    assert_eq!(turn.summary, "Fixed.");
    assert_eq!(turn.session.as_deref(), Some("s-1"));
    assert_eq!((turn.turns, turn.cost_usd), (Some(3), Some(0.5)));
}

#[tokio::test]
async fn a_line_that_is_too_long_is_passed_over_and_what_follows_counts() {
    let place = Place::new();
    let long = "head -c 3000000 /dev/zero | tr '\\\\0' x; echo";
    for (after, end) in [
        (
            format!("echo '{}'", DONE.replace('"', "\\\"")),
            AgentEnd::Done,
        ),
        (
            "true".to_owned(),
            AgentEnd::Protocol(
                "it left without saying what came of it, or in one of 1 lines of more than 1 MiB"
                    .to_owned(),
            ),
        ),
    ] {
        let argv = format!("[\"/bin/sh\", \"-c\", \"{long}; {after}\"]");
        let driver = Exec::new(profile(&CLAUDE.replace("ARGV", &argv))).expect("a command");
        let mut session = driver.session(place.desk(""));
        let turn = soon(session.turn(&ask("the task"))).await.expect("a turn");
        assert_eq!(turn.end, end);
    }
}

#[tokio::test]
async fn an_agent_without_end_is_ended() {
    let place = Place::new();
    let driver = Exec::new(scripted(CLAUDE)).expect("a command");
    let mut session = driver.session(place.desk("prints-without-end"));
    let turn = soon(session.turn(&ask("the task"))).await.expect("a turn");
    let how = "it said more than one turn may have".to_owned();
    assert_eq!(turn.end, AgentEnd::Flooded(how));
}

#[tokio::test]
async fn an_agent_that_hangs_is_ended_by_time_or_by_wish() {
    for by_time in [true, false] {
        let place = Place::new();
        let argv = r#"["/bin/sh", "-c", "echo here; exec sleep 1000"]"#;
        let driver = Exec::new(profile(&TEXT.replace("ARGV", argv))).expect("a command");
        let mut session = driver.session(place.desk(""));
        let task = ask("the task");
        let working = session.turn(&task);
        tokio::pin!(working);
        tokio::select! {
            early = &mut working => panic!("{early:?}"),
            () = until(|| place.steps() == [Step::Said("here".to_owned())]) => {}
        }
        let end = if by_time {
            place.hand.advance(Duration::from_secs(600));
            AgentEnd::OutOfTime
        } else {
            place.stop.send_replace(true);
            AgentEnd::Cancelled
        };
        let turn = soon(working).await.expect("a turn");
        assert_eq!((turn.end, turn.summary.as_str()), (end, "here"));
    }
}

#[tokio::test]
async fn a_daemon_that_an_agent_leaves_holds_nothing_up() {
    let place = Place::new();
    let driver = Exec::new(scripted(CLAUDE)).expect("a command");
    let mut session = driver.session(place.desk("prints-daemon"));
    let turn = soon(session.turn(&ask("the task"))).await.expect("a turn");
    assert_eq!(turn.end, AgentEnd::Done);
    let pid = std::fs::read_to_string(place.path("work/daemon")).expect("its number");
    let number = pid
        .trim()
        .parse()
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    rustix::process::kill_process(number.expect("a number"), rustix::process::Signal::KILL)
        .expect("without a jail it lives on");
}

#[tokio::test]
async fn the_prompt_is_a_file_outside_of_the_tree() {
    let place = Place::new();
    let lines = TEXT.replace("ARGV", r#"["cat", "{prompt_file}"]"#);
    let mut session = Exec::new(profile(&lines))
        .expect("a command")
        .session(place.desk(""));
    let turn = soon(session.turn(&again("the\ntask", "failed")))
        .await
        .expect("a turn");
    assert!(turn.summary.starts_with("the\ntask") && turn.summary.ends_with("failed"));
    let left = std::fs::read_dir(place.path("work"))
        .expect("a tree")
        .count();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn words_of_the_prompt_are_no_words_of_a_command() {
    let place = Place::new();
    let lines = TEXT.replace("ARGV", r#"["printf", "%s|", "{prompt}", "{workdir}"]"#);
    let mut session = Exec::new(profile(&lines))
        .expect("a command")
        .session(place.desk(""));
    let hostile = "a \"b\" '$(id)' {model} ; rm -rf *";
    let turn = soon(session.turn(&ask(hostile))).await.expect("a turn");
    assert_eq!(turn.summary, format!("{hostile}|/work|"));
    let refused = soon(session.turn(&ask("--help")))
        .await
        .expect_err("an option");
    assert!(matches!(refused, AgentError::Prompt { .. }));
}

#[tokio::test]
async fn settings_are_there_before_the_agent_starts() {
    let place = Place::new();
    let lines = "[agents.test.home]\n\".config/x/set.toml\" = \"m = '{model}'\\nu = '{llm}'\\ns = '{session}'\\n\"\n[agents.test.env]\nURL = \"{llm}/v1\"\nGONE = \"{session}\"\n[agents.test.exec]\nargv = [\"/bin/sh\", \"-c\", \"cat ~/.config/x/set.toml; echo $URL ${GONE-unset} $NO_PROXY\"]\nparser = \"text\"\n";
    let mut session = Exec::new(profile(lines))
        .expect("a command")
        .session(place.desk(""));
    let turn = soon(session.turn(&ask("the task"))).await.expect("a turn");
    assert_eq!(
        turn.summary,
        "m = 'm'\nu = 'http://127.0.0.1:3128/llm/p'\nhttp://127.0.0.1:3128/llm/p/v1 unset 127.0.0.1,localhost"
    );
}

#[tokio::test]
async fn a_session_is_taken_up_again_only_where_its_home_is_kept() {
    const LINES: &str = r#"[agents.test.exec]
argv = ["/bin/sh", "-c", 'printf "%s\n" "$@"', "sh", '{"type":"thread.started","thread_id":"t-1"}', '{"type":"item.completed","item":{"type":"agent_message","text":"anew"}}', '{"type":"turn.completed"}']
begin = ["/bin/sh", "-c", 'printf "%s\n" "$@"', "sh", '{"type":"thread.started","thread_id":"t-1"}', '{"type":"item.completed","item":{"type":"agent_message","text":"begun"}}', '{"type":"turn.completed"}']
again = ["/bin/sh", "-c", 'printf "%s\n" "$@"', "sh", '{"type":"item.completed","item":{"type":"agent_message","text":"{session} {prompt}"}}', '{"type":"turn.completed"}']
parser = "codex-jsonl"
"#;
    for (keeps, said) in [(false, ["anew", "anew"]), (true, ["begun", "t-1 failed"])] {
        let mut place = Place::new();
        place.settings.keeps_home = keeps;
        let mut session = Exec::new(profile(LINES))
            .expect("a command")
            .session(place.desk(""));
        let first = soon(session.turn(&ask("task"))).await.expect("a turn");
        let second = soon(session.turn(&again("task", "failed")))
            .await
            .expect("a turn");
        assert_eq!([first.summary, second.summary], said);
    }
}

#[tokio::test]
async fn what_a_repository_says_to_agents_is_covered() {
    struct Looks(std::sync::Mutex<Vec<Mask>>);
    impl fix::run::Confine for Looks {
        fn prepare(&self, spec: &jail::Spec) -> Result<fix::run::Prepared, fix::run::Refused> {
            self.0
                .lock()
                .expect("nobody panicked")
                .clone_from(&spec.masks);
            crate::place::Unconfined.prepare(spec)
        }
    }
    let place = Place::new();
    std::fs::create_dir(place.path("work/.claude")).expect("a directory");
    std::fs::write(place.path("work/.mcp.json"), "{}").expect("a file");
    let looks = std::sync::Arc::new(Looks(std::sync::Mutex::default()));
    let mut desk = place.desk("");
    desk.confine = looks.clone();
    let lines = TEXT.replace("ARGV", r#"["true"]"#);
    let mut session = Exec::new(profile(&lines)).expect("a command").session(desk);
    soon(session.turn(&ask("the task"))).await.expect("a turn");
    assert_eq!(
        *looks.0.lock().expect("nobody panicked"),
        [
            Mask::Directory(".claude".into()),
            Mask::File(".mcp.json".into())
        ]
    );
    std::os::unix::fs::symlink("/etc", place.path("work/.cursor")).expect("a link");
    let refused = soon(session.turn(&ask("the task")))
        .await
        .expect_err("a link");
    insta::assert_snapshot!(refused, @"`.cursor` is agent configuration behind a symbolic link, which cannot be covered; the agent would obey the repository");
}
