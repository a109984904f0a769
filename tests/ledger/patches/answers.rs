//! A yes is to exactly one patch, and counts once, whole, and in time.

use super::*;

#[tokio::test]
async fn the_first_answer_to_a_patch_counts_and_no_other() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let (job_id, id) = asked(&shelf).await;
        let asking = job(&shelf, &job_id).await;
        assert_eq!((asking.state, asking.wake_at), (JobState::Asking, None));
        assert_eq!(
            answer(&shelf.ledger, &id, &yes()).await,
            Decided::AppliedToPatch
        );
        for again in [yes(), no()] {
            assert_eq!(
                answer(&shelf.ledger, &id, &again).await,
                Decided::Already(ApprovalState::Approved)
            );
        }
        let job = job(&shelf, &job_id).await;
        assert_eq!(
            (job.state, job.wake_at),
            (JobState::Submitting, Some(START))
        );
        assert_eq!(job.approved_by.as_deref(), Some("telegram:42"));
        assert_eq!(job.patch.as_deref(), Some("p1"));
        let question = question(&shelf, &id).await;
        assert_eq!(question.decided_by.as_deref(), Some("telegram:42"));
        assert_eq!(
            kinds(&shelf).await,
            [
                "job.begun",
                "job.moved",
                "patch.asked",
                "job.moved",
                "patch.decided",
                "job.moved"
            ]
        );
    }
}

#[tokio::test]
async fn a_no_drops_the_patch_and_keeps_its_reason() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let (job_id, id) = asked(&shelf).await;
        assert_eq!(
            answer(&shelf.ledger, &id, &no()).await,
            Decided::AppliedToPatch
        );
        assert_eq!(
            answer(&shelf.ledger, &id, &yes()).await,
            Decided::Already(ApprovalState::Denied)
        );
        let job = job(&shelf, &job_id).await;
        assert_eq!((job.state, job.approved_by), (JobState::Dropped, None));
        assert_eq!(job.reason.as_deref(), Some("denied: too clever"));
        assert_eq!(
            question(&shelf, &id).await.why.as_deref(),
            Some("too clever")
        );
    }
}

#[tokio::test]
async fn a_yes_at_the_deadline_is_too_late() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let (job_id, id) = asked(&shelf).await;
        shelf.hand.advance(HOUR);
        shelf.chat_was_read().await;
        for _ in 0..2 {
            assert_eq!(
                answer(&shelf.ledger, &id, &yes()).await,
                Decided::Already(ApprovalState::Expired)
            );
        }
        let job = job(&shelf, &job_id).await;
        assert_eq!((job.state, job.approved_by), (JobState::Dropped, None));
        assert_eq!(job.reason.as_deref(), Some("nobody answered"));
    }
}

#[tokio::test]
async fn a_tap_that_nobody_was_there_to_hear_counts_for_a_while() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let (_, id) = asked(&shelf).await;
        shelf.chat_was_read().await;
        shelf.hand.advance(HOUR + Duration::from_secs(300));
        assert_eq!(
            answer(&shelf.ledger, &id, &yes()).await,
            Decided::AppliedToPatch
        );

        // Too long ago to be believed.
        let shelf = Shelf::new(engine).await;
        let (_, id) = asked(&shelf).await;
        shelf.hand.advance(HOUR + Duration::from_secs(601));
        let late = answer(&shelf.ledger, &id, &yes()).await;
        assert_eq!(late, Decided::Already(ApprovalState::Expired));

        // A terminal knows when it is used.
        let shelf = Shelf::new(engine).await;
        let (_, id) = asked(&shelf).await;
        shelf.hand.advance(HOUR);
        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        let late = tx
            .decide(&id, &yes(), &Actor::Operator(0), "terminal")
            .await;
        let late = late.expect("decided");
        assert_eq!(late, Decided::Already(ApprovalState::Expired));
    }
}

#[tokio::test]
async fn a_yes_is_to_the_patch_that_was_shown_and_to_no_other() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let (job_id, old) = asked(&shelf).await;
        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        let asking = tx.job(&job_id).await.expect("read").expect("there");
        tx.job_made(&asking, &SECOND).await.expect("stored");
        tx.commit().await.expect("committed");
        for late in [yes(), no()] {
            assert_eq!(
                answer(&shelf.ledger, &old, &late).await,
                Decided::Already(ApprovalState::Superseded)
            );
        }
        let again = job(&shelf, &job_id).await;
        assert_eq!((again.state, again.wake_at), (JobState::Made, Some(START)));
        assert_eq!(again.approved_by, None);
        // The new one is asked about, and the old answer is not an answer to it.
        let new = ask(&shelf, &again, &SECOND).await.expect("asked");
        assert_eq!(
            answer(&shelf.ledger, &old, &yes()).await,
            Decided::Already(ApprovalState::Superseded)
        );
        assert_eq!(job(&shelf, &job_id).await.state, JobState::Asking);
        assert_eq!(
            answer(&shelf.ledger, &new, &yes()).await,
            Decided::AppliedToPatch
        );
        let job = job(&shelf, &job_id).await;
        assert_eq!(
            (job.state, job.patch.as_deref()),
            (JobState::Submitting, Some("p2"))
        );
        let all = shelf
            .ledger
            .questions_about_job(&job_id)
            .await
            .expect("read");
        assert_eq!(all.len(), 2);
    }
}

#[tokio::test]
async fn verdict_job_journal_and_offset_are_one() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let (job_id, id) = asked(&shelf).await;
        let before = shelf.ledger.journal_head().await.expect("read");
        // As if the power went before the commit.
        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        let command = Command::Approve { id: id.clone() };
        let done = control::apply(&mut tx, &command, &OWNER, "telegram", DAY).await;
        assert_eq!(done.expect("applied"), Outcome::PatchApproved);
        tx.put_setting(&Setting::TelegramOffset, &7_i64)
            .await
            .expect("stored");
        drop(tx);
        let offset: Option<i64> = shelf
            .ledger
            .setting(&Setting::TelegramOffset)
            .await
            .expect("read");
        assert_eq!(offset, None);
        let job = job(&shelf, &job_id).await;
        assert_eq!((job.state, job.approved_by), (JobState::Asking, None));
        assert_eq!(shelf.ledger.journal_head().await.expect("read"), before);
        assert_eq!(question(&shelf, &id).await.state, ApprovalState::Pending);
    }
}

#[tokio::test]
async fn a_question_outlives_a_restart() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let (job_id, id) = asked(&shelf).await;
        shelf.ledger.close().await;
        let clock = Arc::new(shelf.clock.clone());
        let again = Ledger::open(&shelf.path, clock, Arc::new(OsEntropy)).await;
        let again = again.expect("a ledger");
        let waiting = again.pending_questions::<About>().await.expect("read");
        assert_eq!((waiting.len(), waiting[0].message_id), (1, Some(9)));
        assert_eq!(
            again.next_question_at::<About>(DAY).await.expect("read"),
            Some(START.plus(HOUR))
        );
        assert_eq!(answer(&again, &id, &yes()).await, Decided::AppliedToPatch);
        let job = again.job(&job_id).await.expect("read").expect("there");
        assert_eq!(job.state, JobState::Submitting);
    }
}

#[tokio::test]
async fn a_question_that_was_answered_since_it_was_read_does_not_expire() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let (job_id, id) = asked(&shelf).await;
        let read = question(&shelf, &id).await;
        answer(&shelf.ledger, &id, &yes()).await;
        let mut tx = shelf.ledger.begin().await.expect("a transaction");
        assert_eq!(tx.expire(&read).await.expect("looked at"), None);
        assert_eq!(tx.never_asked(&read).await.expect("looked at"), None);
        tx.commit().await.expect("committed");
        assert_eq!(job(&shelf, &job_id).await.state, JobState::Submitting);
        let ended = ["patch.expired".to_owned(), "patch.superseded".to_owned()];
        assert!(kinds(&shelf).await.iter().all(|kind| !ended.contains(kind)));
    }
}
