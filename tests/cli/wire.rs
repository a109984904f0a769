//! The control socket itself: what comes over it, from clients that behave and others.

use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::time::Duration;

use bountyd::clock::{FedClock, SystemClock, UnixMillis};
use bountyd::control::Outcome;
use bountyd::control_socket::{Answer, Client, Failing, ListenError, Listener, Request};
use bountyd::ledger::asked::ApprovalState;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

use super::daemon::{a_lock, listen};
use super::support::{Desk, is_root};

async fn ask(desk: &Desk, request: &Request) -> Answer {
    let client = Client::connect(&desk.config().control_socket()).await;
    let client = client.expect("reachable").expect("listening");
    let answer = client.ask(request, &SystemClock, |_| {}).await;
    answer.expect("an answer")
}

async fn say(desk: &Desk, bytes: &[u8]) -> Value {
    let mut stream = UnixStream::connect(desk.config().control_socket())
        .await
        .expect("listening");
    // The other end may have heard enough before everything is said.
    let _ = stream.write_all(bytes).await;
    let mut answer = String::new();
    let mut stream = BufReader::new(stream);
    stream.read_line(&mut answer).await.expect("an answer");
    serde_json::from_str(&answer).expect("json")
}

#[tokio::test]
async fn what_is_no_request_is_refused_and_does_no_harm() {
    let desk = Desk::new();
    let _daemon = listen(&desk, Arc::new(SystemClock)).await;
    let mut long = br#"{"verb":"deny","id":"0","why":""#.to_vec();
    long.resize(100 * 1024, b'x');
    long.extend_from_slice(b"\"}\n");
    for wrong in [
        &b"\n"[..],
        b"hello\n",
        b"{\"verb\":\"sudo\"}\n",
        b"{\"verb\":\"approve\",\"id\":\"00\",\"as\":0}\n",
        b"\xff\xfe\n",
        &long,
    ] {
        let answer = say(&desk, wrong).await;
        assert_eq!(answer["answer"], "failed", "{answer}");
        assert_eq!(answer["kind"], "bad_request", "{answer}");
    }
    assert!(matches!(
        ask(&desk, &Request::Status {}).await,
        Answer::Status { .. }
    ));
}

#[tokio::test]
async fn a_question_is_found_by_a_prefix_and_answered_by_its_whole_id() {
    let (desk, id) = Desk::filled().await;
    if !is_root() {
        return;
    }
    let _daemon = listen(&desk, Arc::new(SystemClock)).await;
    let short = id[..6].to_owned();
    let found = ask(&desk, &Request::Question { id: short.clone() }).await;
    let Answer::Question { question } = found else {
        panic!("{found:?}");
    };
    assert_eq!(
        (question.id.as_str(), question.state),
        (id.as_str(), ApprovalState::Pending)
    );
    for unknown in ["", "00000", "%%%%%%", "zzzzzz"] {
        let request = Request::Question {
            id: unknown.to_owned(),
        };
        let answer = ask(&desk, &request).await;
        assert!(
            matches!(
                answer,
                Answer::Failed {
                    kind: Failing::NotFound,
                    ..
                }
            ),
            "{answer:?}"
        );
    }
    let by_prefix = ask(&desk, &Request::Approve { id: short }).await;
    let outcome = Outcome::NoSuchApproval;
    assert_eq!(by_prefix, Answer::Changed { outcome });
    for outcome in [Outcome::Approved, Outcome::Already(ApprovalState::Approved)] {
        let answer = ask(&desk, &Request::Approve { id: id.clone() }).await;
        assert_eq!(answer, Answer::Changed { outcome });
    }
}

#[tokio::test]
async fn who_says_nothing_is_hung_up_on() {
    let desk = Desk::new();
    let (clock, hand) = FedClock::new(UnixMillis(1_795_348_800_000));
    let _daemon = listen(&desk, Arc::new(clock)).await;
    let mut stream = UnixStream::connect(desk.config().control_socket())
        .await
        .expect("listening");
    stream.write_all(b"{\"verb\":").await.expect("written");
    // A conversation that came later is under way, so this one waits already.
    assert!(matches!(
        ask(&desk, &Request::Status {}).await,
        Answer::Status { .. }
    ));
    hand.advance(Duration::from_secs(9));
    let mut byte = [0];
    let nothing = stream.try_read(&mut byte).expect_err("nothing yet");
    assert_eq!(nothing.kind(), ErrorKind::WouldBlock);
    hand.advance(Duration::from_secs(2));
    assert_eq!(stream.read(&mut byte).await.expect("the end"), 0);
}

#[tokio::test]
async fn a_crowd_is_told_to_come_back() {
    let desk = Desk::new();
    let _daemon = listen(&desk, Arc::new(SystemClock)).await;
    let mut crowd = Vec::new();
    for _ in 0..16 {
        let idler = UnixStream::connect(desk.config().control_socket()).await;
        crowd.push(idler.expect("listening"));
    }
    let answer = ask(&desk, &Request::Status {}).await;
    assert!(
        matches!(
            answer,
            Answer::Failed {
                kind: Failing::TryLater,
                ..
            }
        ),
        "{answer:?}"
    );
    drop(crowd);
    loop {
        match ask(&desk, &Request::Status {}).await {
            Answer::Status { .. } => break,
            Answer::Failed {
                kind: Failing::TryLater,
                ..
            } => tokio::task::yield_now().await,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_stale_socket_is_replaced_and_nothing_else_is() {
    let desk = Desk::new();
    let path = desk.config().control_socket();
    let lock = a_lock(&desk);
    drop(UnixListener::bind(&path).expect("a socket"));
    assert!(path.exists(), "left by a daemon that was killed");
    let nobody = Client::connect(&path).await.expect("no error");
    assert!(nobody.is_none());
    let listener = Listener::bind(&path, &lock).expect("replaced");
    let mode = std::fs::metadata(&path)
        .expect("there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o666);
    drop(listener);
    for make in [
        |path: &std::path::Path| std::fs::write(path, "precious"),
        |path: &std::path::Path| std::fs::create_dir(path),
        |path: &std::path::Path| std::os::unix::fs::symlink("/etc/passwd", path),
    ] {
        let _ = std::fs::remove_file(&path).or_else(|_| std::fs::remove_dir(&path));
        make(&path).expect("made");
        let refused = Listener::bind(&path, &lock);
        assert!(
            matches!(refused, Err(ListenError::NotASocket { .. })),
            "{refused:?}"
        );
        assert!(path.symlink_metadata().is_ok(), "it was removed");
    }
}
