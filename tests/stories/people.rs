//! What a story says and hears: issues and comments on GitHub, messages and taps on the phone.

use sim::github::{NewAccount, NewIssue, NewRepo};
use sim::telegram::Message;

use super::world::{NOON, World};

/// The buttons of a card.
pub(crate) const YES: &str = "✅ Approve";
pub(crate) const NO: &str = "❌ Deny";

impl World {
    /// A repository that welcomes help, alive and old enough.
    pub(crate) fn repo(&self, slug: &str) -> &Self {
        self.repo_like(slug, well(slug))
    }

    /// A repository as described; its owner is old enough.
    pub(crate) fn repo_like(&self, slug: &str, repo: NewRepo) -> &Self {
        let owner = slug.split('/').next().expect("an owner");
        if self.sim.github.user_id(owner).is_none() {
            self.org(owner);
        }
        self.sim.github.add_repo(repo);
        self.repos.borrow_mut().insert(slug.to_owned());
        self
    }

    /// An organisation of good standing.
    pub(crate) fn org(&self, login: &str) -> &Self {
        let day = 24 * 3600 * 1000;
        let org = NewAccount::org(login).created_at(NOON.0 - 2000 * day);
        self.sim.github.add_user(org);
        self
    }

    /// An issue with a bounty that Algora's bot vouches for; makes the repository if need be.
    pub(crate) fn bounty(&self, slug: &str, title: &str, dollars: u64) -> u64 {
        let issue = NewIssue::new(slug, title)
            .body("It stops with an error when the input is empty. It should print the usage.");
        self.bounty_like(slug, issue, dollars)
    }

    /// The same for an issue as described.
    pub(crate) fn bounty_like(&self, slug: &str, issue: NewIssue, dollars: u64) -> u64 {
        if !self.repos.borrow().contains(slug) {
            self.repo(slug);
        }
        let at = self.now().0 - 5 * 3600 * 1000;
        let number = self
            .sim
            .github
            .post_issue(issue.label("💎 Bounty").created_at(at));
        self.algora(slug, number, dollars);
        number
    }

    /// Algora's bot shows a bounty under an issue.
    pub(crate) fn algora(&self, slug: &str, number: u64, dollars: u64) -> u64 {
        let text = offer(number, dollars);
        self.sim
            .github
            .comment_as(slug, number, "algora-pbc[bot]", &text)
    }

    /// What we said under an issue.
    pub(crate) fn our_comment(&self, slug: &str, number: u64) -> String {
        let list = self.sim.github.comment_list(slug, number);
        let ours: Vec<_> = list
            .iter()
            .filter(|c| c.author == self.cast.login)
            .map(|c| filtered(&c.body))
            .collect();
        ours.join("\n———\n")
    }

    /// Our own comments, everywhere.
    pub(crate) fn ours(&self) -> usize {
        self.sim.github.comments_by(&self.cast.login).len()
    }

    /// How many writes reached GitHub's door, whatever came of them.
    pub(crate) fn writes(&self) -> usize {
        let requests = self.sim.github.requests();
        requests.iter().filter(|r| is_write(r)).count()
    }

    /// The oldest unread message on the owner's phone that contains `part`, now read.
    #[track_caller]
    pub(crate) fn phone(&self, part: &str) -> Message {
        self.phone_if(part).unwrap_or_else(|| {
            let unread: Vec<_> = self.cast.owner.unread();
            let texts: Vec<_> = unread.iter().map(|m| m.text.as_str()).collect();
            panic!(
                "nothing unread on the phone says `{part}`; unread: {texts:#?}; the program: {:?}",
                self.app().live(|l| l.clone())
            )
        })
    }

    /// The same, if there is one.
    pub(crate) fn phone_if(&self, part: &str) -> Option<Message> {
        let found = self
            .cast
            .owner
            .unread()
            .into_iter()
            .find(|m| m.by_bot() && m.text.contains(part))?;
        self.read(&found);
        Some(found)
    }

    /// The owner reads a message.
    pub(crate) fn read(&self, message: &Message) {
        use futures_util::FutureExt;
        let wait = self
            .cast
            .owner
            .wait_for_message(std::time::Duration::ZERO, |m| m.id == message.id);
        // It is there, so nothing is waited for.
        assert!(matches!(wait.now_or_never(), Some(Ok(_))));
    }

    /// The owner has no unread message.
    #[track_caller]
    pub(crate) fn quiet(&self) {
        let texts: Vec<_> = self
            .cast
            .owner
            .unread()
            .into_iter()
            .map(|m| m.text)
            .collect();
        assert!(texts.is_empty(), "unread: {texts:#?}");
    }

    /// The owner reads whatever came; gives the texts, ids filtered.
    pub(crate) fn read_all(&self) -> Vec<String> {
        let all = self.cast.owner.drain_unread();
        all.iter().map(|m| filtered(&m.text)).collect()
    }

    /// A message as it stands now.
    #[track_caller]
    pub(crate) fn now_reads(&self, message: &Message) -> String {
        let messages = self.cast.owner.messages();
        let found = messages.iter().find(|m| m.id == message.id);
        filtered(&found.expect("the message is there").text)
    }

    /// The owner taps a button of a message; gives what pops up.
    pub(crate) async fn tap(&self, message: &Message, button: &str) -> String {
        let before = self.cast.owner.answers().len();
        self.cast
            .owner
            .taps_on(message.id, button)
            .expect("there is a button");
        self.settle().await;
        let answers = self.cast.owner.answers();
        answers.get(before..).unwrap_or_default().join("|")
    }

    /// The owner writes to the bot; gives the answer, ids filtered.
    pub(crate) async fn says(&self, text: &str) -> String {
        let before = self.cast.owner.messages().len();
        self.cast.owner.says(text).expect("the bot listens");
        self.settle().await;
        let messages = self.cast.owner.messages();
        let answer = messages
            .iter()
            .skip(before)
            .find(|m| m.by_bot())
            .unwrap_or_else(|| panic!("no answer to `{text}`"));
        self.read(answer);
        filtered(&answer.text)
    }

    /// What `status` says.
    pub(crate) async fn status(&self) -> String {
        let status = bountyd::status::gather(self.app()).await;
        let lines = status
            .expect("the ledger can be read")
            .lines(self.app().rules().config.timezone);
        filtered(&lines.join("\n"))
    }

    /// Where a bounty stands, and why.
    pub(crate) async fn stands(&self, slug: &str, number: u64) -> String {
        let found = self.app().ledger.bounty_by_name(slug, number).await;
        match found.expect("the ledger can be read") {
            None => "unknown".to_owned(),
            Some(b) => format!("{} {}", b.stage.as_str(), b.reason.unwrap_or_default()),
        }
    }

    /// The row of a bounty.
    pub(crate) async fn row(&self, slug: &str, number: u64) -> bountyd::ledger::bounties::Bounty {
        let found = self.app().ledger.bounty_by_name(slug, number).await;
        found.expect("the ledger can be read").expect("it was seen")
    }
}

/// What a lively repository looks like.
pub(crate) fn well(slug: &str) -> NewRepo {
    let day = 24 * 3600 * 1000;
    NewRepo::new(slug)
        .created_at(NOON.0 - 900 * day)
        .stars(800)
        .language("Rust")
        .merged_pulls(40, Some(NOON.0 - 2 * day))
        .first_number(700)
}

/// Algora's comment.
pub(crate) fn offer(number: u64, dollars: u64) -> String {
    format!(
        "## 💎 ${dollars} bounty [• Acme](https://algora.io/acme)\n\n### Steps to solve:\n\
         1. **Start working**: Comment `/attempt #{number}` with your implementation plan\n\
         2. **Submit work**: Create a pull request including `/claim #{number}` in the PR body\n\
         3. **Receive payment**: 100% of the bounty is received 2-5 days post-reward.\n"
    )
}

/// The approval that a card's buttons name.
pub(crate) fn approval_id(card: &Message) -> String {
    let button = card.buttons.iter().flatten().next().expect("a button");
    let data = button.data.as_deref().expect("data");
    data.split_once(':').expect("verb and id").1.to_owned()
}

/// A request to GitHub's REST side that may change something.
pub(crate) fn is_write(request: &sim::rim::RequestRecord) -> bool {
    request.method != "GET" && request.path != "/graphql"
}

/// Ids and counts differ from run to run.
pub(crate) fn filtered(text: &str) -> String {
    static IDS: std::sync::LazyLock<Vec<(regex::Regex, &'static str)>> =
        std::sync::LazyLock::new(|| {
            [
                (r"\b[0-9a-f]{64}\b", "HASH"),
                (r"\b[0-9a-f]{32}\b", "ID"),
                (r"\b[0-9a-f]{8}\b", "ID"),
                (r"\b\d+ entries", "N entries"),
                (
                    r"\b\d+ of 5000 points, \S+(?: of 5000)? requests left",
                    "N points, N requests left",
                ),
                (r"127\.0\.0\.1:\d+", "HOST"),
            ]
            .map(|(pattern, name)| (regex::Regex::new(pattern).expect("a pattern"), name))
            .into()
        });
    let mut text = text.to_owned();
    for (pattern, name) in IDS.iter() {
        text = pattern.replace_all(&text, *name).into_owned();
    }
    text
}
