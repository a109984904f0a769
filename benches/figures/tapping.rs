//! From the owner's tap to the claim, less the time in which the daemon waits for others.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::time::{Duration, Instant};

use rustix::fs::fdatasync;
use sim::github::{NewAccount, NewIssue, NewRepo};

use crate::daemon::{self, Running};
use crate::harness::{Figure, Samples, Unit, pause, start};
use crate::wiretap::{Exchange, Record, Wiretap};
use crate::world::World;

const BOUNTIES: usize = 13;
const DAY: i64 = 24 * 3600 * 1000;

/// Caps that let every tap through; the spacing is the least there is.
const POLICY: &str = "[policy]\nin_hand = 100\nper_organisation = 100\nclaims_per_day = 100\n\
                      write_spacing = \"1s\"\n[approvals]\ncards_per_day = 100";

/// Longer than the spacing between writes, so that no tap waits for the one before.
const BETWEEN: u64 = 1_300;

/// What happened between a tap and its claim.
struct Between {
    beyond: Duration,
    whole: Duration,
    requests: usize,
}

pub(crate) async fn measure() -> Vec<Figure> {
    let world = World::new(sim::wall_clock()).await;
    for nth in 0..BOUNTIES {
        post(&world, nth);
    }
    let record = Record::default();
    let github = Wiretap::on(world.sim.github.addr(), record.clone()).await;
    let telegram_addr = world.sim.telegram.url().replace("http://", "");
    let telegram_addr = telegram_addr.parse().expect("an address");
    let telegram = Wiretap::on(telegram_addr, record.clone()).await;
    let config = world.file("tap", "ask", POLICY);
    let text = std::fs::read_to_string(&config)
        .expect("a configuration")
        .replace(&world.sim.github.url(), &github.url)
        .replace(&world.sim.telegram.url(), &telegram.url);
    std::fs::write(&config, text).expect("a configuration");
    let log = world.dir.path().join("tap.log");
    let running = Running::start(daemon::bountyd(&config), &log);

    let mut ours = Samples::seconds("tap heard to claim sent, less round trips");
    let mut whole = Samples::seconds("with them");
    let mut requests = Samples::new("requests in between", Unit::Count);
    let mut floor = Samples::seconds("one 4 KiB write and fdatasync");
    daemon::wait(&log, || world.cast.owner.messages().len() >= BOUNTIES).await;
    running.calm().await;
    let disk = File::create(world.dir.path().join("floor")).expect("a file");
    for round in 0..BOUNTIES {
        let tapped = start();
        world.cast.owner.taps("✅ Approve").expect("a button");
        daemon::wait(&log, || between(&record.all(), tapped).is_some()).await;
        let found = between(&record.all(), tapped).expect("it was there");
        // The first one warms up.
        if round > 0 {
            ours.push(found.beyond.as_secs_f64());
            whole.push(found.whole.as_secs_f64());
            requests.push(f64::from(u32::try_from(found.requests).unwrap_or(u32::MAX)));
        }
        pause(BETWEEN).await;
        let began = start();
        disk.write_all_at(&[0xa5; 4096], 0).expect("a write");
        fdatasync(&disk).expect("a disk");
        if round > 0 {
            floor.took(began);
        }
    }
    running.stop().await;
    vec![
        Figure::pair("tap to claim, beyond the wire", ours, floor)
            .note(whole)
            .note(requests),
    ]
}

/// A bounty that passes every rule.
fn post(world: &World, nth: usize) {
    let github = &world.sim.github;
    let now = sim::wall_clock()();
    let owner = format!("acme-{nth}");
    let slug = format!("{owner}/widgets");
    github.add_user(NewAccount::org(&owner).created_at(now - 2000 * DAY));
    let repo = NewRepo::new(&slug)
        .created_at(now - 900 * DAY)
        .stars(800)
        .language("Rust")
        .merged_pulls(40, Some(now - 2 * DAY));
    github.add_repo(repo);
    let issue = NewIssue::new(&slug, "Crash on empty input")
        .body("It stops with an error when the input is empty. It should print the usage.")
        .author(&owner)
        .label("💎 Bounty")
        .created_at(now - DAY / 4);
    let number = github.post_issue(issue);
    let text = format!(
        "## 💎 $750 bounty [• Acme](https://algora.io/acme)\n\n### Steps to solve:\n\
         1. **Start working**: Comment `/attempt #{number}` with your implementation plan\n\
         2. **Submit work**: Create a pull request including `/claim #{number}` in the PR body\n\
         3. **Receive payment**: 100% of the bounty is received 2-5 days post-reward.\n"
    );
    github.comment_as(&slug, number, "algora-pbc[bot]", &text);
}

/// Looks at what was on the wire since `tapped`, once the claim is.
fn between(all: &[Exchange], tapped: Instant) -> Option<Between> {
    let heard = all.iter().find(|e| e.tap && e.ended > tapped)?.ended;
    let claim = all
        .iter()
        .find(|e| e.began > heard && is_claim(&e.request))?
        .began;
    // The next poll and the acknowledgement of the tap are under way beside the work.
    let waited_for = |e: &&Exchange| {
        let beside =
            e.request.contains("/getUpdates") || e.request.contains("/answerCallbackQuery");
        e.began > heard && e.began < claim && !beside
    };
    let waits: Vec<_> = all.iter().filter(waited_for).collect();
    let whole = claim - heard;
    let waiting: Duration = waits.iter().map(|e| e.ended.min(claim) - e.began).sum();
    Some(Between {
        beyond: whole.saturating_sub(waiting),
        whole,
        requests: waits.len(),
    })
}

fn is_claim(request: &str) -> bool {
    request.starts_with("POST /repos") && request.ends_with("/comments")
}
