//! Small facts that outlive a restart: paused, the Telegram offset, scan cursors, the trouble in
//! force.

use serde::{Serialize, de::DeserializeOwned};

use super::{During, Ledger, LedgerError, Result, Tx};

/// A name under which a small fact is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// Whether the owner said pause, and who and when.
    Paused,
    /// Whether the emergency stop is in force, and who and when.
    Stopped,
    /// When this ledger came back from a backup, and how old that was.
    Restored,
    /// The next Telegram update to fetch.
    TelegramOffset,
    /// When Telegram last answered a poll: taps are kept there for 24 h only.
    TelegramSeen,
    /// How far a search query was read.
    Cursor(String),
    /// When the next scan is due.
    NextScan,
    /// What the last scan did.
    LastScan,
    /// When the next digest is due.
    NextDigest,
    /// When the last digest was written: the next one tells what came after.
    LastDigest,
    /// What keeps the daemon from acting.
    Trouble,
    /// Our own account, as GitHub last told.
    Me,
    /// Numbers of all accounts that were ours: a comment of unknown outcome may be an earlier one's.
    Accounts,
    /// Their names: an issue is looked for by who opened it.
    Logins,
    /// Fingerprint of the rules the stored decisions were made by.
    Rules,
    /// Where the journal was found broken, as far as it is known.
    JournalBroken,
    /// When the whole journal was verified last.
    JournalChecked,
    /// No write to GitHub before this instant.
    NoWriteBefore,
    /// When the daemon next examines itself.
    NextCheckup,
    /// What it found then and is not well again, so that it is told once.
    Findings,
    /// What the wall clock showed before it was set back, while nobody knows whether that was right.
    ClockShown,
}

impl Setting {
    /// Whether nothing is done while it is set.
    fn halts(&self) -> bool {
        matches!(self, Self::Paused | Self::Stopped)
    }

    pub(super) fn key(&self) -> String {
        match self {
            Self::Paused => "paused".to_owned(),
            Self::Stopped => "stopped".to_owned(),
            Self::Restored => "restored".to_owned(),
            Self::TelegramOffset => "telegram.offset".to_owned(),
            Self::TelegramSeen => "telegram.seen".to_owned(),
            Self::Cursor(query) => format!("cursor:{query}"),
            Self::NextScan => "scan.next".to_owned(),
            Self::LastScan => "scan.last".to_owned(),
            Self::NextDigest => "digest.next".to_owned(),
            Self::LastDigest => "digest.last".to_owned(),
            Self::Trouble => "trouble".to_owned(),
            Self::Me => "me".to_owned(),
            Self::Accounts => "accounts".to_owned(),
            Self::Logins => "logins".to_owned(),
            Self::Rules => "rules".to_owned(),
            Self::JournalBroken => "journal.broken".to_owned(),
            Self::JournalChecked => "journal.checked".to_owned(),
            Self::NoWriteBefore => "write.not_before".to_owned(),
            Self::NextCheckup => "checkup.next".to_owned(),
            Self::Findings => "checkup.findings".to_owned(),
            Self::ClockShown => "clock.shown".to_owned(),
        }
    }
}

pub(super) fn parse<T: DeserializeOwned>(text: Option<String>) -> Result<Option<T>> {
    text.map(|t| {
        serde_json::from_str(&t).map_err(|e| LedgerError::Corrupt {
            what: "setting",
            detail: e.to_string(),
        })
    })
    .transpose()
}

impl Ledger {
    /// Reads a setting.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn setting<T: DeserializeOwned>(&self, setting: &Setting) -> Result<Option<T>> {
        let text = sqlx::query_scalar("SELECT value FROM setting WHERE name = $1")
            .bind(setting.key())
            .fetch_optional(self.read())
            .await
            .during("reading a setting")?;
        parse(text)
    }
}

impl Tx {
    /// Reads a setting as of this transaction.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn setting<T: DeserializeOwned>(&mut self, setting: &Setting) -> Result<Option<T>> {
        let text = sqlx::query_scalar("SELECT value FROM setting WHERE name = $1")
            .bind(setting.key())
            .fetch_optional(self.conn().await?)
            .await
            .during("reading a setting")?;
        parse(text)
    }

    /// Writes a setting.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn put_setting<T: Serialize>(&mut self, setting: &Setting, value: &T) -> Result<()> {
        self.halted |= setting.halts();
        let text = serde_json::to_string(value).map_err(|e| LedgerError::Corrupt {
            what: "setting",
            detail: e.to_string(),
        })?;
        sqlx::query(
            "INSERT INTO setting (name, value) VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )
        .bind(setting.key())
        .bind(text)
        .execute(self.conn().await?)
        .await
        .during("writing a setting")?;
        Ok(())
    }

    /// Removes a setting.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn drop_setting(&mut self, setting: &Setting) -> Result<()> {
        self.halted |= setting.halts();
        sqlx::query("DELETE FROM setting WHERE name = $1")
            .bind(setting.key())
            .execute(self.conn().await?)
            .await
            .during("removing a setting")?;
        Ok(())
    }
}
