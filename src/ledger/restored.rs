//! What a ledger from a backup must not do as if nothing had happened since: what was written, answered and
//! refused after the backup was made is not in it.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::approvals::Claim;
use super::copy::Manifest;
use super::jobs::JobState;
use super::requests::RequestState;
use super::settings::Setting;
use super::stop::Stop;
use super::{Actor, During, Entry, Result, Tx};
use crate::clock::UnixMillis;

/// When a ledger came back from a backup, and how old that was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FromBackup {
    /// When it was restored.
    pub at: UnixMillis,
    /// When the backup was made.
    pub made_at: UnixMillis,
}

impl Tx {
    /// Makes the ledger of a backup safe to go on with:
    ///
    /// * it is paused until the owner says `resume`;
    /// * an emergency stop holds, whether the backup has it or what it replaces (`standing`) does;
    /// * no yes from before counts: permits are void, leases are taken back, open questions are asked anew, because the owner may
    ///   have answered them otherwise since, and what a client asked for is asked for by it again or not at all;
    /// * what a client repeats has the marker that it had, is looked for first, and asked about (see
    ///   `broker::caution`);
    /// * writes of unknown outcome, and patches on their way, stay what they are: each is looked for at GitHub
    ///   by its marker before anything is written, whatever this ledger says; a patch whose pull request does not
    ///   stand there is asked about anew (see `stages::submit`);
    /// * about every issue that was there before this moment the owner is asked, whatever the thresholds say:
    ///   it may have been claimed, and the claim deleted, since.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub(super) async fn restored(
        &mut self,
        actor: &Actor,
        manifest: &Manifest,
        notice: &str,
        standing: Option<&Stop>,
    ) -> Result<Option<Stop>> {
        let during = "making a restored ledger safe";
        let now = self.now();
        let why = "the ledger was restored from a backup";
        let paused = json!({ "by": format!("the restore, by {actor}"), "at": now });
        self.put_setting(&Setting::Paused, &paused).await?;
        let stopped = match (self.setting(&Setting::Stopped).await, standing) {
            (Ok(Some(own)), _) => Some(own),
            (Ok(None), standing) => standing.cloned(),
            // What cannot be read is one, too.
            (Err(_), standing) => Some(standing.cloned().unwrap_or_else(|| Stop {
                by: "the restore, because the backup's own cannot be read".to_owned(),
                at: now,
            })),
        };
        if let Some(stopped) = &stopped {
            self.put_setting(&Setting::Stopped, stopped).await?;
        }
        let from = FromBackup {
            at: now,
            made_at: manifest.made_at,
        };
        self.put_setting(&Setting::Restored, &from).await?;
        // A search that was read up to a point would pass by what changed since.
        self.forget_judgements().await?;
        self.release_all_leases().await?;
        self.end_all_leases(actor, why).await?;
        for sql in [
            "UPDATE permit SET state = 'void' WHERE state = 'live'",
            "UPDATE bounty SET wake_at = $1 WHERE stage = 'permitted'",
            "UPDATE job SET approved_by = NULL WHERE ended_at IS NULL AND state <> 'open'",
        ] {
            let mut statement = sqlx::query(sql);
            if sql.contains("$1") {
                statement = statement.bind(now.0);
            }
            statement.execute(self.conn().await?).await.during(during)?;
        }
        let open: Vec<String> =
            sqlx::query_scalar("SELECT id FROM approval WHERE state = 'pending' ORDER BY id")
                .fetch_all(self.conn().await?)
                .await
                .during(during)?;
        for id in open {
            if let Some(approval) = self.question::<Claim>(&id).await? {
                self.judge_anew(&approval, why).await?;
            }
        }
        let asking: Vec<String> =
            sqlx::query_scalar("SELECT id FROM job WHERE state = $1 ORDER BY id")
                .bind(JobState::Asking.as_str())
                .fetch_all(self.conn().await?)
                .await
                .during(during)?;
        for id in asking {
            if let Some(job) = self.job(&id).await? {
                self.move_job(&job, JobState::Made, Some(why), Some(now))
                    .await?;
            }
        }
        let wanted: Vec<String> = sqlx::query_scalar(
            "SELECT id FROM client_request WHERE state IN ('pending', 'approved') ORDER BY id",
        )
        .fetch_all(self.conn().await?)
        .await
        .during(during)?;
        for id in wanted {
            if let Some(request) = self.request(&id).await? {
                self.void_question_about_request(&id, why).await?;
                self.move_request(&request, RequestState::Expired, Some(why), None)
                    .await?;
            }
        }
        let body = json!({
            "made_at": manifest.made_at,
            "version": manifest.version,
            "schema": manifest.schema,
            "contents": manifest.contents.sha256,
            "head": manifest.journal.head,
            "stopped": stopped,
        });
        self.journal(Entry::new(actor.clone(), "ledger.restored", body))
            .await?;
        let key = format!("restored:{}", now.0);
        self.notify_owner(&key, notice, now).await?;
        Ok(stopped)
    }
}
