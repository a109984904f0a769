//! The demo: one night of bountyd, against simulators of Auth0, GitHub and Telegram on this
//! machine. The daemon is the real program in a process of its own; only time is shortened.
//!
//! `./demo` builds and starts it. It ends by itself, and with 0 only if the night went as it must.

#![expect(
    clippy::disallowed_methods,
    reason = "somebody watches this: it waits in real time"
)]

mod end;
mod hand;
mod pace;
mod page;
mod setup;
mod tell;
mod world;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bountyd::clock::UnixMillis;
use bountyd::ledger::Ledger;
use bountyd::ledger::approvals::{Approval, Claim};
use bountyd::ledger::settings::Setting;
use bountyd::messages::card::Card;
use clap::Parser;
use sim::auth0::{ClientAuth, Credential, TokenPlan};
use sim::{Cast, Sim, SimOptions};
use tokio::process::Child;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::Instant;

use hand::Hand;
use pace::{Pace, TICK};
use page::{Ink, Page};
use setup::{make_key, open_ledger, program, show_log, start, write_config};
use tell::Teller;
use world::{EVENING, EVENTS, Event, MORNING};

/// The night may not take longer, in real time; while a person thinks, none passes.
const PATIENCE: Duration = Duration::from_secs(115);

/// A question that reached nobody is over after this long.
const UNSEEN: Duration = Duration::from_secs(3 * 24 * 3600);

/// The phone page asks for news twice a second; a browser may slow one that is not looked at.
const PHONE_SEEN: Duration = Duration::from_secs(3);

/// How long a line of the story stands before the next thing happens.
const TO_READ: Duration = Duration::from_millis(250);

/// A night of bountyd on simulated services.
#[derive(Debug, Parser)]
#[command(name = "demo")]
struct Arguments {
    /// Answer by script instead of asking you
    #[arg(long)]
    auto: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // A terminal that is closed hangs up on this process only, not on the daemon.
    let (Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
        signal(SignalKind::hangup()),
    ) else {
        eprintln!("demo: cannot listen for signals");
        return ExitCode::FAILURE;
    };
    // The daemon ends with the future that holds it.
    let done = tokio::select! {
        done = night(&arguments) => done,
        _ = interrupt.recv() => Err(anyhow::anyhow!("stopped; the daemon and the simulators ended with it")),
        _ = terminate.recv() => Err(anyhow::anyhow!("stopped; the daemon and the simulators ended with it")),
        _ = hangup.recv() => Err(anyhow::anyhow!("stopped; the daemon and the simulators ended with it")),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("demo: the night did not go as it must, see ✗ above");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("\ndemo: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Everything that runs.
struct Night {
    page: Page,
    sim: Sim,
    cast: Cast,
    pace: Pace,
    hand: Hand,
    daemon: Child,
    ledger: Ledger,
}

async fn night(arguments: &Arguments) -> Result<bool> {
    let page = Page::new();
    let hand = Hand::new(arguments.auto);
    let directory = tempfile::Builder::new()
        .prefix("bountyd-demo-")
        .tempdir()
        .context("cannot make a directory for the demo")?;
    let at = directory.path();
    let bountyd = program()?;

    let socket = at.join("clock.sock");
    let (pace, feeder, clock) = Pace::start(EVENING, &socket).context("cannot serve the clock")?;
    let options = SimOptions::on(Arc::new(move || feeder.reading().wall.0));
    let sim = Sim::start(options).await.context("a simulator")?;
    let public = make_key(&bountyd, &at.join("key.pem")).await?;
    let key = Credential::from_pem(&public).map_err(anyhow::Error::msg)?;
    let auth = ClientAuth::PrivateKeyJwt(vec![key.clone()]);
    let cast = sim.cast(auth, vec![key], TokenPlan::oauth_app());
    world::build(&sim);
    let config = write_config(&sim, &cast, at)?;

    introduce(page, &sim, &hand);
    let daemon = start(&bountyd, &config, &socket, at)?;
    let ledger = open_ledger(&at.join("state/ledger.db"), clock, at).await?;
    let mut night = Night {
        page,
        sim,
        cast,
        pace,
        hand,
        daemon,
        ledger,
    };
    let told = night.pass().await;
    if told.is_err() {
        show_log(at);
    }
    told?;
    let Night { hand, .. } = &night;
    let scripted = !hand.is_person();
    night.stop().await?;
    let (ledger, sim, cast) = (&night.ledger, &night.sim, &night.cast);
    end::table(page, ledger).await?;
    end::comment(page, &sim.github.comments_by(&cast.login));
    let good = end::check(page, ledger, sim, cast, at, scripted).await?;
    night.ledger.close().await;
    drop(night.hand);
    farewell(page, directory, &bountyd, good);
    Ok(good)
}

fn introduce(page: Page, sim: &Sim, hand: &Hand) {
    page.heading("A night with bountyd");
    page.text(
        "Auth0, GitHub and Telegram are simulated on this machine, and so is the hour: the night \
         from Sunday 22:00 to Monday 08:30 takes about a minute. The daemon is the real one. It \
         claims by itself up to $500 and asks above; from 23:00 to 07:00 it lets you sleep.",
    );
    page.line("");
    page.line(&format!("  your phone   {}", sim.telegram.phone_url()));
    page.text(if hand.is_person() {
        "\nOpen that page to read the cards and to tap, or answer here with single keys. The clock \
         waits a minute for you at each card, and as long as that page is open."
    } else {
        "\nA script answers the cards: it approves some, denies one, and leaves one alone."
    });
    page.line("");
}

impl Night {
    /// From the evening to the morning.
    async fn pass(&mut self) -> Result<()> {
        let mut passed = Duration::ZERO;
        let mut before = Instant::now();
        let mut phone = Phone::default();
        let mut teller = Teller::new(self.page);
        let mut events = EVENTS.to_vec();
        let mut digest_told = false;
        loop {
            if let Some(status) = self.daemon.try_wait()? {
                bail!("the daemon ended by itself: {status}");
            }
            if passed > PATIENCE {
                bail!(
                    "it is still {} after two minutes",
                    page::clock_time(self.pace.now())
                );
            }
            let told = teller.look(&self.ledger).await?;
            let waiting = self.waiting().await?;
            teller.cards(&waiting);
            let now = self.pace.now();
            if let Some(at) = events.first().map(|(after, _)| time_of(*after))
                && at <= now
            {
                let (_, event): (Duration, Event) = events.remove(0);
                teller.world(at, event.happen(&self.sim, &self.cast.login));
                self.pace.pause(TO_READ);
            }
            if !digest_told {
                digest_told = self.tell_digest();
            }
            self.pace.pause(TO_READ * told);
            let (requests, polls) = self.requests();
            let open = phone.is_open(polls);
            let owner = &self.cast.owner;
            let walk = self.hand.look(self.page, owner, &waiting, now, open);
            if !walk {
                passed += before.elapsed();
            }
            before = Instant::now();
            if now.0 >= MORNING && self.pace.is_calm() && !walk {
                return Ok(());
            }
            let story = [
                events.first().map(|(after, _)| time_of(*after)),
                self.hand.due(&waiting, now),
                self.planned().await?,
                (now.0 < MORNING).then_some(UnixMillis(MORNING)),
            ];
            let due = story.into_iter().flatten().min();
            let activity = teller.seq() + requests;
            self.pace.tick(activity, due, walk || !teller.has_begun());
            tokio::time::sleep(TICK).await;
        }
    }

    /// The cards that wait for an answer, dearest first.
    async fn waiting(&self) -> Result<Vec<(Approval, Card)>> {
        let pending = self.ledger.pending_questions::<Claim>().await?;
        Ok(pending
            .into_iter()
            .filter(|approval| approval.message_id.is_some())
            .filter_map(|approval| {
                let card = serde_json::from_str(&approval.card).ok()?;
                Some((approval, card))
            })
            .collect())
    }

    /// When the daemon means to do something next.
    async fn planned(&self) -> Result<Option<UnixMillis>> {
        let ledger = &self.ledger;
        let times = [
            ledger.next_wake().await?,
            ledger.next_question_at::<Claim>(UNSEEN).await?,
            ledger.next_notice_at().await?,
            ledger.setting(&Setting::NextScan).await?,
            ledger.setting(&Setting::NextDigest).await?,
        ];
        Ok(times.into_iter().flatten().min())
    }

    /// Requests to the three services, and how often the phone page asked for news. Neither that
    /// nor an open poll for messages is work.
    fn requests(&self) -> (u64, u64) {
        let auth0 = self.sim.auth0.rim().requests().len();
        let github = self.sim.github.requests().len();
        let telegram = self.sim.telegram.rim().requests();
        let (phone, bot): (Vec<_>, Vec<_>) = telegram
            .iter()
            .filter(|request| !request.path.to_lowercase().ends_with("/getupdates"))
            .partition(|request| request.path.starts_with("/phone"));
        ((auth0 + github + bot.len()) as u64, phone.len() as u64)
    }

    fn tell_digest(&self) -> bool {
        let messages = self.cast.owner.messages();
        let Some(digest) = messages.iter().find(|m| m.text.contains("Digest")) else {
            return false;
        };
        let lines: Vec<String> = digest
            .text
            .lines()
            .skip(1)
            .filter(|line| !line.is_empty())
            .map(|line| match line.get(..16) {
                // The journal's head, in full on the phone only.
                Some(start) if line.len() == 64 && !line.contains(' ') => format!("{start}…"),
                _ => line.to_owned(),
            })
            .collect();
        let text = "on your phone: what happened in the last 24 hours";
        let at = UnixMillis(digest.at);
        self.page.event(at, Ink::Ask, "digest", text, &lines);
        true
    }

    /// Ends the daemon as systemd would.
    async fn stop(&mut self) -> Result<()> {
        let Some(id) = self.daemon.id().and_then(|id| i32::try_from(id).ok()) else {
            bail!("the daemon ended by itself");
        };
        if let Some(pid) = rustix::process::Pid::from_raw(id) {
            rustix::process::kill_process(pid, rustix::process::Signal::TERM)
                .context("cannot stop the daemon")?;
        }
        let ended = tokio::time::timeout(Duration::from_secs(10), self.daemon.wait()).await;
        match ended {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => bail!("the daemon ended with {status}"),
            Ok(Err(error)) => Err(error).context("cannot wait for the daemon"),
            Err(_) => bail!("the daemon did not end within 10 seconds of SIGTERM"),
        }
    }
}

/// Whether somebody looks at the phone page.
#[derive(Debug, Default)]
struct Phone {
    polls: u64,
    seen: Option<Instant>,
}

impl Phone {
    fn is_open(&mut self, polls: u64) -> bool {
        if polls > self.polls {
            self.polls = polls;
            self.seen = Some(Instant::now());
        }
        self.seen.is_some_and(|at| at.elapsed() < PHONE_SEEN)
    }
}

fn time_of(after: Duration) -> UnixMillis {
    UnixMillis(EVENING).plus(after)
}

/// What to do next. What was written stays where somebody may look at it.
fn farewell(page: Page, directory: tempfile::TempDir, bountyd: &Path, good: bool) {
    use std::io::IsTerminal;

    page.heading("What next");
    if good && !std::io::stdout().is_terminal() {
        page.text("README.md: set it up for yourself.");
        return;
    }
    let at = directory.keep();
    let config = at.join("bountyd.toml");
    page.text("Everything this night wrote is still there; what came of it, and why:");
    page.line("");
    for command in ["bounties", "show stillwater/heron#640", "journal"] {
        let (program, config) = (bountyd.display(), config.display());
        page.line(&format!("  {program} --config {config} {command}"));
    }
    page.line(&format!(
        "  rm -r {}    when you have seen enough",
        at.display()
    ));
    page.line("");
    page.text("README.md tells how to set it up for yourself. It begins in mode `watch`, which writes nothing.");
}
