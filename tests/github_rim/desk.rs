//! A repository to work for, the account that works, and the steps that most tests begin with.

use bountyd::bounty::appraise::Me;
use bountyd::github::work::{
    BranchTarget, Commit, FileCommit, ForkOf, NewPull, ObjectId, Place, PullOpened, UpstreamTarget,
    WorkBranch,
};
use bountyd::github::{Github, Refusal, WriteTrouble};
use sim::auth0::TokenPlan;
use sim::github::{NewRepo, RepoHandle};

use crate::world::World;

pub(crate) const SLUG: &str = "acme/app";

pub(crate) struct Desk {
    pub(crate) world: World,
    pub(crate) me: Me,
    /// `acme/app`.
    pub(crate) up: Place,
}

impl Desk {
    pub(crate) async fn new() -> Self {
        Self::with(TokenPlan::oauth_app()).await
    }

    pub(crate) async fn with(plan: TokenPlan) -> Self {
        let world = World::with(plan).await;
        let repo = NewRepo::new(SLUG)
            .file("README.md", "# App")
            .file("src/add.rs", "a - b")
            .file("run.sh", "exit 1");
        let id = world.sim.github.add_repo(repo);
        world.sim.github.forks_take(0);
        Self {
            me: Me {
                login: world.cast.login.clone(),
                id: world.cast.github_id,
            },
            up: Place::new("acme", "app", id).expect("a place"),
            world,
        }
    }

    pub(crate) fn github(&self) -> &Github {
        &self.world.github
    }

    pub(crate) fn sim(&self) -> &sim::github::Github {
        &self.world.sim.github
    }

    pub(crate) fn upstream(&self) -> RepoHandle<'_> {
        self.sim().repo(SLUG)
    }

    pub(crate) fn upstream_target(&self) -> UpstreamTarget {
        UpstreamTarget::new(&self.up)
    }

    /// `owner/name` of the fork.
    pub(crate) fn fork_slug(&self) -> String {
        format!("{}/app", self.me.login)
    }

    pub(crate) fn main(&self) -> ObjectId {
        let head = self.upstream().head("main").expect("a commit");
        ObjectId::parse(&head).expect("an id")
    }

    /// The account's fork.
    pub(crate) async fn fork(&self) -> Place {
        let target = self.upstream_target();
        self.github().make_fork(&target).await.expect("a fork");
        match self.github().fork_of(&self.up, &self.me).await {
            Ok(ForkOf::Standing(fork)) => fork.place,
            other => panic!("{other:?}"),
        }
    }

    /// A branch of ours in the fork, at the end of `main`.
    pub(crate) async fn branch(&self, name: &str) -> BranchTarget {
        let branch = WorkBranch::new(name).expect("a branch");
        let at = BranchTarget::new(&self.fork().await, &branch);
        let made = self.github().make_branch(&at, &self.main()).await;
        made.expect("a branch");
        at
    }

    /// The same with a commit, and a pull request from it.
    pub(crate) async fn proposed(&self, name: &str) -> (BranchTarget, Commit, PullOpened) {
        let at = self.branch(name).await;
        let commit = self.github().commit_files(&at, &fix(&self.main())).await;
        let commit = commit.expect("a commit");
        let opened = self.open(&at).await.expect("a pull request");
        (at, commit, opened)
    }

    pub(crate) async fn open(&self, from: &BranchTarget) -> Result<PullOpened, WriteTrouble> {
        let target = self.upstream_target();
        self.github().open_pull(&target, &proposal(from)).await
    }
}

/// What mends the repository.
pub(crate) fn fix(head: &ObjectId) -> FileCommit {
    FileCommit {
        expected_head: head.clone(),
        headline: "Add, do not subtract".to_owned(),
        body: "It was the wrong sign.".to_owned(),
        additions: vec![("src/add.rs".to_owned(), b"a + b".to_vec())],
        deletions: vec!["README.md".to_owned()],
    }
}

pub(crate) fn proposal(from: &BranchTarget) -> NewPull {
    NewPull {
        from: from.clone(),
        base: "main".to_owned(),
        title: "Add, do not subtract".to_owned(),
        body: "See the issue.".to_owned(),
        draft: false,
        maintainer_can_modify: true,
    }
}

/// The kind of no.
#[track_caller]
pub(crate) fn refusal<T: std::fmt::Debug>(outcome: Result<T, WriteTrouble>) -> Refusal {
    match outcome {
        Err(WriteTrouble::Refused { kind, .. }) => kind,
        other => panic!("{other:?}"),
    }
}
