//! One mutation of the submit path, on a wire made for it alone.

use http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use vault::{Allow, Mutation};

use super::super::budget::{Resource, Urgency};
use super::super::graphql::{self, GraphError};
use super::super::line;
use super::super::trouble::{Refusal, WriteTrouble, words};
use super::super::write::admit;
use super::super::{Github, classify};
use super::refusal;

#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
struct Envelope<T> {
    data: Option<T>,
    errors: Option<Vec<GraphError>>,
}

impl Github {
    /// Sends a mutation and reads its answer with `read`, which gives `None` where the mutation came to
    /// nothing.
    pub(super) async fn mutate<T: DeserializeOwned, R>(
        &self,
        mutation: Mutation,
        input: Value,
        read: fn(T) -> Option<R>,
    ) -> Result<R, WriteTrouble> {
        let body = json!({ "query": mutation.document(), "variables": { "input": input } });
        let octocrab = self.octocrab("submit", vec![Allow::mutation(mutation)]);
        let (budget, clock) = (&*self.budget, &*self.clock);
        admit(budget, Resource::Graphql, Urgency::Claim, clock.now())?;
        let answer = line::send(&octocrab, Method::POST, "/graphql", Some(&body))
            .await
            .map_err(classify::write_line)?;
        let now = clock.now();
        budget.note(Resource::Graphql, classify::counter(&answer.headers), now);
        if !answer.status.is_success() {
            return Err(classify::write_answer(
                &answer,
                Resource::Graphql,
                budget,
                now,
            ));
        }
        let envelope: Envelope<T> = serde_json::from_slice(&answer.body).map_err(|e| {
            WriteTrouble::Unknown(format!(
                "GitHub's answer cannot be read: {}",
                words(&e.to_string())
            ))
        })?;
        // What it made counts more than what went wrong beside it.
        if let Some(made) = envelope.data.and_then(read) {
            budget.answered(now);
            return Ok(made);
        }
        let errors = envelope.errors.unwrap_or_default();
        if let Some((at, why)) = graphql::limit(&errors, &answer, budget, now) {
            return Err(WriteTrouble::WaitUntil { at, why });
        }
        budget.answered(now);
        Err(refused(&errors))
    }
}

fn refused(errors: &[GraphError]) -> WriteTrouble {
    let Some(first) = errors.first() else {
        return WriteTrouble::Unknown("GitHub said neither what it did nor why not".to_owned());
    };
    // One error that may stand beside a commit that was made is enough for doubt.
    let kinds: Option<Vec<Refusal>> = errors.iter().map(refusal::of_error).collect();
    match kinds.and_then(|kinds| kinds.into_iter().next()) {
        Some(kind) => WriteTrouble::Refused {
            kind,
            message: words(&first.message),
        },
        None => WriteTrouble::Unknown(words(&first.message)),
    }
}
