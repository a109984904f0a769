//! One GraphQL read of the submit path: what it was of, and what GitHub said instead.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::super::budget::Urgency;
use super::super::graphql::{self, Data, GraphError, RateLimit};
use super::super::trouble::Trouble;
use super::super::{Github, nodes};
use super::place::Place;
use vault::Allow;

/// Answer of a document that asks for one repository as `repository`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", bound = "T: DeserializeOwned")]
pub(super) struct OfRepository<T> {
    rate_limit: Option<RateLimit>,
    pub(super) repository: Option<T>,
}

impl<T: DeserializeOwned> Data for OfRepository<T> {
    fn rate_limit(&self) -> Option<&RateLimit> {
        self.rate_limit.as_ref()
    }
}

/// A numeric id alone.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Numbered {
    #[serde(deserialize_with = "nodes::id")]
    pub(super) database_id: Option<u64>,
}

impl Github {
    /// Asks for something in a repository. Half an answer is none: what was not shown must not pass for
    /// what is not there.
    pub(super) async fn of_repository<T: DeserializeOwned>(
        &self,
        what: &str,
        document: &str,
        variables: &Value,
    ) -> Result<T, Trouble> {
        let octocrab = self.octocrab("submit", vec![Allow::graphql_query()]);
        let caller = self.caller(&octocrab, Urgency::Claim);
        let reply = graphql::query::<OfRepository<T>>(caller, what, document, variables)
            .await
            .map_err(|setback| setback.trouble)?;
        whole(what, &reply.errors)?;
        reply.data.repository.ok_or_else(|| Trouble::Gone {
            what: what.to_owned(),
        })
    }
}

/// Refuses an answer with errors.
pub(super) fn whole(what: &str, errors: &[GraphError]) -> Result<(), Trouble> {
    if errors.is_empty() {
        Ok(())
    } else {
        Err(graphql::error_trouble(what, errors))
    }
}

/// Refuses an answer about another repository than the one that was meant.
pub(super) fn same(place: &Place, answered: Option<u64>) -> Result<(), Trouble> {
    match answered {
        Some(id) if id == place.id() => Ok(()),
        Some(_) => Err(Trouble::Gone {
            what: format!(
                "{} as it was: another repository stands under this name",
                place.slug()
            ),
        }),
        None => Err(Trouble::Malformed {
            why: format!("{} came without its number", place.slug()),
        }),
    }
}

/// A list that GitHub may leave out.
pub(super) fn or_empty<'de, D, T>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::<Vec<T>>::deserialize(from)?.unwrap_or_default())
}
