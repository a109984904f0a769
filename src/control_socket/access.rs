//! Who may ask for what. The asker is the user id that the kernel names for the other end of the
//! socket (`SO_PEERCRED`, unix(7)); nothing in a request can change it.

use super::protocol::Request;

/// A request that the asker may not make.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nobody the configuration knows.
    #[error(
        "user id {uid} may not talk to this bountyd: only root, the user it runs as ({daemon}), and those in `approvals.approvers` may"
    )]
    Stranger {
        /// Who asked.
        uid: u32,
        /// Whom the daemon runs as.
        daemon: u32,
    },
    /// A program may run as this user that is to be kept from answering.
    #[error(
        "user id {uid} may not do this here: a client under [mcp.clients] runs as it, and no AI answers for anybody or goes around its rules"
    )]
    Client {
        /// Who asked.
        uid: u32,
    },
    /// Known, but not as somebody who answers for the owner.
    #[error(
        "user id {uid} may not answer for the owner: only root and the user ids in `approvals.approvers` may; the user that bountyd runs as is not one of them by itself"
    )]
    NotAnApprover {
        /// Who asked.
        uid: u32,
    },
}

/// Whether `uid` may talk to a daemon that runs as `daemon` at all.
pub(super) fn known(uid: u32, daemon: u32, approvers: &[u32]) -> Result<(), Refused> {
    if uid == 0 || uid == daemon || approvers.contains(&uid) {
        return Ok(());
    }
    Err(Refused::Stranger { uid, daemon })
}

/// Whether `uid` may make this request of a daemon that runs as `daemon`. Answers to questions, and
/// more time for a claim, are the owner's word: the daemon's own user id does not carry it, because
/// whatever else runs under that id must not be able to say yes.
///
/// # Errors
/// It may not.
pub fn allow(
    request: &Request,
    uid: u32,
    daemon: u32,
    approvers: &[u32],
    clients: &[u32],
) -> Result<(), Refused> {
    known(uid, daemon, approvers)?;
    let owners_word = match request {
        Request::Approve { .. }
        | Request::Lease { .. }
        | Request::Deny { .. }
        | Request::Extend { .. }
        | Request::Lift {} => true,
        // A webhook that is removed is somebody's, perhaps.
        Request::Mend { .. } => true,
        // What is submitted is the owner's word, too.
        Request::Fix { wanted } => !wanted.dry_run,
        Request::Status {}
        | Request::Pending {}
        | Request::Leases {}
        // Less is done for it, never more.
        | Request::EndLease { .. }
        | Request::Question { .. }
        | Request::Pause {}
        | Request::Resume {}
        | Request::Stop {}
        | Request::Scan {}
        | Request::Identify {}
        | Request::ProveKey { .. }
        | Request::Doctor {}
        | Request::Explain { .. } => false,
    };
    // What a client may read and have done, its rules say, and the journal has it. Here it sees what waits, and
    // can halt; what is halted it does not let go on.
    let harmless = matches!(
        request,
        Request::Status {} | Request::Pending {} | Request::Pause {} | Request::Stop {}
    );
    if !harmless && clients.contains(&uid) {
        return Err(Refused::Client { uid });
    }
    if owners_word && uid != 0 && !approvers.contains(&uid) {
        return Err(Refused::NotAnApprover { uid });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAEMON: u32 = 990;
    const APPROVER: u32 = 1000;

    fn all() -> Vec<Request> {
        let id = || "0".repeat(32);
        let repo = || "a/b".to_owned();
        vec![
            Request::Status {},
            Request::Pending {},
            Request::Question { id: id() },
            Request::Pause {},
            Request::Resume {},
            Request::Stop {},
            Request::Scan {},
            Request::Identify {},
            Request::ProveKey { kid: id() },
            Request::Explain {
                repo: repo(),
                number: 1,
            },
            Request::Doctor {},
            Request::Leases {},
            Request::EndLease { id: id() },
            Request::Approve { id: id() },
            Request::Lease { id: id() },
            Request::Deny {
                id: id(),
                why: None,
            },
            Request::Extend {
                repo: repo(),
                number: 1,
                by_ms: 1,
            },
            Request::Lift {},
            Request::Mend {
                mend: crate::doctor::Mend::Webhook,
            },
        ]
    }

    fn allowed(uid: u32) -> usize {
        all()
            .iter()
            .filter(|request| allow(request, uid, DAEMON, &[APPROVER], &[]).is_ok())
            .count()
    }

    #[test]
    fn root_and_listed_approvers_may_do_all() {
        assert_eq!(allowed(0), all().len());
        assert_eq!(allowed(APPROVER), all().len());
    }

    #[test]
    fn the_daemons_own_user_may_not_say_yes() {
        assert_eq!(allowed(DAEMON), 13);
        for request in all().split_off(13) {
            assert_eq!(
                allow(&request, DAEMON, DAEMON, &[APPROVER], &[]),
                Err(Refused::NotAnApprover { uid: DAEMON })
            );
        }
        assert!(allow(&all()[13], DAEMON, DAEMON, &[DAEMON], &[]).is_ok());
    }

    #[test]
    fn the_user_of_a_client_sees_what_waits_and_can_halt_it_and_no_more_even_if_listed() {
        let mut allowed = Vec::new();
        for uid in [APPROVER, DAEMON] {
            for request in all() {
                let said = allow(&request, uid, DAEMON, &[APPROVER], &[APPROVER, DAEMON]);
                match said {
                    Ok(()) => allowed.push(request),
                    Err(refused) => assert_eq!(refused, Refused::Client { uid }, "{request:?}"),
                }
            }
        }
        let harmless = || {
            [
                Request::Status {},
                Request::Pending {},
                Request::Pause {},
                Request::Stop {},
            ]
        };
        assert_eq!(allowed, [harmless(), harmless()].concat());
    }

    #[test]
    fn a_stranger_may_do_nothing() {
        assert_eq!(allowed(1001), 0);
    }
}
