//! The patch that a client handed in for a job, read back from what was asked for.

use crate::app::App;
use crate::broker::acting::Acting;
use crate::fixer::order::Patch;
use crate::ledger::Result;
use crate::ledger::jobs::Job;

/// A patch, and the commit that it is against.
pub(super) struct HandedIn {
    pub(super) base: String,
    pub(super) patch: Patch,
}

impl HandedIn {
    /// Of a job; nothing where its patch is to be made. Inside is why it cannot be read any more: then
    /// nothing is made in its place.
    pub(super) async fn for_job(
        app: &App,
        job: &Job,
    ) -> Result<std::result::Result<Option<Self>, String>> {
        let Some(request) = app.ledger.request_of_job(&job.id).await? else {
            return Ok(Ok(None));
        };
        Ok(match Acting::parse(&request.arguments) {
            Some(Acting::SubmitPatch {
                base,
                reason,
                patch,
                ..
            }) => Ok(Some(Self {
                base,
                patch: Patch {
                    text: patch,
                    reason,
                    by: format!("the client {}", request.client),
                },
            })),
            Some(_) => Ok(None),
            None => Err("what the client asked for cannot be read any more".to_owned()),
        })
    }
}
