//! GitHub as the daemon sees it: REST and GraphQL over real HTTP, stateful, strict, scriptable.
//!
//! ```no_run
//! # async fn demo() -> std::io::Result<()> {
//! use sim::github::{Github, NewIssue, NewRepo};
//! let github = Github::start(([127, 0, 0, 1], 0).into(), sim::wall_clock(), sim::tokens::Registry::default()).await?;
//! github.add_repo(NewRepo::new("acme/widget").file("CONTRIBUTING.md", "Ask first."));
//! let number = github.post_issue(NewIssue::new("acme/widget", "Crash on start").label("bounty"));
//! assert_eq!(github.comments("acme/widget", number), "");
//! # Ok(())
//! # }
//! ```

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State as Extract};
use axum::response::Response;

use crate::faults::Faults;
use crate::rim::{RequestRecord, Rim, Server, Violation, bind, serve};
use crate::tokens::Registry;
use crate::{Now, lock};

mod budget;
mod build;
mod build_issue;
mod checks;
mod forking;
mod git;
mod graphql;
mod guard;
mod inspect;
mod inspect_work;
mod issue_page;
mod links;
mod make;
mod model;
mod node_id;
mod pull;
mod reply;
mod rest;
mod script;
mod script_limits;
mod script_work;
mod search;
mod state;
mod switches;
mod work;

pub use budget::{Resource, SecondaryLimit};
pub use build::{NewAccount, NewRepo};
pub use build_issue::{NewIssue, NewPull};
pub use checks::CheckState;
pub use inspect::{CommentView, IssueView};
pub use inspect_work::PullView;
pub use model::{AccountKind, InteractionLimit};
pub use pull::Verdict;
pub use script_work::RepoHandle;
pub use state::PLATFORM_ACCOUNTS;

use git::Disk;
use state::State;

/// What request handlers share.
struct Shared {
    state: Mutex<State>,
    registry: Registry,
    rim: Arc<Rim>,
    /// Base URL without a trailing slash.
    base: String,
    git_rim: Arc<Rim>,
    /// Base URL of cloning, without a trailing slash.
    git_base: String,
    disk: Disk,
}

/// The simulated GitHub: a server and the handle to script it. Dropping it stops the server.
pub struct Github {
    shared: Arc<Shared>,
    rim: Arc<Rim>,
    server: Server,
    git_server: Server,
}

impl std::fmt::Debug for Github {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Github")
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}

impl Github {
    /// Starts an empty GitHub (but for [`PLATFORM_ACCOUNTS`]) on `addr`; port 0 takes a free one.
    /// Cloning is offered at a free port of the same address: github.com is not api.github.com.
    ///
    /// # Errors
    /// If an address cannot be bound.
    pub async fn start(addr: SocketAddr, now: Now, registry: Registry) -> io::Result<Self> {
        let git_addr = SocketAddr::new(addr.ip(), 0);
        Self::start_at(addr, git_addr, now, registry).await
    }

    /// The same, with an address for cloning.
    ///
    /// # Errors
    /// If an address cannot be bound.
    pub async fn start_at(
        addr: SocketAddr,
        git_addr: SocketAddr,
        now: Now,
        registry: Registry,
    ) -> io::Result<Self> {
        let (listener, git_listener) = (bind(addr).await?, bind(git_addr).await?);
        let (rim, git_rim) = (Rim::new(Arc::clone(&now)), Rim::new(now));
        let shared = Arc::new(Shared {
            state: Mutex::new(State::new(rim.now())),
            registry,
            rim: Arc::clone(&rim),
            base: format!("http://{}", listener.local_addr()?),
            git_rim: Arc::clone(&git_rim),
            git_base: format!("http://{}", git_listener.local_addr()?),
            disk: Disk::default(),
        });
        let routes = Router::new()
            .fallback(handle)
            .with_state(Arc::clone(&shared));
        let server = serve(listener, routes, Arc::clone(&rim))?;
        let git_routes = Router::new()
            .fallback(git::handle)
            .with_state(Arc::clone(&shared));
        let git_server = serve(git_listener, git_routes, git_rim)?;
        Ok(Self {
            shared,
            rim,
            server,
            git_server,
        })
    }

    /// Base URL of the REST API, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// URL of the GraphQL endpoint.
    #[must_use]
    pub fn graphql_url(&self) -> String {
        format!("{}/graphql", self.url())
    }

    /// Where repositories are cloned from, without a trailing slash: `{git_url}/{owner}/{name}.git`.
    #[must_use]
    pub fn git_url(&self) -> String {
        self.git_server.url()
    }

    /// The edge of cloning: its own requests, violations, faults and outage.
    #[must_use]
    pub fn git_rim(&self) -> &Arc<Rim> {
        &self.shared.git_rim
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.server.addr()
    }

    /// Rules of misbehaviour.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.rim.faults
    }

    /// The edge: requests, violations, outage, clock offset.
    #[must_use]
    pub fn rim(&self) -> &Arc<Rim> {
        &self.rim
    }

    /// Every request so far.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.rim.requests()
    }

    /// What no careful client does: going on after a rate limit, qualifiers that do not exist,
    /// addresses that GitHub does not have.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        let mut all = self.rim.violations();
        all.extend(self.git_rim().violations());
        all
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.shared.state)
    }
}

async fn handle(Extract(shared): Extract<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if let Some(page) = issue_page::answer(&shared, &parts.method, parts.uri.path()) {
        return page.map(Body::from);
    }
    // The rim has capped and buffered the body.
    let body = axum::body::to_bytes(body, usize::MAX)
        .await
        .unwrap_or_default();
    guard::answer(&shared, &parts, &body).map(Body::from)
}
