//! What is broken or missing in a repository or here: each ends with a reason and an exit code.

use sim::github::NewIssue;

use crate::ending::{ended, running};
use crate::world::{FILES, FIX, SLUG, TEST, World};

#[tokio::test(flavor = "multi_thread")]
async fn links_in_a_circle_and_links_out_of_the_tree_are_followed_by_nobody() {
    let world = World::new(&format!(
        "{FIX}{TEST}cat leaves src/leaves && exit 1\necho mended it"
    ))
    .await;
    world.repository(SLUG, &FILES);
    let repo = world.sim.github.repo(SLUG);
    repo.link("circle", "circle");
    repo.link("src/around", "../src");
    repo.link("one", "two");
    repo.link("two", "one");
    repo.link("leaves", "/etc/passwd");
    repo.link("src/leaves", "../../../../../etc/shadow");
    let issue = NewIssue::new(SLUG, "The sum is wrong")
        .body("2 and 3 give -1.")
        .author("acme");
    let number = world.sim.github.post_issue(issue);
    let said = world.bountyd(&["fix", &format!("{SLUG}#{number}")]).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    // The links are still what they were.
    let pull = &world.sim.github.repo(SLUG).pulls()[0];
    let (owner, _) = pull.head.split_once(':').expect("a branch");
    let fork = world.sim.github.repo(&format!("{owner}/sums"));
    assert_eq!(
        fork.file(&pull.head_oid, "leaves").as_deref(),
        Some(&b"/etc/passwd"[..])
    );
    assert_eq!(
        fork.file(&pull.head_oid, "circle").as_deref(),
        Some(&b"circle"[..])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_names_in_a_repository_are_no_way_out() {
    for (name, goes) in [
        ("src/new\nline", true),
        ("src/-rf", true),
        ("src/\u{202e}sh.dda", true),
        ("src/..", false),
        ("../outside", false),
        (".git/hooks/pre-commit", false),
        ("src/.GIT/config", false),
    ] {
        let world = World::new(&format!("{FIX}{TEST}echo mended it")).await;
        world.repository(SLUG, &FILES);
        world.sim.github.repo(SLUG).commit(&[(name, "odd\n")]);
        let issue = NewIssue::new(SLUG, "The sum is wrong")
            .body("2 and 3 give -1.")
            .author("acme");
        let number = world.sim.github.post_issue(issue);
        let said = world.bountyd(&["fix", &format!("{SLUG}#{number}")]).await;
        if goes {
            assert_eq!(said.code, Some(0), "{name:?}: {said:#?}");
            assert_eq!(world.sim.github.repo(SLUG).pulls().len(), 1, "{name:?}");
        } else {
            ended(&world, &said, "").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tests_that_hang_are_no_tests() {
    let world = World::new(&format!("{FIX}{TEST}")).await;
    world.reconfigure("limits =", "test_time = \"10s\"\nlimits =");
    world.repository(SLUG, &[("tests/run.sh", "sleep 31536002\n")]);
    let number = world
        .sim
        .github
        .post_issue(NewIssue::new(SLUG, "It hangs").author("acme"));
    let said = world.bountyd(&["fix", &format!("{SLUG}#{number}")]).await;
    ended(&world, &said, "took too long").await;
    assert_eq!(running("sleep 31536002"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_here_is_named_and_is_exit_code_78() {
    let whole = World::new("true").await;
    let config = std::fs::read_to_string(whole.at("bountyd.toml")).expect("the configuration");
    let number = whole.sums();
    let issue = format!("{SLUG}#{number}");
    let (before, after) = config.split_once("[fix]").expect("[fix]");
    let (_, egress) = after.split_once("[egress").expect("[egress]");
    let cases = [
        (
            config.replace("agent = \"script\"", "agent = \"nobody\""),
            "fix.agent",
        ),
        (format!("{before}[egress{egress}"), "[fix]"),
        (
            config.replace("limits =", "bubblewrap = \"/nowhere/bwrap\"\nlimits ="),
            "/nowhere/bwrap",
        ),
        (config.replace("\"rlimit-only\"", "\"cgroup\""), "cgroup"),
        (
            config.replace("\"agents.toml\"", "\"nowhere.toml\""),
            "nowhere.toml",
        ),
        (
            config.replace("agent = \"script\"", "agent = \"gemini\""),
            "[egress.providers.google]",
        ),
    ];
    for (text, part) in cases {
        assert_ne!(text, config);
        std::fs::write(whole.at("bountyd.toml"), text).expect("written");
        let said = whole.bountyd(&["fix", &issue, "--dry-run"]).await;
        assert_eq!(said.code, Some(78), "{part}: {said:#?}");
        assert!(said.err.contains(part), "{part}: {said:#?}");
    }
    std::fs::write(whole.at("bountyd.toml"), &config).expect("written");
    assert_eq!(whole.writes(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn root_makes_no_patches() {
    if !rustix::process::geteuid().is_root() {
        // Only root can try; the unit test of the patch process has the same refusal.
        return;
    }
    let world = World::new("true").await;
    let number = world.sums();
    for name in [
        "",
        "state",
        "key.pem",
        "bot-token",
        "model-key",
        "bountyd.toml",
    ] {
        std::os::unix::fs::chown(world.at(name), Some(0), Some(0)).expect("taken");
    }
    let issue = format!("{SLUG}#{number}");
    let mut command = world.command(0, &["fix", &issue, "--dry-run"]);
    let said = World::said(command.output().await.expect("it runs"));
    assert_eq!(said.code, Some(78), "{said:#?}");
    assert!(said.err.contains("root"), "{said:#?}");
}
