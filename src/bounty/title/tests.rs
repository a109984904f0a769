//! Titles, and what they say.

use super::*;
use crate::bounty::appraise::{Lists, appraise};
use crate::bounty::policy::{Decision, decide};
use crate::bounty::sample::{NOW, facts, policy, tally};
use crate::money::Usd;

fn shown(title: &str) -> String {
    let read = Title::read(title);
    read.offer.map_or_else(
        || "-".to_owned(),
        |f| format!("{} {:?}", f.amount, read.place),
    )
}

#[test]
fn patterns_compile() {
    force_all();
}

#[test]
fn offers_in_titles() {
    for (title, expected) in [
        ("[$500 bounty] Port the driver", "$500 Marked"),
        ("[200$ bounty] Unpack images", "$200 Marked"),
        ("[Bounty $1,500] Faster kernel", "$1,500 Marked"),
        ("[Bounty: $7500] Faster kernel", "$7,500 Marked"),
        ("Discord abilities ($2,500)", "$2,500 Marked"),
        ("Fix login (Dev Bounty: $500)", "$500 Marked"),
        ("[14999$] Calls", "$14,999 Marked"),
        ("[BOUNTY] Port dorms $75+", "$75 Bare"),
        ("[PAID BOUNTY - $960] Summaries", "$960 Marked"),
        ("[$250] Chat - wrong name", "$250 Marked"),
        ("Export to STEP [$15]", "$15 DeadSuffix"),
        ("[BOUNTY] Export to STEP [$15]", "$15 Marked"),
        ("[BOUNTY: 15 RTC] Shortcuts", "15 RTC Marked"),
        ("[25 MRG] Shortcuts", "25 MRG Marked"),
        ("MRWK bounty: 150 MRWK", "150 MRWK Marked"),
        ("[0.25 SOL bounty] Swap", "0.25 SOL Marked"),
        ("[BOUNTY 2 XMR] Dashboard", "2 XMR Marked"),
        ("Index blocks (250k sats)", "250000 sats Marked"),
        ("[$50 - $100 BOUNTY] Fix it", "$50 Marked"),
        ("Content system $2,500", "$2,500 Bare"),
        ("[Bounty: up to $450] Port the driver", "-"),
        ("[Bounty max. $450] Port the driver", "-"),
        ("[$450 max bounty] Port the driver", "-"),
        ("[$200 bounty, up to $450] Port the driver", "$200 Marked"),
        ("[$50 /hr bounty] Port the driver", "-"),
        ("[$500 /month] Keep the driver", "-"),
        ("[$500 / bounty] Keep the driver", "$500 Marked"),
        ("[PAID] [$250] Chat - wrong name", "$250 Marked"),
        ("$100 bounty: Win the vote", "$100 Marked"),
        ("Bounty $50: add dark mode", "$50 Marked"),
        ("💰 $500 bounty for dark mode", "$500 Marked"),
        ("Read STEP files — 150 € bounty", "150 EUR Marked"),
        (
            "[Bounty] Translate it — Reward: 120 LOOM",
            "120 LOOM Marked",
        ),
        ("Add dark mode - $250", "$250 Marked"),
        ("$250 for dark mode", "$250 Marked"),
        ("250$ for dark mode", "$250 Marked"),
        ("Fix the refund page ($200)", "$200 Marked"),
        ("Dark mode BOUNTY $75", "$75 Marked"),
        ("Dark mode | $75", "$75 Marked"),
        ("Bounty ($75): dark mode", "$75 Marked"),
        ("Bounty for dark mode: $75", "$75 Marked"),
        ("Offering $75 bounty for dark mode", "$75 Marked"),
        ("Will pay $75 to get dark mode", "$75 Marked"),
        ("Add dark mode for $75", "$75 Marked"),
        ("WEB-12: [$75] Dark mode", "$75 Marked"),
        ("Pro plan - $75", "$75 Bare"),
        ("Users pay $75 for a broken plan", "-"),
        ("[BOUNTY] Dark mode $75", "$75 Bare"),
        ("Loyalty: $5 reward is applied twice", "$5 Spoken"),
        ("Deposit: [$50] hold is shown as $0.50", "$50 Bare"),
        (
            "Security page: raise the highest bounty for leaks to $9,000",
            "-",
        ),
        ("Invoice ($1,200) not sent", "$1,200 Bare"),
        ("Charge failed (250 USDC)", "250 USDC Spoken"),
        ("Swap stuck (0.5 XMR)", "0.5 XMR Spoken"),
        ("Show $10 reward banner", "$10 Spoken"),
        ("Bonus $50 is not paid", "$50 Spoken"),
        ("Bounty of $500 shown twice in list", "$500 Spoken"),
        ("Raise bounty cap from $50 to $100", "-"),
        ("$5 for shipping is charged twice, order lost", "-"),
        ("[BOUNTY] Support 10 GIF frames", "-"),
        ("Parser fails on $5 in strings", "-"),
        ("Replace $1 in templates", "-"),
        ("Support 10 MB uploads", "-"),
    ] {
        assert_eq!(shown(title), expected, "{title}");
    }
    let alone = |title: &str| {
        let mut facts = facts();
        facts.title = title.to_owned();
        facts.comments.clear();
        facts.labels = None;
        appraise(&facts, &Lists::default(), None, NOW).is_bounty
    };
    for spoken in [
        "Loyalty: $5 reward is applied twice",
        "Deposit: [$50] hold is shown as $0.50",
        "Security page: raise the highest bounty for leaks to $9,000",
        "Charge failed (250 USDC)",
        "Bounty of $500 shown twice in list",
        "Raise bounty cap from $50 to $100",
    ] {
        assert!(!alone(spoken), "{spoken}");
    }
    assert!(alone("Add dark mode - $250"));
    let up_to = |title: &str| Title::read(title).up_to.map(|a| a.to_string());
    for title in ["[Bounty: up to $450] Port", "[$450 max bounty] Port"] {
        assert_eq!(up_to(title).as_deref(), Some("$450"), "{title}");
    }
    let range = Title::read("[$50 - $100 BOUNTY] Fix it")
        .offer
        .and_then(|f| f.upper);
    assert_eq!(range.map(|a| a.to_string()).as_deref(), Some("$100"));
}

#[test]
fn titles_that_say_it_is_over() {
    for title in [
        "[HOLD for payment 2024-05-03] [$500] Emoji",
        "[$500] [HOLD for payment 2024-05-03] Emoji",
        "[hold for app #12] [$2000] Emoji",
        "[WAITING ON CHECKLIST][$500] Emoji",
        "[PAID] [$250] Emoji",
    ] {
        assert_eq!(
            Title::read(title).over.map(|o| o.0),
            Some(Status::Paid),
            "{title}"
        );
    }
    let over = |title: &str| Title::read(title).over.map(|o| o.0);
    for (title, status) in [
        ("[$300] (PAID) Summaries", Status::Paid),
        ("PAID: [$500] Summaries", Status::Paid),
        ("Paid: $200 to @ada - Summaries", Status::Paid),
        ("Paid: Summaries", Status::Paid),
        ("[PAID $500] Port to Linux", Status::Paid),
        ("[Paid $500 to @ada] Port to Linux", Status::Paid),
        ("PAID $500 - Port to Linux", Status::Paid),
        ("[Bounty paid $300] Port to Linux", Status::Paid),
        ("Port to Linux [$300] PAID", Status::Paid),
        ("[PAID: $500] Port to Linux", Status::Paid),
        ("Paid: €200 - Port to Linux", Status::Paid),
        ("PAID: $300 bounty - port to Linux", Status::Paid),
        ("Bounty paid: $300 - Port to Linux", Status::Paid),
        ("[Paid: $300 to ada] Port to Linux", Status::Paid),
        ("Paid: $300, thanks ada", Status::Paid),
        ("Bounty paid: $300 on 2026-01-03", Status::Paid),
        ("[Bounty awarded] [$500] Summaries", Status::Paid),
        ("[$500 - PAID] Summaries", Status::Paid),
        ("[$500 bounty paid to @ada] Summaries", Status::Paid),
        ("Summaries (bounty: paid)", Status::Paid),
        ("[Bounty closed] [$200] Summaries", Status::Cancelled),
        ("[$500 bounty - CLAIMED] Summaries", Status::Claimed),
        ("[BOUNTY CLAIMED] Summaries", Status::Claimed),
        ("[$500 – taken by @ada] Summaries", Status::Claimed),
        ("[$500] Summaries (claimed)", Status::Claimed),
    ] {
        assert_eq!(over(title), Some(status), "{title}");
    }
    for title in [
        "[PAID BOUNTY - $960] Summaries",
        "[PAID BOUNTY] Port to Linux ($200)",
        "[$500 bounty, paid in USDC] Summaries",
        "[Bounty: paid on merge] Summaries",
        "[$500 bounty] Closed captions (beta)",
        "[$500 bounty] Show (paid) plans",
        "Paid 2-seat plans cannot be downgraded [$250]",
        "Paid 3rd-party plugins crash [$100 bounty]",
        "[$300] Invoice shows total (2 items) paid",
        "[Bounty $200] Invoice (v2) paid",
        "[$300] Player loses 100 game coins on restart",
        "[Bounty - claimed coins page] Summaries",
        "[$500 bounty] Prepaid: cards",
    ] {
        assert_eq!(over(title), None, "{title}");
    }
}

#[test]
fn titles_about_something_else() {
    assert!(Title::read("[CLAIM] Review bounty #73").never.is_some());
    assert!(Title::read("[CLAIM] 10 RTC bounty for #73").never.is_some());
    assert!(
        Title::read("[BUG BOUNTY] [High] Overflow")
            .unlikely
            .is_some()
    );
    assert!(Title::read("Claim button does nothing").never.is_none());
    assert!(Title::read("Daily report is sent twice").never.is_none());
    assert!(
        Title::read("500 Guild Points reward: refactor")
            .never
            .is_some()
    );
    assert!(
        Title::read("Digest: 31 open bounties ($12,400)")
            .never
            .is_some()
    );
    assert!(Title::read("[BOUNTY] [0.1 SOL] [URGENT] [BOTS WELCOME] Port it").stuffed);
    assert!(Title::read("[PAID] [URGENT] [AI FRIENDLY] Port it").stuffed);
    assert!(!Title::read("[BOUNTY] [0.1 SOL] [URGENT] Port it").stuffed);
    assert!(!Title::read("[Bounty] [Rust] [$90] Port it").stuffed);
    for favour in [
        "Bounty: two slices of apple cake",
        "Reward: my eternal gratitude",
        "Bounty: a jar of honey",
    ] {
        assert!(Title::read(favour).never.is_some(), "{favour}");
    }
    assert!(
        Title::read("Bounty: slices of a page load late")
            .never
            .is_none()
    );
    assert!(Title::read("Grant proposal: docs ($5,000)").proposal);
    assert!(!Title::read("[Feature] Dark mode [$100 bounty]").proposal);
    assert!(Title::read("Feature: split a bounty").proposal);
    assert!(!Title::read("[$200 bounty] Rust port").copied_form);
    assert!(Title::read("[$200 BOUNTY] [Rust] Port").copied_form);
    assert!(Title::read("test - pls ignore").never.is_some());
    assert!(Title::read("Bounty Alert: 12 new").never.is_some());
    assert!(
        Title::read("Proposal: end the bounty program")
            .about
            .is_some()
    );
    assert!(
        Title::read("Test coverage for the whole parser module")
            .never
            .is_none()
    );
    assert!(
        Title::read("[Bounty $100] Rework the system tray")
            .about
            .is_none()
    );
}

#[test]
fn the_most_that_may_be_paid_is_no_amount() {
    let mut facts = facts();
    facts.title = "[Bounty: up to $450] Keep the scroll position".into();
    facts.comments.clear();
    facts.labels = Some(Vec::new());
    let appraisal = appraise(&facts, &Lists::default(), None, NOW);
    assert!(appraisal.is_bounty);
    assert_eq!(appraisal.amount.usd, None);
    assert_eq!(appraisal.amount.upper, Some(Amount::usd(Usd::dollars(450))));
    let decision = decide(&appraisal, &facts, &policy(), &tally(), NOW);
    let Decision::Report { why, .. } = decision else {
        panic!("{decision:?}");
    };
    assert_eq!(why[0].code(), "amount_unknown");
}
