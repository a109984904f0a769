//! Servers that do not do what a server should.

use std::sync::Arc;
use std::time::Duration;

use clock::{FedClock, UnixMillis};
use fix::checkout::{FetchError, Git, Limits, Mirror, Remote, Want};

use crate::support::{Answer, Place, Repo, Server, eventually, git, process_in};

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (repo, place) = (Repo::new(), Place::new());
    repo.commit_files(&[("a", b"1")]);
    let elsewhere = Server::start(Answer::Git(repo.path())).await;
    let to = format!(
        "Location: {}/info/refs?service=git-upload-pack",
        elsewhere.url()
    );
    for status in [
        "301 Moved Permanently",
        "302 Found",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let server = Server::start(Answer::Status(status, to.clone())).await;
        let refused = place
            .fetch(&server, &Want::DefaultBranch)
            .await
            .expect_err(status);
        assert!(
            matches!(refused, FetchError::Redirected { .. }),
            "{status}: {refused}"
        );
    }
    assert_eq!(elsewhere.requests(), 0);
    place.is_clean();
}

#[tokio::test]
async fn a_refusal_is_understood() {
    let place = Place::new();
    let login = "WWW-Authenticate: Basic realm=\"x\"".to_owned();
    for (status, header) in [
        ("404 Not Found", "X: y".to_owned()),
        ("403 Forbidden", "X: y".to_owned()),
        ("401 Unauthorized", login),
    ] {
        let server = Server::start(Answer::Status(status, header)).await;
        let refused = place
            .fetch(&server, &Want::DefaultBranch)
            .await
            .expect_err(status);
        assert!(
            matches!(refused, FetchError::NotFound { .. }),
            "{status}: {refused}"
        );
    }
    let server = Server::start(Answer::Status("503 Service Unavailable", "X: y".to_owned())).await;
    let refused = place
        .fetch(&server, &Want::DefaultBranch)
        .await
        .expect_err("503");
    assert!(
        matches!(refused, FetchError::Unreachable { .. }),
        "{refused}"
    );
    place.is_clean();
}

#[tokio::test]
async fn nobody_at_the_address_is_understood() {
    let place = Place::new();
    let url = {
        let server = Server::start(Answer::Silence).await;
        server.url()
    };
    // The port is free again when the server's task has ended.
    eventually(|| {
        std::net::TcpListener::bind(url.trim_start_matches("http://").trim_end_matches("/repo"))
            .is_ok()
    })
    .await;
    let remote = Remote::https_or_loopback(&url).expect("an address");
    let clock = Arc::new(clock::SystemClock);
    let room = place.room();
    let refused = Mirror::fetch(
        git(),
        &remote,
        &Want::DefaultBranch,
        &room,
        Limits::default(),
        clock,
    )
    .await
    .expect_err("nobody there");
    assert!(
        matches!(refused, FetchError::Unreachable { .. }),
        "{refused}"
    );
    place.is_clean();
}

#[tokio::test]
async fn garbage_is_no_repository() {
    let place = Place::new();
    let bodies: [&[u8]; 7] = [
        b"",
        b"<html>Welcome to our network</html>",
        b"zzzz",
        b"ffff",
        b"001e# service=git-upload-pack\n0000fff0",
        b"001e# service=git-upload-pack\n0000000eversion 2\n0000",
        &[0xff; 4096],
    ];
    for body in bodies {
        let server = Server::start(Answer::Garbage(body)).await;
        let refused = place
            .fetch(&server, &Want::DefaultBranch)
            .await
            .expect_err("garbage");
        assert!(
            matches!(
                refused,
                FetchError::NotGit { .. }
                    | FetchError::NotFound { .. }
                    | FetchError::NoSuchCommit { .. }
            ),
            "{}: {refused}",
            body[..body.len().min(60)].escape_ascii()
        );
    }
    place.is_clean();
}

#[tokio::test]
async fn a_server_that_never_answers_costs_the_time_limit_and_no_more() {
    let place = Place::new();
    let server = Server::start(Answer::Silence).await;
    let (clock, hand) = FedClock::new(UnixMillis(0));
    let limits = Limits::default();
    let fetch = place.fetch_with(&server, &Want::DefaultBranch, limits, Arc::new(clock));
    let turn = async {
        eventually(|| server.requests() == 1).await;
        assert!(process_in(&place.room()).is_some(), "git waits");
        hand.advance(limits.fetch_time);
    };
    let (refused, ()) = tokio::join!(fetch, turn);
    assert!(
        matches!(refused, Err(FetchError::TimedOut { .. })),
        "{refused:?}"
    );
    place.is_clean();
}

#[tokio::test]
async fn a_fetch_that_nobody_waits_for_any_more_leaves_nothing() {
    let place = Place::new();
    let server = Server::start(Answer::Silence).await;
    tokio::select! {
        done = place.fetch(&server, &Want::DefaultBranch) => panic!("{done:?}"),
        () = eventually(|| server.requests() == 1) => {}
    }
    place.is_clean();
}

#[tokio::test]
async fn ten_gigabytes_are_cut_off_at_the_limit() {
    const GIGABYTE: u64 = 1 << 30;
    let place = Place::new();
    let server = Server::start(Answer::Flood(10 * GIGABYTE)).await;
    let limits = Limits {
        mirror_bytes: 16 << 20,
        ..Limits::default()
    };
    // A clock that stands still: the limit of the files holds even if nobody looks.
    let (clock, _hand) = FedClock::new(UnixMillis(0));
    let refused = place
        .fetch_with(&server, &Want::DefaultBranch, limits, Arc::new(clock))
        .await
        .expect_err("a flood");
    assert!(matches!(refused, FetchError::TooLarge { .. }), "{refused}");
    assert!(server.sent() < GIGABYTE, "{} bytes came", server.sent());
    place.is_clean();
}

#[tokio::test]
async fn one_megabyte_that_unfolds_to_gigabytes_in_memory_is_refused() {
    let place = Place::new();
    let pack = crate::support::pack::delta_bomb(3 << 30);
    assert!(pack.len() < 2 << 20, "{}", pack.len());
    let server = Server::start(Answer::Pack(pack)).await;
    let limits = Limits {
        memory: 1 << 30,
        ..Limits::default()
    };
    let refused = place
        .fetch_within(&server, limits)
        .await
        .expect_err("a bomb");
    assert!(matches!(refused, FetchError::TooLarge { .. }), "{refused}");
    place.is_clean();
}

#[tokio::test]
async fn a_pack_whose_objects_are_not_what_was_asked_for_is_no_repository() {
    let place = Place::new();
    // A sound pack, without the commit that was promised.
    let server = Server::start(Answer::Pack(crate::support::pack::delta_bomb(2 << 20))).await;
    let refused = place.fetch(&server, &Want::DefaultBranch).await;
    assert!(
        matches!(refused, Err(FetchError::NotGit { .. })),
        "{refused:?}"
    );
    place.is_clean();
}

#[tokio::test]
async fn what_is_on_disk_counts_all_together() {
    let (repo, place) = (Repo::new(), Place::new());
    repo.commit_files(&[("a", &[b'x'; 100])]);
    let server = Server::start(Answer::Git(repo.path())).await;
    let limits = Limits {
        // Less than an empty repository has in all its files, more than in one.
        mirror_bytes: 700,
        ..Limits::default()
    };
    let refused = place
        .fetch_within(&server, limits)
        .await
        .expect_err("too large");
    assert!(matches!(refused, FetchError::TooLarge { .. }), "{refused}");
    place.is_clean();
}

#[tokio::test]
async fn a_directory_without_git_has_no_git() {
    let place = Place::new();
    std::fs::write(place.room(), "not a program").expect("a file");
    let dir = place.room();
    let path = std::env::join_paths([dir.parent().expect("a parent"), std::path::Path::new("bin")]);
    let missing = Git::find(path.expect("a path")).expect_err("no git there");
    assert!(missing.to_string().contains("install git"), "{missing}");
}

#[tokio::test]
async fn a_server_that_does_not_stop_costs_the_time_limit_and_no_more() {
    let (place, limits) = (Place::new(), Limits::default());
    let server = Server::start(Answer::Flood(1 << 40)).await;
    let (clock, hand) = FedClock::new(UnixMillis(0));
    let fetch = place.fetch_with(&server, &Want::DefaultBranch, limits, Arc::new(clock));
    let turn = async {
        eventually(|| server.sent() > 0).await;
        hand.advance(limits.fetch_time + Duration::from_secs(1));
    };
    let (refused, ()) = tokio::join!(fetch, turn);
    assert!(
        matches!(refused, Err(FetchError::TimedOut { .. })),
        "{refused:?}"
    );
    place.is_clean();
}
