//! Amounts as people write them.

use super::*;
use proptest::prelude::*;

fn read_all(text: &str) -> Vec<String> {
    scan(text, Tickers::Any)
        .into_iter()
        .map(|f| {
            let upper = f.upper.map_or_else(String::new, |u| format!("..{u}"));
            let weak = if f.weak { "?" } else { "" };
            format!("{}{upper}{weak}", f.amount)
        })
        .collect()
}

#[test]
fn the_grammar_reads_what_people_write() {
    for (text, expected) in [
        ("$500", "$500"),
        ("$1.2k", "$1,200"),
        ("$4k", "$4,000"),
        ("$3.5K", "$3,500"),
        ("$2M", "$2,000,000"),
        ("50$", "$50"),
        ("Price: 900 USD", "$900"),
        ("USD 300", "$300"),
        ("US$ 40", "$40"),
        ("($2,500)", "$2,500"),
        ("$1,234.50", "$1,234.50"),
        ("€1.500", "1500 EUR"),
        ("1.500,25 €", "1500.25 EUR"),
        ("12,50 EUR", "12.5 EUR"),
        ("£99", "99 GBP"),
        ("¥8000", "8000 JPY"),
        ("8000đ", "8000 VND"),
        ("0.001ETH", "0.001 ETH"),
        ("[0.25 SOL bounty]", "0.25 SOL"),
        ("1.500 USDC", "1.5 USDC"),
        ("5,000 USDC", "5000 USDC"),
        ("(250k sats)", "250000 sats"),
        ("ɱ20", "20 XMR"),
        ("₿0.5", "0.5 BTC"),
        ("$100 USDT", "100 USDT"),
        ("15 RTC", "15 RTC"),
        ("50,000 $ROBIN_MCP", "50000 ROBIN_MCP"),
        ("$SA 10M", "10000000 SA"),
        ("$75+", "$75"),
        ("75+ USD", "$75"),
        ("$50 - $100", "$50..$100"),
        ("$50–100", "$50..$100"),
        ("50-100 USD", "$50..$100"),
        ("100 to 200 EUR", "100 EUR..200 EUR"),
        ("1000 dollars", "$1,000"),
        ("1k dollars", "$1,000"),
        ("$$$100$$$", "$100"),
        ("A$50", "50 AUD"),
        ("$640 Bohemian Dollars", "640 Bohemian"),
        ("$5 points", "5 points"),
        ("1,000 Token Reward", "1000 token"),
    ] {
        assert_eq!(read_all(text), [expected], "{text}");
    }
}

#[test]
fn the_grammar_refuses_what_is_no_amount() {
    for text in [
        "#123",
        "v1.2.3",
        "1.2.3",
        "issue 5",
        "50",
        "1k",
        "$TICKER",
        "\\$1",
        "${1}",
        "$20/hour",
        "$50 /hr",
        "$50 / hr",
        "$500 /month",
        "$20 per hour",
        "$1,000 a month",
        "$5/GB",
        "$10x",
        "10 MB",
        "64 GB",
        "3 PRs",
        "$1_000",
        "a5$b",
        "1,2,3 USD",
        "x-5 USD",
        "HK$50",
        "$99999999999999999999",
        "¥",
        "five dollars",
    ] {
        assert_eq!(read_all(text), Vec::<String>::new(), "{text}");
    }
    assert_eq!(read_all("replace $1 with $2"), ["$1?", "$2?"]);
    assert_eq!(scan("15 RTC", Tickers::Known), []);
}

#[test]
fn a_label_is_one_amount_or_none() {
    assert!(whole(" $1.2k ", Tickers::Known).is_some());
    assert!(whole("$5 reward", Tickers::Known).is_none());
    assert!(whole("$5 $6", Tickers::Known).is_none());
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in any::<String>()) {
        for found in scan(&text, Tickers::Any) {
            prop_assert!(found.start < found.end && text.get(found.start..found.end).is_some());
        }
    }

    #[test]
    fn near_money_never_panics(text in "[$€0-9,.kKM+ \\-–A-Za-z/#\u{200b}đ]{0,40}") {
        let _ = scan(&text, Tickers::Any);
        let _ = whole(&text, Tickers::Known);
    }

    #[test]
    fn what_is_shown_reads_back(cents in 1_000_i64..1_000_000_000) {
        let shown = crate::money::Usd(cents).to_string();
        let found = whole(&shown, Tickers::Known).map(|f| f.amount.usd_at_par());
        prop_assert_eq!(found, Some(Some(crate::money::Usd(cents))), "{}", shown);
    }

    #[test]
    fn k_is_a_thousand_and_m_a_million(n in 1_i64..10_000) {
        let read = |text: String| whole(&text, Tickers::Known).map(|f| f.amount.value);
        let (one, k, m) = (read(format!("${n}")), read(format!("${n}k")), read(format!("${n}M")));
        prop_assert!(one < k && k < m);
        prop_assert_eq!(k, one.and_then(|v| v.times(1_000)));
        prop_assert_eq!(m, k.and_then(|v| v.times(1_000)));
    }
}
