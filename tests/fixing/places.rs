//! What may stand in the way at GitHub, most of it since the owner was asked: each ends in a pull request
//! or in a recorded reason, never in half of one.

use sim::faults::{What, When};
use sim::github::{Github, InteractionLimit, NewRepo};

use crate::town::{DAY, Says, Town};
use crate::world::{FILES, FIX, SLUG, TEST};

/// A place, what happens to it while the owner thinks, and the words of the reason; none: it is submitted.
struct Case {
    slug: &'static str,
    happens: fn(&Github, &str),
    reason: Option<&'static str>,
}

const CASES: [Case; 11] = [
    Case {
        slug: "free/moved",
        happens: |github, slug| {
            github.repo(slug).commit(&[("NEWS.md", "new\n")]);
        },
        reason: None,
    },
    Case {
        slug: "taken/named",
        happens: |github, _| {
            github.add_repo(NewRepo::new("night-owner/named"));
        },
        reason: None,
    },
    Case {
        slug: "shut/forkless",
        happens: |github, slug| github.set_allow_forking(slug, false),
        reason: Some("the repository may not be forked"),
    },
    Case {
        slug: "app/foreign",
        happens: |github, slug| {
            let body = r#"{"message":"Resource not accessible by integration"}"#;
            let when = When::on("POST", &format!("/repos/{slug}/forks"));
            github.faults().always(when, What::status(403, body));
        },
        reason: Some("Resource not accessible by integration"),
    },
    Case {
        slug: "calm/limited",
        happens: |github, slug| {
            github.limit_interactions(slug, Some(InteractionLimit::CollaboratorsOnly));
        },
        reason: Some("GitHub refuses"),
    },
    Case {
        slug: "full/pulls",
        happens: |github, slug| github.limit_pulls(slug, Some(0)),
        reason: Some("GitHub refuses"),
    },
    Case {
        slug: "members/only",
        happens: |github, slug| github.set_pulls_closed(slug, true),
        reason: Some("GitHub refuses"),
    },
    Case {
        slug: "old/archived",
        happens: |github, slug| github.archive(slug),
        reason: Some("nothing can be written in the repository any more"),
    },
    Case {
        slug: "strict/apps",
        happens: |github, slug| {
            github.restrict_oauth_apps(slug.split('/').next().expect("an owner"));
        },
        reason: Some("GitHub refuses"),
    },
    Case {
        slug: "slow/forks",
        happens: |github, slug| {
            let body = r#"{"message":"Reference already exists"}"#;
            let place = slug.replace("slow/", "/repos/night-owner/");
            let when = When::on("POST", &format!("{place}/git/refs"));
            github.faults().always(when, What::status(422, body));
        },
        reason: Some("again and again"),
    },
    Case {
        slug: "gone/away",
        happens: |github, slug| {
            let when = When::on("POST", &format!("/repos/{slug}/pulls"));
            github
                .faults()
                .always(when, What::status(404, r#"{"message":"Not Found"}"#));
        },
        reason: Some("GitHub refuses"),
    },
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_stands_in_the_way_is_said_and_nothing_is_left_half_done() {
    let mut town = Town::new(&format!("{FIX}{TEST}echo mended it")).await;
    town.to_patch = Says::Nothing;
    let mut numbers = Vec::new();
    for case in &CASES {
        town.repo(case.slug);
        numbers.push(town.algora(case.slug));
    }
    town.start(None).await;
    let asked = format!(
        "SELECT COUNT(*) = {} FROM question WHERE message_id IS NOT NULL",
        CASES.len()
    );
    town.until(&asked).await;
    for case in &CASES {
        (case.happens)(&town.world.sim.github, case.slug);
    }
    town.to_patch = Says::Yes;
    town.until("SELECT COUNT(*) = 0 FROM job WHERE state IN ('asking', 'submitting')")
        .await;
    town.rest().await;
    for (case, number) in CASES.iter().zip(&numbers) {
        let sql = format!(
            "SELECT state || ' ' || COALESCE(reason, '-') FROM job WHERE repo = '{}'",
            case.slug
        );
        let job = town.eye.column(&sql).await;
        let pulls = town.pulls(case.slug).len();
        let told = town
            .told(&format!("Not submitted: {}#{number}", case.slug))
            .len();
        match case.reason {
            None => {
                assert_eq!(job, ["open its pull request is open"], "{}", case.slug);
                assert_eq!((pulls, told), (1, 0), "{}", case.slug);
            }
            Some(reason) => {
                assert!(job[0].starts_with("dropped "), "{}: {job:?}", case.slug);
                assert!(job[0].contains(reason), "{}: {job:?}", case.slug);
                assert_eq!((pulls, told), (0, 1), "{}", case.slug);
                let branches = town.branches(case.slug);
                assert!(branches.is_empty(), "{}: {branches:?}", case.slug);
            }
        }
    }
    let open = "SELECT kind || ' ' || state FROM job_effect WHERE state NOT IN ('done', 'failed')";
    assert_eq!(town.eye.column(open).await, Vec::<String>::new());
    // The claims that no pull request follows are taken back in time.
    town.world.sim.github.faults().clear();
    town.stop().await;
    let listed = town.world.bountyd(&["jobs"]).await;
    let dropped = CASES.iter().filter(|case| case.reason.is_some()).count();
    assert_eq!(
        listed.out.matches(" dropped ").count(),
        dropped,
        "{listed:#?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fork_of_another_name_is_used_and_an_archived_one_is_not() {
    let mut town = Town::new(&format!("{FIX}{TEST}echo mended it")).await;
    town.repo(SLUG);
    town.algora(SLUG);
    town.start(None).await;
    town.until_job_is("open").await;
    let github = &town.world.sim.github;
    github.rename_repo("night-owner/sums", "my-sums");
    town.algora(SLUG);
    town.until("SELECT COUNT(*) = 2 FROM job WHERE state = 'open'")
        .await;
    let pulls = town.pulls(SLUG);
    assert_eq!(pulls.len(), 2);
    assert!(
        !town.world.sim.github.has_repo("night-owner/sums"),
        "no second fork"
    );
    town.world.sim.github.archive("night-owner/my-sums");
    let third = town.algora(SLUG);
    town.until_job_is("dropped").await;
    town.rest().await;
    assert_eq!(town.pulls(SLUG).len(), 2);
    let told = town.told(&format!("Not submitted: {SLUG}#{third}"));
    assert!(told[0].contains("it is archived"), "{told:?}");
    town.stop().await;
}

/// Submits after `happens`; gives the job's state and reason.
async fn submitted_after(happens: fn(&Github)) -> (Town, String) {
    let mut town = Town::new(&format!("{FIX}{TEST}echo mended it")).await;
    town.repo(SLUG);
    town.to_patch = Says::Nothing;
    town.algora(SLUG);
    town.start(None).await;
    town.until("SELECT COUNT(*) FROM question WHERE message_id IS NOT NULL")
        .await;
    happens(&town.world.sim.github);
    town.to_patch = Says::Yes;
    town.until("SELECT COUNT(*) FROM job WHERE state IN ('open', 'dropped')")
        .await;
    town.rest().await;
    let job = town.jobs().await.remove(0);
    (town, job)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_base_branch_that_was_force_pushed_gets_what_was_approved_or_nothing() {
    let (mut town, job) = submitted_after(|github| {
        let mut files = FILES.to_vec();
        files.push(("NEWS.md", "another history\n"));
        github.repo(SLUG).force_pushes(None, &files);
    })
    .await;
    match town.pulls(SLUG).len() {
        1 => {
            let gated = town.eye.column("SELECT tree FROM job").await;
            let head = town.the_pull(SLUG).head_oid;
            let fork = town.world.sim.github.repo("night-owner/sums");
            assert_eq!(fork.tree(&head), gated.first().cloned(), "{job}");
        }
        pulls => {
            assert_eq!(pulls, 0);
            assert!(job.starts_with("dropped "), "{job}");
            assert_eq!(town.told("Not submitted").len(), 1, "{job}");
            assert!(town.branches(SLUG).is_empty());
        }
    }
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renamed_repository_is_the_same_one() {
    let (mut town, job) = submitted_after(|github| github.rename_repo(SLUG, "totals")).await;
    assert_eq!(job, "open its pull request is open");
    assert_eq!(town.pulls("acme/totals").len(), 1);
    town.pass(DAY).await;
    assert_eq!(town.pulls("acme/totals").len(), 1);
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_repository_under_the_old_name_gets_nothing() {
    let (mut town, job) = submitted_after(|github| {
        github.rename_repo(SLUG, "totals");
        github.add_repo(NewRepo::new(SLUG));
        github.repo(SLUG).commit(&FILES);
    })
    .await;
    assert_eq!(job, "dropped another repository stands under this name now");
    assert_eq!(
        (town.pulls(SLUG).len(), town.pulls("acme/totals").len()),
        (0, 0)
    );
    assert_eq!(town.told("Not submitted").len(), 1);
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_only_the_connection_may_not_open_it_the_owner_gets_the_branch_and_a_link() {
    let (mut town, job) = submitted_after(|github| {
        let body = r#"{"message":"Resource not accessible by integration"}"#;
        let when = When::on("POST", "/repos/acme/sums/pulls");
        github.faults().always(when, What::status(403, body));
    })
    .await;
    let branches = town.branches(SLUG);
    assert_eq!(branches.len(), 1);
    let link = format!(
        "https://github.com/acme/sums/compare/main...night-owner:{}?expand=1",
        branches[0]
    );
    assert!(job.starts_with("dropped ") && job.contains(&link), "{job}");
    assert_eq!(town.told(&link).len(), 1);
    town.pass(DAY).await;
    assert_eq!((town.pulls(SLUG).len(), town.branches(SLUG)), (0, branches));
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fork_that_github_takes_its_time_for_is_ordered_once() {
    let (mut town, job) = submitted_after(|github| github.forks_take(6)).await;
    assert_eq!(job, "open its pull request is open");
    let orders = town.writes().await;
    assert_eq!(
        orders.iter().filter(|w| w.starts_with("fork ")).count(),
        1,
        "{orders:?}"
    );
    town.stop().await;
}
