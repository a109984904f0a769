//! Local times of day and the instants they stand for.

use chrono::{DateTime, LocalResult, NaiveDateTime, TimeZone, Timelike};
use chrono_tz::{GapInfo, Tz};

use crate::clock::UnixMillis;

/// A time zone of the IANA database, with the name it was asked for by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone(pub Tz);

impl Zone {
    /// Reads an IANA name such as `Europe/Berlin`, or `local` for the machine's own zone.
    ///
    /// # Errors
    /// When the name is unknown, or the machine does not say where it is.
    pub fn parse(name: &str) -> Result<Self, ZoneError> {
        if name == "local" {
            let name = iana_time_zone::get_timezone().map_err(|_| ZoneError::NoLocal)?;
            return name
                .parse()
                .map(Self)
                .map_err(|_| ZoneError::UnknownLocal(name));
        }
        name.parse()
            .map(Self)
            .map_err(|_| ZoneError::Unknown(name.to_owned()))
    }

    /// What a wall clock in this zone shows, down to the second.
    #[must_use]
    pub fn wall(self, at: UnixMillis) -> Option<NaiveDateTime> {
        let utc = DateTime::from_timestamp(at.seconds(), 0)?;
        Some(utc.with_timezone(&self.0).naive_local())
    }

    /// The first instant at which a wall clock in this zone shows `wall` or, when the clocks jump
    /// over it, the first instant after the jump.
    #[must_use]
    pub fn instant(self, wall: NaiveDateTime) -> Option<UnixMillis> {
        self.instants(wall).next()
    }

    /// As [`Zone::instant`], and the second one where the clocks go back over it.
    pub(super) fn instants(self, wall: NaiveDateTime) -> impl Iterator<Item = UnixMillis> {
        let (first, second) = match self.0.from_local_datetime(&wall) {
            LocalResult::Single(at) => (Some(at), None),
            LocalResult::Ambiguous(first, second) => (Some(first), Some(second)),
            LocalResult::None => (GapInfo::new(&wall, &self.0).and_then(|gap| gap.end), None),
        };
        first
            .into_iter()
            .chain(second)
            .map(|at| UnixMillis(at.timestamp_millis()))
    }

    /// Minutes past midnight on a wall clock in this zone.
    #[must_use]
    pub(super) fn minute_of_day(self, at: UnixMillis) -> Option<u32> {
        let wall = self.wall(at)?;
        Some(wall.hour() * 60 + wall.minute())
    }

    /// The instant as people in this zone write it, such as `2026-03-08 03:00:00 EDT`.
    #[must_use]
    pub fn format(self, at: UnixMillis) -> String {
        DateTime::from_timestamp(at.seconds(), 0).map_or_else(
            || "beyond the calendar".to_owned(),
            |utc| {
                utc.with_timezone(&self.0)
                    .format("%Y-%m-%d %H:%M:%S %Z")
                    .to_string()
            },
        )
    }
}

/// Why there is no time zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ZoneError {
    /// The name is not in the IANA database.
    #[error("`{0}` is not a time zone of the IANA database")]
    Unknown(String),
    /// The machine does not tell its zone (no `/etc/localtime`, no `TZ`).
    #[error("this machine does not say in which time zone it stands")]
    NoLocal,
    /// The machine's zone is not in the database that bountyd was built with.
    #[error("this machine's time zone `{0}` is not in the IANA database bountyd was built with")]
    UnknownLocal(String),
}
