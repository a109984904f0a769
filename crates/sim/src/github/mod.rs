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
mod graphql;
mod guard;
mod inspect;
mod issue_page;
mod make;
mod model;
mod node_id;
mod reply;
mod rest;
mod script;
mod script_limits;
mod search;
mod state;
mod switches;

pub use budget::{Resource, SecondaryLimit};
pub use build::{NewAccount, NewRepo};
pub use build_issue::{NewIssue, NewPull};
pub use inspect::{CommentView, IssueView};
pub use model::{AccountKind, InteractionLimit};
pub use state::PLATFORM_ACCOUNTS;
use state::State;

/// What request handlers share.
struct Shared {
    state: Mutex<State>,
    registry: Registry,
    rim: Arc<Rim>,
    /// Base URL without a trailing slash.
    base: String,
}

/// The simulated GitHub: a server and the handle to script it. Dropping it stops the server.
pub struct Github {
    shared: Arc<Shared>,
    rim: Arc<Rim>,
    server: Server,
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
    ///
    /// # Errors
    /// If the address cannot be bound.
    pub async fn start(addr: SocketAddr, now: Now, registry: Registry) -> io::Result<Self> {
        let listener = bind(addr).await?;
        let rim = Rim::new(now);
        let shared = Arc::new(Shared {
            state: Mutex::new(State::new(rim.now())),
            registry,
            rim: Arc::clone(&rim),
            base: format!("http://{}", listener.local_addr()?),
        });
        let routes = Router::new()
            .fallback(handle)
            .with_state(Arc::clone(&shared));
        let server = serve(listener, routes, Arc::clone(&rim))?;
        Ok(Self {
            shared,
            rim,
            server,
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
        self.rim.violations()
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
