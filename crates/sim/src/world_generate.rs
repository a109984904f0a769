//! Large made-up worlds for benchmarks: the same for the same size and seed.

use crate::github::{Github, NewIssue, NewRepo};

const HOUR: i64 = 3_600_000;
/// Issues a repository has on average.
const PER_REPOSITORY: u64 = 20;

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides.max(1)
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        let index = self.roll(from.len() as u64);
        from[usize::try_from(index).unwrap_or(0)]
    }
}

const LANGUAGES: &[&str] = &["Rust", "TypeScript", "Go", "Python", "Scala", "C++"];
const VERBS: &[&str] = &["Fix", "Support", "Speed up", "Document", "Rewrite", "Test"];
const THINGS: &[&str] = &[
    "the parser",
    "retry logic",
    "the file watcher",
    "dark mode",
    "pagination",
    "the cache",
    "CSV export",
    "time zones",
    "the installer",
    "error messages",
];
const AMOUNTS: &[u64] = &[25, 50, 75, 100, 150, 200, 250, 400, 500, 750, 1_000, 2_500];

impl Github {
    /// Adds `n` issues in about `n / 20` repositories. Of ten issues about six are open bounties
    /// with an amount label set by a maintainer, the others ordinary, assigned, attempted by
    /// others or closed. Issues were opened and last changed over the past 60 days.
    pub fn generate(&self, n: u64, seed: u64) {
        let now = self.rim().now();
        let mut dice = Dice(seed);
        let repositories = n.div_ceil(PER_REPOSITORY).max(1);
        for repo in 0..repositories {
            let slug = format!("maker-{}/project-{repo}", repo / 3);
            let maintainer = format!("keeper-{}", repo / 3);
            let description = NewRepo::new(&slug)
                .stars(20 + dice.roll(5_000))
                .language(dice.pick(LANGUAGES))
                .collaborator(&maintainer)
                .merged_pulls(5 + dice.roll(500), Some(now - HOUR * 24))
                .first_number(1 + dice.roll(400))
                .file("README.md", "# A project\n\nMade up for measuring.\n")
                .file("CONTRIBUTING.md", "Small, tested changes, please.\n");
            self.add_repo(description);
        }
        for index in 0..n {
            let repo = dice.roll(repositories);
            self.generate_issue(&mut dice, index, repo, now);
        }
    }

    fn generate_issue(&self, dice: &mut Dice, index: u64, repo: u64, now: i64) {
        let slug = format!("maker-{}/project-{repo}", repo / 3);
        let maintainer = format!("keeper-{}", repo / 3);
        let at = now - HOUR - i64::try_from(dice.roll(60 * 24 * 3600)).unwrap_or(0) * 1000;
        let title = format!("{} {} ({index})", dice.pick(VERBS), dice.pick(THINGS));
        let body = format!(
            "It should work as described in the manual.\n\nSteps:\n1. Start it.\n2. Wait {} \
             seconds.\n3. Look at the log.\n",
            dice.roll(60)
        );
        let mut issue = NewIssue::new(&slug, &title)
            .body(&body)
            .created_at(at)
            .author(&maintainer)
            .labeled_by(&maintainer)
            .label(dice.pick(&["bug", "enhancement", "good first issue"]));
        let kind = dice.roll(10);
        if kind != 0 {
            let amount = dice.pick(AMOUNTS);
            issue = issue.labels(["💎 Bounty", format!("${amount}").as_str()]);
            match kind {
                1 => issue = issue.assignee("somebody-else"),
                2 => issue = issue.closed(),
                _ => {}
            }
        }
        let number = self.post_issue(issue);
        let comments = if kind == 3 {
            1 + dice.roll(3)
        } else {
            dice.roll(2)
        };
        for nth in 0..comments {
            let (login, text) = if kind == 3 {
                (format!("hopeful-{nth}"), format!("/attempt #{number}"))
            } else {
                (maintainer.clone(), "Thanks for the report.".to_owned())
            };
            let at = at + i64::try_from(nth + 1).unwrap_or(1) * 60_000;
            self.comment_at(&slug, number, &login, &text, at);
        }
    }
}
