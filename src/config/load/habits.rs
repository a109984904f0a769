//! `[approvals]`, `[digest]`, `[claim]`, `[journal]` and `[logging]`: how the daemon behaves from day
//! to day.

use std::time::Duration;

use super::{DAY, HOUR, MINUTE, Reading};
use crate::config::complaints::Refusal;
use crate::config::reader::{Section, parse_duration};
use crate::config::{Approvals, LogFormat, Logging};
use crate::schedule::{TimeOfDay, Window};

impl Reading<'_> {
    pub(super) fn approvals(&self, section: Section<'_>) -> Approvals {
        let approvals = Approvals {
            expiry: section.duration("expiry", MINUTE..=30 * DAY, HOUR),
            cards_per_day: section.count("cards_per_day", 0..=1000, 10),
            reasks: section.count("reasks", 0..=100, 2),
            quiet_hours: section
                .parsed("quiet_hours", |text| {
                    if text.is_empty() {
                        return Ok(None);
                    }
                    Window::parse(text, self.zone).map(Some).map_err(|error| {
                        Refusal::new(error.to_string(), "write \"22:00-07:00\", or \"\" for none")
                    })
                })
                .flatten(),
            approvers: section.ids("approvers"),
        };
        section.finish();
        approvals
    }
}

pub(super) fn digest(section: Section<'_>) -> Option<TimeOfDay> {
    let default = || "08:00".parse().ok();
    let at = section.parsed("at", |text| {
        text.parse().map_err(|error: crate::schedule::WindowError| {
            Refusal::new(error.to_string(), "write \"08:00\"")
        })
    });
    section.finish();
    at.or_else(default)
}

pub(super) fn claim(section: Section<'_>) -> Duration {
    let after = section.duration("withdraw_after", HOUR..=60 * DAY, 48 * HOUR);
    section.finish();
    after
}

pub(super) fn journal(section: Section<'_>) -> Option<Duration> {
    let retention = section.parsed("retention", |text| {
        let length = parse_duration(text)?;
        if length.is_zero() {
            return Ok(None);
        }
        if length < 7 * DAY {
            return Err(Refusal::new(
                "a journal of less than a week proves little",
                "write at least \"7d\", or \"0\" to keep everything",
            ));
        }
        Ok(Some(length))
    });
    section.finish();
    retention.flatten()
}

pub(super) fn logging(section: Section<'_>) -> Logging {
    let default = Logging::default();
    let logging = Logging {
        format: section
            .parsed("format", |text| match text {
                "auto" => Ok(LogFormat::Auto),
                "text" => Ok(LogFormat::Text),
                "json" => Ok(LogFormat::Json),
                "journald" => Ok(LogFormat::Journald),
                _ => Err(Refusal::new(
                    "there are four formats",
                    "use \"auto\", \"text\", \"json\" or \"journald\"",
                )),
            })
            .unwrap_or(default.format),
        filter: section
            .parsed("filter", |text| {
                tracing_subscriber::EnvFilter::try_new(text)
                    .map(|_| text.to_owned())
                    .map_err(|error| {
                        Refusal::new(
                            error.to_string(),
                            "write levels by module, such as \"info,octocrab=warn\"",
                        )
                    })
            })
            .unwrap_or(default.filter),
    };
    section.finish();
    logging
}
