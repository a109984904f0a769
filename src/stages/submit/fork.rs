//! Where the branch is: the repository itself if it is the owner's, else his fork of it.

use super::write::{found, make};
use super::{End, Flow, Halt, Home, Scene};
use crate::github::work::{ForkOf, ForkTrouble, UpstreamTarget};
use crate::ledger::jobs::JobEffectKind;

pub(super) async fn home(scene: &Scene<'_>) -> Flow<Home> {
    let upstream = scene.upstream;
    if upstream.place.owner().eq_ignore_ascii_case(&scene.me.login) {
        // Nobody forks his own repository.
        if !upstream.may_push {
            return Err(Halt::not(
                "this connection may not push to the owner's own repository",
            ));
        }
        return Ok(Home {
            place: upstream.place.clone(),
        });
    }
    let later = Halt::End(End::Again("the fork was not made in time".to_owned()));
    match scene.app.github.fork_of(&upstream.place, scene.me).await? {
        ForkOf::Standing(fork) => {
            found(scene, JobEffectKind::Fork).await?;
            Ok(Home { place: fork.place })
        }
        ForkOf::Making(_) => Err(unfinished()),
        ForkOf::Unusable { fork, why } => Err(Halt::not(format!(
            "the fork {} cannot be used: {}",
            fork.place.slug(),
            in_words(why)
        ))),
        // GitHub took the order and does not show the fork yet: it is not ordered again.
        ForkOf::Missing | ForkOf::NameTaken { .. }
            if scene
                .app
                .ledger
                .has_job_effect(&scene.job.id, JobEffectKind::Fork)
                .await? =>
        {
            Err(unfinished())
        }
        ForkOf::Missing | ForkOf::NameTaken { .. } if !upstream.allows_forking => {
            Err(Halt::not("the repository may not be forked"))
        }
        ForkOf::Missing | ForkOf::NameTaken { .. } => {
            let target = UpstreamTarget::new(&upstream.place);
            let send = scene.app.github.make_fork(&target);
            make(
                scene,
                JobEffectKind::Fork,
                &upstream.place.slug(),
                false,
                send,
            )
            .await?;
            // GitHub makes it in its own time.
            Err(later)
        }
    }
}

fn unfinished() -> Halt {
    Halt::End(End::Again("GitHub does not finish the fork".to_owned()))
}

fn in_words(why: ForkTrouble) -> &'static str {
    match why {
        ForkTrouble::Archived => "it is archived; unarchive or delete it at GitHub",
        ForkTrouble::Disabled => "GitHub has disabled it",
        ForkTrouble::Locked => "GitHub has locked it",
        ForkTrouble::NoPush => "this connection may not push there; it takes the scope public_repo",
    }
}
