//! Who GraphQL says we are: the proof that both of GitHub's doors are the same GitHub, and what is left
//! of the points.

use serde::Deserialize;
use serde_json::json;

use super::Github;
use super::budget::Urgency;
use super::graphql::{self, Data, RateLimit};
use super::trouble::Trouble;

const DOCUMENT: &str = "query {
  rateLimit { cost remaining limit resetAt }
  viewer { login }
}";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    rate_limit: Option<RateLimit>,
    viewer: Viewer,
}

#[derive(Debug, Deserialize)]
struct Viewer {
    login: String,
}

impl Data for Answer {
    fn rate_limit(&self) -> Option<&RateLimit> {
        self.rate_limit.as_ref()
    }
}

impl Github {
    /// The login of the account that the token speaks for, asked over GraphQL.
    ///
    /// # Errors
    /// As [`Trouble`] says.
    pub async fn viewer(&self) -> Result<String, Trouble> {
        let octocrab = self.octocrab("viewer", vec![vault::Allow::graphql_query()]);
        let caller = self.caller(&octocrab, Urgency::Claim);
        let what = "the account behind GraphQL";
        let asked = graphql::query::<Answer>(caller, what, DOCUMENT, &json!({})).await;
        match asked {
            Ok(reply) => Ok(reply.data.viewer.login),
            Err(setback) => Err(setback.trouble),
        }
    }
}
