//! The account under all ways a request can end, and by properties.

use proptest::prelude::*;

use super::*;

const BUDGETS: Budgets = Budgets {
    requests: 10,
    input_tokens: 1000,
    output_tokens: 500,
    micro_usd: None,
    request_bytes: 1 << 20,
    response_bytes: 1 << 20,
    concurrent: 4,
    per_request_time: std::time::Duration::from_secs(60),
    tunnel_bytes: 100,
};

fn price() -> Price {
    Price {
        model: "*".to_owned(),
        input: 1_000_000,
        output: 10_000_000,
        cache_read: None,
        cache_write: None,
    }
}

fn ask(bytes: u64, longest: Option<u64>) -> Ask {
    Ask {
        bytes,
        costs: true,
        generates: true,
        longest,
        choices: 1,
        price: Some(price()),
    }
}

fn meter(change: impl FnOnce(&mut Budgets)) -> Arc<Meter> {
    let mut budgets = BUDGETS;
    change(&mut budgets);
    Arc::new(Meter::new(budgets))
}

fn counted(reservation: &mut Reservation, input: u64, output: u64) {
    reservation.reading = Reading {
        sent: Some(Tokens {
            input,
            ..Tokens::default()
        }),
        output,
        complete: true,
    };
}

#[test]
fn the_providers_count_replaces_what_was_set_aside() {
    let meter = meter(|_| {});
    let mut reservation = meter.reserve(ask(400, Some(300))).expect("room");
    assert_eq!(reservation.limit(), None);
    reservation.sent();
    counted(&mut reservation, 70, 20);
    reservation.received = 900;
    reservation.answered();
    drop(reservation);
    let usage = meter.usage();
    assert_eq!((usage.tokens.input, usage.tokens.output), (70, 20));
    assert_eq!((usage.requests, usage.estimated), (1, 0));
    assert_eq!((usage.request_bytes, usage.response_bytes), (400, 900));
    assert_eq!(usage.micro_usd, 70 + 200);
    meter
        .reserve(ask(400, Some(480)))
        .expect("the rest is free again");
}

#[test]
fn what_nobody_counted_is_estimated_from_bytes() {
    for (streamed, output) in [(false, 450), (true, 100)] {
        let meter = meter(|_| {});
        let mut reservation = meter.reserve(ask(400, Some(100))).expect("room");
        reservation.sent();
        reservation.received = 900;
        reservation.streamed = streamed;
        reservation.answered();
        drop(reservation);
        let usage = meter.usage();
        assert_eq!((usage.tokens.input, usage.tokens.output), (200, output));
        assert_eq!(usage.estimated, 1);
    }
}

#[test]
fn a_request_that_was_cut_pays_all_it_had_set_aside() {
    let meter = meter(|_| {});
    let mut reservation = meter.reserve(ask(400, Some(300))).expect("room");
    reservation.sent();
    // The start of a stream named the input; the end, with the output, never came.
    reservation.reading.sent = Some(Tokens {
        input: 90,
        ..Tokens::default()
    });
    drop(reservation);
    let usage = meter.usage();
    assert_eq!((usage.tokens.input, usage.tokens.output), (90, 300));
    assert_eq!(usage.estimated, 1);
}

#[test]
fn what_never_left_or_was_declined_costs_no_tokens_but_is_a_request() {
    let meter = meter(|_| {});
    let mut never = meter.reserve(ask(400, None)).expect("room");
    never.sent();
    never.never_left();
    drop(never);
    let mut declined = meter.reserve(ask(400, None)).expect("room");
    declined.sent();
    declined.declined();
    drop(declined);
    let usage = meter.usage();
    assert_eq!(usage.tokens, Tokens::default());
    assert_eq!((usage.requests, usage.request_bytes), (2, 400));
}

#[test]
fn an_answer_is_limited_to_what_is_left() {
    let meter = meter(|_| {});
    let all = meter.reserve(ask(2, None)).expect("room");
    assert_eq!(all.limit(), Some(500), "unlimited by itself");
    assert_eq!(
        meter.reserve(ask(2, Some(100))).err(),
        Some(Refusal::Held(Budget::OutputTokens)),
        "held, not used up"
    );
    assert_eq!(meter.usage().ended_by, None);
    drop(all);
    let two = Ask {
        choices: 2,
        ..ask(2, Some(400))
    };
    assert_eq!(meter.reserve(two).expect("room").limit(), Some(250));
    let roomy = self::meter(|b| b.output_tokens = 10 * LONGEST_ANSWER);
    assert_eq!(roomy.reserve(ask(2, None)).expect("room").limit(), None);
}

#[test]
fn each_budget_ends_the_job_and_is_named() {
    let spend = |meter: &Arc<Meter>, input, output| {
        let mut reservation = meter.reserve(ask(2, Some(20))).expect("room");
        reservation.sent();
        counted(&mut reservation, input, output);
        reservation.answered();
    };
    let requests = meter(|b| b.requests = 1);
    spend(&requests, 1, 1);
    let input = meter(|_| {});
    spend(&input, 1000, 1);
    let output = meter(|_| {});
    spend(&output, 1, 490);
    let money = meter(|b| b.micro_usd = Some(1000));
    spend(&money, 1, 90);
    for (meter, budget) in [
        (requests, Budget::Requests),
        (input, Budget::InputTokens),
        (output, Budget::OutputTokens),
        (money, Budget::Money),
    ] {
        let refusal = meter.reserve(ask(2, Some(20))).err();
        assert_eq!(refusal, Some(Refusal::Budget(budget)));
        assert_eq!(meter.usage().ended_by, Some(budget));
    }
    let one = meter(|b| b.requests = 1);
    one.tunnel().expect("room");
    assert_eq!(one.tunnel(), Err(Refusal::Budget(Budget::Requests)));
    let tunnels = meter(|_| {});
    tunnels.tunnel().expect("room");
    tunnels.carry(100).expect("room");
    assert_eq!(tunnels.carry(1), Err(Refusal::Budget(Budget::TunnelBytes)));
    assert_eq!(tunnels.usage().tunnel_bytes, 100);
    assert_eq!(tunnels.usage().ended_by, Some(Budget::TunnelBytes));
}

#[test]
fn limited_money_needs_a_price() {
    let meter = meter(|b| b.micro_usd = Some(1_000_000));
    let unpriced = Ask {
        price: None,
        ..ask(2, None)
    };
    assert_eq!(
        meter.reserve(unpriced.clone()).err(),
        Some(Refusal::NoPrice)
    );
    let free = Ask {
        costs: false,
        generates: false,
        ..unpriced
    };
    meter.reserve(free).expect("costs nothing");
}

proptest! {
    /// Whatever is asked and however it ends, as long as providers keep to the limit they were given.
    #[test]
    fn no_budget_is_ever_exceeded(
        asks in proptest::collection::vec((1..900_u64, proptest::option::of(0..600_u64), 1..4_u64, 0..5_u8, 0..100_u64), 1..40),
    ) {
        let meter = meter(|b| { b.requests = 25; b.micro_usd = Some(4000); });
        let mut held = Vec::new();
        for (bytes, longest, choices, end, share) in asks {
            let ask = Ask { choices, ..ask(bytes, longest) };
            if let Ok(mut reservation) = meter.reserve(ask) {
                let (input, output) = (reservation.input, reservation.output);
                reservation.received = share;
                match end {
                    0 => {}
                    1 => reservation.sent(),
                    2 => reservation.declined(),
                    3 => { counted(&mut reservation, input * share / 100, output * share / 100); reservation.answered(); }
                    _ => { reservation.streamed = true; reservation.answered(); }
                }
                held.push(reservation);
            }
            if held.len() > 3 {
                held.remove(0);
            }
        }
        held.clear();
        let usage = meter.usage();
        prop_assert!(usage.requests <= 25);
        prop_assert!(usage.tokens.sent() <= 1000);
        prop_assert!(usage.tokens.output <= 500);
        prop_assert!(usage.micro_usd <= 4000, "{}", usage.micro_usd);
        let state = meter.state();
        prop_assert_eq!((state.input, state.output, state.micro_usd), (0, 0, 0));
    }
}
