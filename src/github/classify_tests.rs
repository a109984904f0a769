//! Each kind of no by GitHub is told from the others.

use http::HeaderValue;

use super::*;

const NOW: UnixMillis = UnixMillis(1_700_000_000_000);

fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Answer {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, HeaderValue::from_str(value).expect("header"));
    }
    Answer {
        status: StatusCode::from_u16(status).expect("status"),
        headers: map,
        body: body.to_owned().into(),
    }
}

fn says(message: &str) -> String {
    serde_json::json!({ "message": message, "documentation_url": "https://docs.github.com" })
        .to_string()
}

fn read(answer: &Answer) -> Trouble {
    read_answer(answer, "the issue", Resource::Core, &Budget::new(0), NOW)
}

fn write(answer: &Answer) -> WriteTrouble {
    write_answer(answer, Resource::Core, &Budget::new(0), NOW)
}

#[test]
fn limits_are_told_apart_by_headers_and_text() {
    let primary = answer(
        403,
        &[
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1700000300"),
        ],
        &says("API rate limit exceeded for user ID 7."),
    );
    assert!(matches!(read(&primary), Trouble::WaitUntil { at, .. } if at.0 - NOW.0 == 300_000));
    let secondary = answer(
        403,
        &[("x-ratelimit-remaining", "4321"), ("retry-after", "30")],
        &says("You have exceeded a secondary rate limit."),
    );
    assert!(matches!(read(&secondary), Trouble::WaitUntil { at, .. } if at.0 - NOW.0 == 30_000));
    let bare = answer(429, &[], "");
    assert!(matches!(read(&bare), Trouble::WaitUntil { at, .. } if at.0 - NOW.0 == 60_000));
    let old = answer(
        403,
        &[],
        &says("You have triggered an abuse detection mechanism."),
    );
    assert!(matches!(write(&old), WriteTrouble::WaitUntil { at, .. } if at.0 > NOW.0));
    let quick = answer(
        422,
        &[],
        r#"{"message":"Validation Failed","errors":[{"message":"was submitted too quickly"}]}"#,
    );
    assert!(matches!(write(&quick), WriteTrouble::WaitUntil { .. }));
}

#[test]
fn reads_say_what_kind_of_no_it_is() {
    assert!(matches!(
        read(&answer(
            403,
            &[],
            &says("Resource not accessible by integration")
        )),
        Trouble::AppCannotAct { .. }
    ));
    assert!(matches!(
        read(&answer(
            403,
            &[],
            &says("Resource protected by organization SAML enforcement.")
        )),
        Trouble::Forbidden { .. }
    ));
    assert!(matches!(
        read(&answer(410, &[], &says("This issue was deleted"))),
        Trouble::Gone { .. }
    ));
    assert!(matches!(
        read(&answer(502, &[], "<html>Unicorn!</html>")),
        Trouble::Retry { .. }
    ));
    assert!(matches!(
        read(&answer(418, &[], "")),
        Trouble::Malformed { .. }
    ));
}

#[test]
fn writes_are_refused_or_unknown_never_guessed() {
    let refused = |status, text: &str| match write(&answer(status, &[], &says(text))) {
        WriteTrouble::Refused { kind, .. } => kind,
        other => panic!("{other}"),
    };
    assert_eq!(
        refused(403, "Unable to create comment because issue is locked."),
        Refusal::Locked
    );
    assert_eq!(refused(403, "User is blocked"), Refusal::Blocked);
    assert_eq!(
        refused(403, "You can't comment at this time."),
        Refusal::Blocked
    );
    assert_eq!(
        refused(
            403,
            "Interactions on this repository have been restricted to collaborators"
        ),
        Refusal::InteractionLimit
    );
    assert_eq!(
        refused(403, "Resource not accessible by integration"),
        Refusal::AppCannotAct
    );
    assert_eq!(refused(404, "Not Found"), Refusal::Gone);
    assert!(matches!(
        refused(422, "Validation Failed"),
        Refusal::Invalid(_)
    ));
    let moved = write(&answer(
        307,
        &[(
            "location",
            "https://api.github.com/repositories/5/issues/1/comments",
        )],
        &says("Temporary Redirect"),
    ));
    assert!(matches!(
        moved,
        WriteTrouble::Refused { kind: Refusal::Moved { location: Some(to) }, .. }
            if to.ends_with("/repositories/5/issues/1/comments")
    ));
    for status in [500, 502, 503, 504, 408] {
        assert!(matches!(
            write(&answer(status, &[], "")),
            WriteTrouble::Unknown(_)
        ));
    }
}

#[test]
fn a_write_the_line_lost_is_unknown_and_one_never_sent_is_not() {
    assert!(matches!(
        write_line(LineError::Unknown("reset".into())),
        WriteTrouble::Unknown(_)
    ));
    assert!(matches!(
        write_line(LineError::NotSent("refused".into())),
        WriteTrouble::NotSent(Trouble::Retry { .. })
    ));
}

#[test]
fn githubs_clock_is_read_from_its_answer() {
    let date = |text: &'static str| date(&answer(200, &[("date", text)], "").headers);
    assert_eq!(
        date("Sun, 06 Nov 1994 08:49:37 GMT"),
        Some(UnixMillis(784_111_777_000))
    );
    assert_eq!(date("soon"), None);
}
