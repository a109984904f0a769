//! Amounts: reading, rounding, converting.

use super::currency::CODES;
use super::*;

#[test]
fn dollars_read_as_people_write_them() {
    assert_eq!(Usd::dollars(1234).to_string(), "$1,234");
    assert_eq!(Usd(99).to_string(), "$0.99");
    assert_eq!(Usd(-123_456_789).to_string(), "-$1,234,567.89");
    assert_eq!(Usd::dollars(i64::MAX), Usd(i64::MAX));
}

#[test]
fn decimals_keep_every_place_and_refuse_nonsense() {
    for (text, shown) in [
        ("0.001", "0.001"),
        ("1500", "1500"),
        ("2.50", "2.5"),
        (".5", "0.5"),
    ] {
        assert_eq!(
            Decimal::parse(text).map(|d| d.to_string()).as_deref(),
            Some(shown)
        );
    }
    assert_eq!(
        Decimal::parse("0.123456789")
            .map(|d| d.to_string())
            .as_deref(),
        Some("0.12345678")
    );
    for text in ["", ".", "1.2.3", "-1", "1e5", "١", "99999999999999"] {
        assert_eq!(Decimal::parse(text), None, "{text}");
    }
}

#[test]
fn every_code_reads_back() {
    for (code, currency) in CODES {
        assert_eq!(Currency::known(code).as_ref(), Some(currency));
        assert_eq!(currency.code(), *code);
    }
    assert_eq!(
        Currency::from("MRG".to_owned()),
        Currency::Token("MRG".to_owned())
    );
}

#[test]
fn an_old_or_future_rate_is_no_rate() -> Result<(), String> {
    let now = UnixMillis(1_800_000_000_000);
    let rate = |at| {
        Rates(BTreeMap::from([(
            Currency::Coin(Coin::Xmr),
            Rate {
                usd: Decimal::parse("150.5").unwrap_or_default(),
                at,
            },
        )]))
    };
    let two = Amount {
        value: Decimal::whole(2).ok_or("2")?,
        currency: Currency::Coin(Coin::Xmr),
    };
    assert_eq!(rate(now).usd(&two, now), Some(Usd(30_100)));
    assert_eq!(
        rate(now.minus(RATE_LIFETIME)).usd(&two, now),
        Some(Usd(30_100))
    );
    let older = now.minus(RATE_LIFETIME + Duration::from_millis(1));
    assert_eq!(rate(older).usd(&two, now), None);
    assert_eq!(
        rate(now.plus(Duration::from_millis(1))).usd(&two, now),
        None
    );
    assert_eq!(Rates::default().usd(&two, now), None);
    let token = Amount {
        value: two.value,
        currency: Currency::Token("MRG".into()),
    };
    assert_eq!(rate(now).usd(&token, now), None);
    Ok(())
}
