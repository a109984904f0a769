//! `[rates]`: what other currencies are worth, by the owner's word. No rate service is ever called.

use chrono::NaiveDate;

use super::Reading;
use crate::config::complaints::Refusal;
use crate::config::reader::Section;
use crate::config::values;
use crate::money::{Convertible, Currency, RATE_LIFETIME, Rate, Rates};

impl Reading<'_> {
    pub(super) fn rates(&self, section: &Section<'_>) -> Rates {
        let mut rates = Rates::default();
        for (code, span, table) in section.tables() {
            let currency = Currency::known(&code);
            match currency.as_ref().map(Currency::convertible) {
                Some(Convertible::ByRate) => {}
                Some(_) => section.complaints.error(
                    Some(span.clone()),
                    format!("`{code}` needs no rate"),
                    "it counts one to one with the dollar",
                    "remove it",
                ),
                None => section.complaints.error(
                    Some(span.clone()),
                    format!("`{code}` is not a currency bountyd knows"),
                    "tokens of projects count nothing until somebody pays for them",
                    "write a code such as EUR or XMR, or remove it",
                ),
            }
            let rate = self.rate(&code, span, table);
            rates.0.extend(currency.zip(rate));
        }
        rates
    }

    fn rate(&self, code: &str, span: std::ops::Range<usize>, table: Section<'_>) -> Option<Rate> {
        let usd = table.parsed("usd", |text| {
            let usd = values::decimal(text, 8)?;
            if usd.is_zero() {
                return Err(Refusal::new(
                    "a rate of 0 says nothing",
                    "remove it, or look it up",
                ));
            }
            Ok(usd)
        });
        if table.span("usd").is_none() {
            table.missing(
                "usd",
                "a rate needs a value",
                "add usd = \"160.25\", as a string",
            );
        }
        let on = table.date("on");
        if table.span("on").is_none() {
            table.missing(
                "on",
                "a rate needs the day it was looked up",
                "add on = 2026-11-01",
            );
        }
        // The day begins where the owner lives, so that his today is never our tomorrow.
        let at = on.and_then(|day| self.zone.instant(day.and_time(chrono::NaiveTime::MIN)));
        if let Some(at) = at {
            let age = self.now.since(at);
            if at > self.now {
                table.complaints.error(
                    table.span("on"),
                    format!("the rate of {code} is from the future"),
                    format!("it is now {}", self.zone.format(self.now)),
                    "write the day you looked it up",
                );
            } else if age > RATE_LIFETIME {
                table.complaints.warning(
                    Some(span),
                    format!("the rate of {code} is too old"),
                    format!(
                        "it is {} days old; after {} days amounts in {code} count as unknown",
                        age.as_secs() / 86_400,
                        RATE_LIFETIME.as_secs() / 86_400
                    ),
                    "look it up and change `usd` and `on`",
                );
            }
        }
        table.finish();
        Some(Rate { usd: usd?, at: at? })
    }
}

impl Section<'_> {
    /// A TOML date without a time.
    fn date(&self, key: &'static str) -> Option<NaiveDate> {
        let value = self.raw(key)?;
        let date = value
            .as_datetime()
            .filter(|at| at.time.is_none())
            .and_then(|at| at.date)
            .and_then(|d| {
                NaiveDate::from_ymd_opt(i32::from(d.year), u32::from(d.month), u32::from(d.day))
            });
        if date.is_none() {
            self.complaints.error(
                self.span(key),
                format!("`{}` has the wrong type", self.name(key)),
                "wanted is a date",
                "write it without quotes and without a time: 2026-11-01",
            );
        }
        date
    }
}
