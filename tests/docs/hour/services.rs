//! Auth0, GitHub and Telegram as they are before the first hour: a tenant as Auth0 hands it over, a few bounties, a bot.

use sim::auth0::TokenPlan;
use sim::github::{NewIssue, NewRepo};
use sim::{Cast, Sim, SimOptions};

/// The secret of the owner's application at GitHub.
pub(crate) const GITHUB_SECRET: &str = "canary-github-51c7e0d2a4";

/// What the tenant takes the machine's address for.
const ADDRESS: [u8; 4] = [203, 0, 113, 7];

pub(crate) struct Services {
    pub(crate) sim: Sim,
    pub(crate) cast: Cast,
}

/// Repository, number, title, dollars.
const BOUNTIES: [(&str, u64, &str, u32); 3] = [
    (
        "lanternfish/tidepool",
        88,
        "CSV export drops the last row of a table",
        120,
    ),
    ("mosslight/lichen", 12, "A typing mistake in the manual", 10),
    (
        "northwind-maps/atlas",
        1204,
        "Tiles flicker when zooming across the date line",
        750,
    ),
];

impl Services {
    pub(crate) async fn open() -> Self {
        let sim = Sim::start(SimOptions::default()).await.expect("simulators");
        let cast = sim.newcomer(TokenPlan::oauth_app());
        sim.auth0.switch(|switches| {
            switches.ask_in_browser = true;
            switches.peer_address = Some(ADDRESS.into());
        });
        for (repo, number, title, dollars) in BOUNTIES {
            sim.github.add_repo(NewRepo::new(repo));
            sim.github.post_issue(
                NewIssue::new(repo, title)
                    .number(number)
                    .label("💎 Bounty")
                    .label(&format!("${dollars}")),
            );
            let (owner, _) = repo.split_once('/').expect("a name");
            let text = format!(
                "## 💎 ${dollars} bounty [• {owner}](https://algora.io/{owner})\n\n### Steps to solve:\n\
                 1. **Start working**: Comment `/attempt #{number}` with your implementation plan\n\
                 2. **Submit work**: Create a pull request including `/claim #{number}` in the PR body\n"
            );
            sim.github
                .comment_as(repo, number, "algora-pbc[bot]", &text);
        }
        Self { sim, cast }
    }

    /// What a person does not have to say whose services are the real ones.
    pub(crate) fn answers(&self) -> String {
        format!(
            "# Where the simulated services are. The real ones need no such file.\n\
             base_url = \"{}/\"\n\n[settings]\n\"github.api_url\" = \"{}/\"\n\"github.graphql_url\" = \"{}\"\n",
            self.sim.auth0.url(),
            self.sim.github.url(),
            self.sim.github.graphql_url()
        )
    }

    /// Addresses that are others each time, and what stands for them on the page: as long, so that nothing moves.
    pub(crate) fn addresses(&self) -> [(String, String); 3] {
        let ports = [
            (self.sim.auth0.url(), 40_001),
            (self.sim.github.url(), 40_002),
            (self.sim.telegram.url(), 40_003),
        ];
        ports.map(|(url, port)| {
            let (_, own) = url.rsplit_once(':').expect("a port");
            assert_eq!(own.len(), 5, "{url}");
            (format!("127.0.0.1:{own}"), format!("127.0.0.1:{port}"))
        })
    }

    /// Everything that must stand nowhere but in its own file.
    pub(crate) fn canaries(&self) -> Vec<String> {
        let mut all = self.sim.registry.ever_minted();
        all.extend(self.sim.auth0.ever_issued());
        all.push(GITHUB_SECRET.to_owned());
        let token = self.sim.telegram.token();
        let (_, secret) = token.split_once(':').expect("a bot's token");
        all.push(secret.to_owned());
        all
    }

    /// Nothing was asked that the real services would refuse, and nothing written under the owner's name.
    pub(crate) fn are_content(&self) {
        assert_eq!(self.sim.auth0.rim().violations(), []);
        assert_eq!(self.sim.github.violations(), []);
        assert_eq!(self.sim.telegram.rim().violations(), []);
        assert_eq!(self.sim.github.comments_by(&self.cast.login).len(), 0);
    }
}
