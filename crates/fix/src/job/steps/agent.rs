//! The agent's desk in a job: its box over a fresh export, and what is read of what it leaves.

use std::path::PathBuf;
use std::sync::Arc;

use gate::tree::Tree;
use jail::Mask;
use tokio::sync::watch;

use super::fetch::Base;
use crate::agent::{Desk, Session, Step, Turn, Witness};
use crate::job::bait::{Bait, VARIABLE};
use crate::job::error::Halt;
use crate::job::progress::{Onlooker, Progress, words};
use crate::job::work::{Work, off_thread};
use crate::objects::{HashError, TreeId, tree_id};
use crate::prompt::Ask;
use crate::suite::Pinned;
use crate::walk::{Asked, PrivateDir, export, walk};

/// The agent at work. What is dropped first ends what works in what is dropped later.
pub(super) struct Worker {
    session: Box<dyn Session>,
    /// Ends its turn, whatever it does.
    stop: watch::Sender<bool>,
    masks: Vec<Mask>,
    tree: PathBuf,
    place: PrivateDir,
}

/// What the agent left.
#[derive(Clone)]
pub(super) struct Candidate {
    pub(super) tree: Arc<Tree>,
    /// Its id, if git can store it.
    pub(super) id: Result<TreeId, HashError>,
}

struct Eye(Arc<dyn Onlooker>);

impl Witness for Eye {
    fn saw(&self, step: Step) {
        self.0.saw(Progress::Agent { did: words(step) });
    }
}

impl Worker {
    pub(super) async fn seat(
        work: &Work<'_>,
        base: &Base,
        command: &Pinned,
        bait: &Bait,
    ) -> Result<Self, Halt> {
        let (agent, parts) = (&work.parts.agent, work.parts);
        let place = work.room.place()?;
        let (tree, papers) = (place.path().join("tree"), place.path().join("papers"));
        let (exported, into, make) = (Arc::clone(&base.tree), tree.clone(), papers.clone());
        let made = off_thread(move || {
            export(&exported, &into)?;
            Ok::<_, crate::walk::ExportError>(std::fs::create_dir(make))
        });
        made.await??
            .map_err(|source| crate::agent::AgentError::Papers {
                path: papers.clone(),
                source,
            })?;
        let mut spec = agent.confinement.spec(Vec::new(), tree.clone());
        spec.egress.clone_from(&agent.egress);
        spec.env.insert(VARIABLE.into(), (&bait.value).into());
        // What is covered is what the base tree has: what the agent makes under such names is read.
        let masks = agent
            .masks
            .found(&tree, &spec.start_in)
            .map_err(|error| Halt::of_agent(error.into()))?;
        let mut settings = agent.settings.clone();
        settings.test_command = Some(command.line());
        let (stop, stopped) = watch::channel(false);
        let session = agent.driver.session(Desk {
            confine: Arc::clone(&parts.confine),
            clock: Arc::clone(&parts.clock),
            stopped,
            witness: Arc::new(Eye(Arc::clone(&work.onlooker))),
            spec,
            papers,
            settings,
        });
        Ok(Self {
            session,
            stop,
            masks,
            tree,
            place,
        })
    }

    /// One turn, which ends at the latest with the job's time.
    pub(super) async fn turn(&mut self, work: &Work<'_>, ask: &Ask) -> Result<Turn, Halt> {
        let turn = self.session.turn(ask);
        tokio::pin!(turn);
        let turn = tokio::select! {
            turn = &mut turn => turn,
            _ = work.patience.over() => {
                self.stop.send_replace(true);
                turn.await
            }
        };
        turn.map_err(Halt::of_agent)
    }

    /// Reads what is in its tree now. `mut`, for a session need not be one that threads can share.
    pub(super) async fn read(&mut self, work: &Work<'_>, base: &Base) -> Result<Candidate, Halt> {
        read(work, base, self.tree.clone(), self.masks.clone()).await
    }

    /// Ends it, and reads what is in its tree for good.
    pub(super) async fn leave(self, work: &Work<'_>, base: &Base) -> Result<Candidate, Halt> {
        self.session.leave().await.map_err(Halt::of_agent)?;
        let candidate = read(work, base, self.tree, self.masks).await?;
        remove(self.place).await?;
        Ok(candidate)
    }

    /// Ends it, whatever is in its tree.
    pub(super) async fn dismiss(self) -> Result<(), Halt> {
        self.session.leave().await.map_err(Halt::of_agent)?;
        remove(self.place).await
    }
}

async fn remove(place: PrivateDir) -> Result<(), Halt> {
    Ok(off_thread(move || place.remove()).await??)
}

async fn read(
    work: &Work<'_>,
    base: &Base,
    dir: PathBuf,
    masks: Vec<Mask>,
) -> Result<Candidate, Halt> {
    let (base, caps) = (Arc::clone(&base.tree), work.parts.limits.caps);
    let read = off_thread(move || {
        let asked = Asked {
            base: &base,
            masks: &masks,
            caps: &caps,
        };
        walk(&dir, &asked).map(|tree| {
            let id = tree_id(&tree);
            (tree, id)
        })
    });
    let (tree, id) = read.await?.map_err(Halt::of_walk)?;
    Ok(Candidate {
        tree: Arc::new(tree),
        id,
    })
}
