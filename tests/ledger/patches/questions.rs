//! What is asked, found, given up and forgotten.

use super::*;

#[tokio::test]
async fn a_job_that_moves_on_takes_its_question_with_it() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let (job_id, id) = asked(&shelf).await;
        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        let asking = tx.job(&job_id).await.expect("read").expect("there");
        tx.move_job(
            &asking,
            JobState::Dropped,
            Some("the issue was closed"),
            None,
        )
        .await
        .expect("moved");
        tx.commit().await.expect("committed");
        let gone = question(&shelf, &id).await;
        assert_eq!(gone.state, ApprovalState::Superseded);
        assert_eq!(gone.why.as_deref(), Some("the issue was closed"));
        let due = shelf.ledger.questions_to_edit::<About>(START).await;
        assert_eq!(due.expect("read").len(), 1, "its message says so");
        let late = answer(&shelf.ledger, &id, &yes()).await;
        assert_eq!(late, Decided::Already(ApprovalState::Superseded));
        assert_eq!(job(&shelf, &job_id).await.state, JobState::Dropped);
    }
}

#[tokio::test]
async fn only_the_patch_that_was_made_is_asked_about_and_once() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let made = made(&shelf, None).await;
        let before = kinds(&shelf).await;
        // The card is about another, the row was read before another was made, the job is elsewhere.
        let mut stale = made.clone();
        (stale.patch, stale.tree) = (Some("p2".to_owned()), Some("t2".to_owned()));
        let mut elsewhere = made.clone();
        elsewhere.state = JobState::Making;
        let mut none = made.clone();
        none.patch = None;
        for (job, shown) in [
            (&made, SECOND),
            (&stale, SECOND),
            (&elsewhere, FIRST),
            (&none, FIRST),
        ] {
            assert!(ask(&shelf, job, &shown).await.is_err(), "{job:?}");
        }
        assert_eq!(kinds(&shelf).await, before);
        assert_eq!(shelf.ledger.questions_waiting().await.expect("read"), 0);
        ask(&shelf, &made, &FIRST).await.expect("asked");
        assert!(ask(&shelf, &made, &FIRST).await.is_err(), "once");
        assert_eq!(shelf.ledger.questions_waiting().await.expect("read"), 1);
    }
}

#[tokio::test]
async fn an_id_is_found_among_all_questions_only_when_it_says_which() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let (_, claim) = shelf.asked(1).await;
        let (_, patch) = asked(&shelf).await;
        let find = async |prefix: &str| {
            let found = shelf.ledger.asked_by_prefix(prefix).await.expect("read");
            found.map(|asked| match asked {
                Asked::Claim(approval) => ("claim", approval.id),
                Asked::Other(question) => ("patch", question.id),
            })
        };
        assert_eq!(find(&claim[..8]).await, Some(("claim", claim.clone())));
        assert_eq!(find(&patch[..8]).await, Some(("patch", patch.clone())));
        assert_eq!(
            find(&patch.to_uppercase()).await,
            Some(("patch", patch.clone()))
        );
        for nonsense in [&patch[..5], "", "%", "______", &format!("{patch}0")] {
            assert_eq!(find(nonsense).await, None, "{nonsense}");
        }
        assert_eq!(shelf.ledger.questions_waiting().await.expect("read"), 2);
        // A question of each kind that begin alike.
        shelf
            .spoil(
                "UPDATE approval SET id = 'abcdef01' || substr(id, 9) WHERE id = $1",
                &claim,
            )
            .await;
        shelf
            .spoil(
                "UPDATE question SET id = 'abcdef02' || substr(id, 9) WHERE id = $1",
                &patch,
            )
            .await;
        assert_eq!(find("abcdef").await, None);
        assert_eq!(find("abcdef02").await.map(|found| found.0), Some("patch"));
    }
}

#[tokio::test]
async fn who_was_never_asked_has_said_neither_yes_nor_no() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let made = made(&shelf, None).await;
        let id = ask(&shelf, &made, &FIRST).await.expect("asked");
        let late = START.plus(DAY);
        let due = shelf.ledger.questions_to_expire::<About>(late, DAY).await;
        let due = due.expect("read");
        assert_eq!(due.len(), 1);
        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        let ended = tx.never_asked(&due[0]).await.expect("ended");
        assert_eq!(ended, Some(ApprovalState::Superseded));
        tx.commit().await.expect("committed");
        let job = job(&shelf, &made.id).await;
        assert_eq!(job.state, JobState::Dropped);
        let reason = job.reason.unwrap_or_default();
        assert_eq!(reason, "the question about it could not be delivered");
        assert_eq!(
            answer(&shelf.ledger, &id, &yes()).await,
            Decided::Already(ApprovalState::Superseded)
        );
    }
}

#[tokio::test]
async fn one_question_that_cannot_be_read_holds_up_no_other() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let (_, spoilt) = asked(&shelf).await;
        let (_, sound) = asked(&shelf).await;
        answer(&shelf.ledger, &sound, &no()).await;
        shelf
            .spoil(
                "UPDATE question SET state = 'odd', edit_due = 1 WHERE id = $1",
                &spoilt,
            )
            .await;
        let due = shelf.ledger.questions_to_edit::<About>(START).await;
        let due: Vec<String> = due.expect("read").into_iter().map(|q| q.id).collect();
        assert_eq!(due, [sound.as_str()]);
        assert_eq!(
            answer(&shelf.ledger, &spoilt, &yes()).await,
            Decided::Unknown
        );
    }
}

#[tokio::test]
async fn a_clock_that_was_ahead_gives_nobody_a_longer_time() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        shelf.hand.set_wall(START.plus(DAY));
        let (_, id) = asked(&shelf).await;
        shelf.hand.set_wall(START);
        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        tx.clock_set_back(HOUR).await.expect("stored");
        tx.commit().await.expect("committed");
        let question = question(&shelf, &id).await;
        assert_eq!(question.created_at, START);
        assert_eq!(question.expires_at, Some(START.plus(HOUR)));
    }
}

#[tokio::test]
async fn what_was_answered_is_forgotten_with_its_job_over_and_what_is_open_never() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let (_, denied) = asked(&shelf).await;
        let (_, yes_given) = asked(&shelf).await;
        let (_, open) = asked(&shelf).await;
        answer(&shelf.ledger, &denied, &no()).await;
        answer(&shelf.ledger, &yes_given, &yes()).await;
        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        tx.edited::<About>(&denied).await.expect("noted");
        tx.edited::<About>(&yes_given).await.expect("noted");
        tx.commit().await.expect("committed");
        shelf.hand.advance(DAY);
        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        let gone = tx.trim_settled(START.plus(HOUR)).await.expect("trimmed");
        tx.commit().await.expect("committed");
        assert_eq!(gone.approvals, 1);
        for (id, there) in [(&denied, false), (&yes_given, true), (&open, true)] {
            let found = shelf.ledger.question::<About>(id).await.expect("read");
            assert_eq!(found.is_some(), there, "{id}");
        }
    }
}
