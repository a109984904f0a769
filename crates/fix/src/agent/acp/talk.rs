//! One conversation with one process, from the handshake to the last prompt.

use std::sync::Arc;
use std::time::Duration;

use clock::Clock;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::super::desk::Desk;
use super::super::turn::{AgentEnd, Step, Turn, Witness};
use super::super::{WORK, crashed};
use super::message::{self, Message, Trouble};
use super::permission;
use super::tally::Tally;
use crate::profiles::{AcpProfile, Permission};
use crate::prompt::Ask;
use crate::run::{Deaf, Heard, Live, RunError, Stopped};
use crate::untrusted::one_line;

/// The protocol's version that we speak.
const VERSION: u64 = 1;

/// Lines for people that it may write where only messages belong.
const NOISE: u32 = 100;

/// Bytes of a name that it gives its session.
const SESSION: usize = 1024;

/// Bytes of its words in ours.
const WORDS: usize = 300;

/// Why a conversation is over.
pub(super) enum Stop {
    /// The agent's doing, or time's, or ours.
    End(AgentEnd),
    /// The machine's.
    Run(RunError),
}

impl From<RunError> for Stop {
    fn from(error: RunError) -> Self {
        Self::Run(error)
    }
}

impl From<Deaf> for Stop {
    fn from(deaf: Deaf) -> Self {
        Self::End(AgentEnd::Flooded(deaf.to_string()))
    }
}

/// The conversation.
pub(super) struct Talk {
    live: Live,
    clock: Arc<dyn Clock>,
    stopped: Stopped,
    witness: Arc<dyn Witness>,
    mode: Option<String>,
    permission: Permission,
    for_one_turn: Duration,
    grace: Duration,
    /// When this turn must be over.
    until: Duration,
    /// Our last request.
    last: u64,
    session: Option<String>,
    noise: u32,
    /// It was told to stop.
    cancelling: bool,
    tally: Tally,
}

impl Talk {
    pub(super) fn new(live: Live, desk: &Desk, acp: &AcpProfile) -> Self {
        Self {
            live,
            clock: Arc::clone(&desk.clock),
            stopped: desk.stopped.clone(),
            witness: Arc::clone(&desk.witness),
            mode: acp.mode.clone(),
            permission: acp.permission,
            for_one_turn: desk.settings.turn,
            grace: desk.settings.grace,
            until: Duration::ZERO,
            last: 0,
            session: None,
            noise: 0,
            cancelling: false,
            tally: Tally::default(),
        }
    }

    /// Starts the time of a turn.
    pub(super) fn begin_turn(&mut self) {
        self.until = self.clock.monotonic().saturating_add(self.for_one_turn);
        self.live.renew();
        self.tally.begin_turn();
    }

    /// One turn: the handshake if there was none, and the prompt.
    pub(super) async fn turn(&mut self, ask: &Ask) -> Result<AgentEnd, Stop> {
        let (session, text) = match &self.session {
            Some(session) => (session.clone(), ask.more().to_owned()),
            None => (self.shake_hands().await?, ask.whole()),
        };
        self.session = Some(session.clone());
        let prompt = json!({
            "sessionId": session,
            "prompt": [{ "type": "text", "text": text }],
        });
        match self.request("session/prompt", &prompt).await {
            Ok(answer) => self.reason(answer),
            Err(Stop::End(end @ (AgentEnd::OutOfTime | AgentEnd::Cancelled))) => {
                self.call_off(&session).await?;
                Ok(end)
            }
            Err(other) => Err(other),
        }
    }

    /// What is known of the turn that ended so.
    pub(super) fn told(&self, end: AgentEnd) -> Turn {
        Turn {
            end,
            summary: self.tally.summary(),
            session: self.session.as_ref().map(|s| one_line(s, SESSION)),
            cost_usd: self.tally.cost_usd,
            turns: None,
            tokens: self.tally.tokens,
        }
    }

    /// Ends the process.
    pub(super) async fn stop(self) -> Result<(), RunError> {
        self.live.stop(&*self.clock).await
    }

    async fn shake_hands(&mut self) -> Result<String, Stop> {
        let hello = json!({
            "protocolVersion": VERSION,
            "clientCapabilities": {},
            "clientInfo": {
                "name": "bountyd",
                "title": "bountyd",
                "version": env!("CARGO_PKG_VERSION"),
            },
        });
        let answer = self.request("initialize", &hello).await?.map_err(failed)?;
        if answer.get("protocolVersion").and_then(Value::as_u64) != Some(VERSION) {
            let theirs = answer.get("protocolVersion").unwrap_or(&Value::Null);
            return Err(protocol(&format!(
                "it speaks version {theirs} of the protocol, not {VERSION}"
            )));
        }
        let place = json!({ "cwd": WORK, "mcpServers": [] });
        let answer = self.request("session/new", &place).await?.map_err(failed)?;
        let session = answer
            .get("sessionId")
            .and_then(Value::as_str)
            .filter(|id| !id.is_empty() && id.len() <= SESSION)
            .ok_or_else(|| protocol("it opened a session without a usable name"))?
            .to_owned();
        if let Some(mode) = self.mode.clone()
            && let Some((method, params)) = set_mode(&answer, &session, &mode)
        {
            // Unset, a default of somebody else's would count.
            let set = self.request(method, &params).await?;
            set.map_err(|trouble| {
                AgentEnd::Failed(format!(
                    "it does not go into its mode `{mode}`: {}",
                    one_line(&trouble.message, WORDS)
                ))
            })?;
        }
        Ok(session)
    }

    /// Asks, and hears everything until the answer.
    async fn request(
        &mut self,
        method: &str,
        params: &Value,
    ) -> Result<Result<Value, Trouble>, Stop> {
        self.last += 1;
        let line = message::request(Some(self.last), method, params);
        self.live.say(&line)?;
        let stopped = self.stopped.clone();
        self.answer(self.until, &stopped).await
    }

    async fn answer(
        &mut self,
        mut until: Duration,
        stopped: &Stopped,
    ) -> Result<Result<Value, Trouble>, Stop> {
        let mut closed = false;
        loop {
            match self.live.next(&*self.clock, until, stopped).await? {
                Heard::Line(line) => {
                    if let Some(answer) = self.hear(&line)? {
                        return Ok(answer);
                    }
                }
                Heard::LongLine => return Err(flooded("it wrote a line of more than 1 MiB")),
                Heard::TooMuch => return Err(flooded("it said more than one turn may have")),
                Heard::Rest(_) => {}
                // Who leaves does this first.
                Heard::Closed => {
                    closed = true;
                    until = until.min(self.clock.monotonic().saturating_add(self.grace));
                }
                Heard::Ended(end) => {
                    return Err(AgentEnd::Crashed(crashed(end, &self.live)).into());
                }
                Heard::Late if closed => return Err(AgentEnd::Crashed(CLOSED.to_owned()).into()),
                Heard::Late => return Err(AgentEnd::OutOfTime.into()),
                Heard::Stopped => return Err(AgentEnd::Cancelled.into()),
            }
        }
    }

    /// Takes a line. What it is told is the answer that we wait for, if it is that.
    fn hear(&mut self, line: &[u8]) -> Result<Option<Result<Value, Trouble>>, Stop> {
        if line.trim_ascii_start().first() != Some(&b'{') {
            // Some print a word to people before they speak.
            self.noise += 1;
            if self.noise > NOISE {
                let words = one_line(&String::from_utf8_lossy(line), WORDS);
                return Err(protocol(&format!(
                    "it writes what is no message: `{words}`"
                )));
            }
            return Ok(None);
        }
        match message::read(line).map_err(|why| protocol(&why))? {
            Message::Answer { id, what } if id == self.last => return Ok(Some(what)),
            Message::Answer { .. } | Message::Stray => {}
            Message::Notice { method, params } => {
                if method == "session/update" {
                    self.updated(params);
                }
            }
            Message::Request { id, method, params } => {
                let reply = self.reply(id, &method, params);
                self.live.say(&reply)?;
            }
        }
        Ok(None)
    }

    fn updated(&mut self, params: Option<&RawValue>) {
        let Some(params) = value(params) else { return };
        let about = params.get("sessionId").and_then(Value::as_str);
        if self.session.is_some() && about != self.session.as_deref() {
            return;
        }
        if let Some(step) = params.get("update").and_then(|u| self.tally.update(u)) {
            self.witness.saw(step);
        }
    }

    fn reply(&self, id: &RawValue, method: &str, params: Option<&RawValue>) -> String {
        if method != "session/request_permission" {
            self.witness.saw(Step::Declined(one_line(method, WORDS)));
            return message::refuse(id, message::METHOD_NOT_FOUND, "not offered by this client");
        }
        if self.cancelling {
            return message::answer(id, permission::cancelled());
        }
        let params = value(params).unwrap_or_default();
        let Some((outcome, allowed)) = permission::outcome(&params, self.permission) else {
            return message::refuse(id, message::INVALID_PARAMS, "no options to choose from");
        };
        let what = params
            .pointer("/toolCall/title")
            .and_then(Value::as_str)
            .unwrap_or("something");
        self.witness.saw(Step::Asked {
            what: one_line(what, WORDS),
            allowed,
        });
        message::answer(id, outcome)
    }

    fn reason(&mut self, answer: Result<Value, Trouble>) -> Result<AgentEnd, Stop> {
        let answer = answer.map_err(failed)?;
        self.tally.answered(&answer);
        Ok(match answer.get("stopReason").and_then(Value::as_str) {
            Some("end_turn") => AgentEnd::Done,
            Some("refusal") => AgentEnd::Refused,
            Some("max_tokens" | "max_turn_requests") => AgentEnd::MaxTurns,
            Some("cancelled") => AgentEnd::Cancelled,
            Some(other) => {
                let other = one_line(other, WORDS);
                return Err(protocol(&format!(
                    "it stopped for an unknown reason, `{other}`"
                )));
            }
            None => return Err(protocol("it ended the turn without a reason")),
        })
    }

    /// Tells it to stop, and gives it a moment to say what it has used.
    async fn call_off(&mut self, session: &str) -> Result<(), Stop> {
        self.cancelling = true;
        let cancel = message::request(None, "session/cancel", &json!({ "sessionId": session }));
        if self.live.say(&cancel).is_err() {
            return Ok(());
        }
        let until = self.clock.monotonic().saturating_add(self.grace);
        // The wish to stop is known; only time counts now.
        let (_, never) = watch::channel(false);
        match self.answer(until, &never).await {
            Ok(Ok(answer)) => self.tally.answered(&answer),
            Err(Stop::Run(error)) => return Err(Stop::Run(error)),
            Ok(Err(_)) | Err(Stop::End(_)) => {}
        }
        Ok(())
    }
}

const CLOSED: &str = "it closed its output and went on running";

fn value(params: Option<&RawValue>) -> Option<Value> {
    serde_json::from_str(params?.get()).ok()
}

/// How the session is put in `mode`, if it offers it and is in another.
fn set_mode(opened: &Value, session: &str, mode: &str) -> Option<(&'static str, Value)> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    if let Some(modes) = opened.get("modes").filter(|m| m.is_object()) {
        let offered = modes.get("availableModes")?.as_array()?;
        let there = offered
            .iter()
            .any(|m| text(m.get("id")).as_deref() == Some(mode));
        if there {
            let params = json!({ "sessionId": session, "modeId": mode });
            return Some(("session/set_mode", params));
        }
    }
    let options = opened.get("configOptions")?.as_array()?;
    let option = options
        .iter()
        .find(|o| text(o.get("category")).as_deref() == Some("mode"))?;
    let there = option
        .get("options")?
        .as_array()?
        .iter()
        .any(|o| text(o.get("value")).as_deref() == Some(mode));
    let params = json!({ "sessionId": session, "configId": option.get("id")?, "value": mode });
    there.then_some(("session/set_config_option", params))
}

fn protocol(why: &str) -> Stop {
    Stop::End(AgentEnd::Protocol(one_line(why, 2 * WORDS)))
}

fn flooded(how: &str) -> Stop {
    Stop::End(AgentEnd::Flooded(how.to_owned()))
}

fn failed(trouble: Trouble) -> Stop {
    let words = one_line(&trouble.message, WORDS);
    Stop::End(AgentEnd::Failed(
        if trouble.code == message::AUTH_REQUIRED {
            format!(
                "it wants a log-in before it works ({words}); give it an API key by its profile's environment or \
             settings, for nobody can log in inside the sandbox"
            )
        } else {
            format!("{words} ({})", trouble.code)
        },
    ))
}
