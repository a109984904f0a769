//! Who may know whom, and the exceptions with their reasons.

/// What each room under `src/` may name by `crate::…`. A room is a directory or a file beside it.
pub(crate) const ROOMS: &[(&str, &[&str])] = &[
    // Pure.
    ("bounty", &["bounty", "clock", "money"]),
    ("clock", &[]),
    // Owner and mode of what is held open; for whoever may run as root in another user's directory.
    ("handle", &[]),
    ("money", &["clock"]),
    ("schedule", &["clock", "schedule"]),
    (
        "messages",
        &[
            "bounty", "clock", "control", "ledger", "messages", "money", "schedule",
        ],
    ),
    // Rims: they carry, they do not decide.
    (
        "config",
        &["bounty", "broker", "clock", "config", "money", "schedule"],
    ),
    ("github", &["bounty", "clock", "github"]),
    (
        "ledger",
        &[
            "bounty", "clock", "crash", "handle", "ledger", "messages", "money",
        ],
    ),
    (
        "telegram",
        &[
            "app", "clock", "control", "crash", "ledger", "messages", "status", "telegram",
        ],
    ),
    // The middle.
    ("rules", &["bounty", "config"]),
    // Pure, of values that the vault reads: what `init` is about to do.
    ("setup", &["setup"]),
    (
        "stages",
        &[
            "app", "bounty", "broker", "clock", "config", "control", "crash", "fixer", "github",
            "health", "ledger", "messages", "rules", "stages", "status", "telegram",
        ],
    ),
    (
        "health",
        &[
            "app", "bounty", "clock", "github", "ledger", "messages", "telegram",
        ],
    ),
    ("control", &["bounty", "clock", "estop", "ledger"]),
    // Every place of the emergency stop at once; the vault's part of it is the vault's.
    (
        "estop",
        &["app", "clock", "control", "ledger", "messages", "telegram"],
    ),
    // The ledger from a backup, and what the owner is told of it.
    ("life", &["clock", "ledger", "messages", "telegram"]),
    // Local AI: how its calls arrive, and what becomes of them. Neither can name what answers a question.
    (
        "broker",
        &[
            "app", "bounty", "broker", "clock", "control", "github", "ledger", "messages", "money",
        ],
    ),
    (
        "mcp",
        &["app", "broker", "clock", "control_socket", "ledger", "mcp"],
    ),
    // Two processes of their own, and the side that starts them. They know what the owner configured,
    // and neither the vault nor the ledger.
    (
        "fixer",
        &["cli", "config", "daemon", "fixer", "handle", "ledger"],
    ),
    (
        "driver",
        &[
            "app", "clock", "control", "doctor", "estop", "health", "ledger", "schedule", "stages",
            "telegram",
        ],
    ),
    (
        "status",
        &[
            "app", "bounty", "clock", "config", "control", "estop", "github", "health", "ledger",
            "messages", "schedule", "stages",
        ],
    ),
    // The outside.
    // Looks at everything, changes nothing by itself.
    (
        "doctor",
        &[
            "app", "bounty", "clock", "config", "control", "daemon", "doctor", "exit", "fixer",
            "github", "handle", "health", "ledger", "messages", "setup", "telegram",
        ],
    ),
    (
        "control_socket",
        &[
            "app",
            "bounty",
            "clock",
            "control",
            "control_socket",
            "crash",
            "doctor",
            "estop",
            "fixer",
            "github",
            "handle",
            "health",
            "ledger",
            "messages",
            "money",
            "stages",
            "status",
        ],
    ),
    (
        "cli",
        &[
            "app",
            "bounty",
            "broker",
            "cli",
            "clock",
            "config",
            "control",
            "control_socket",
            "crash",
            "daemon",
            "doctor",
            "estop",
            "exit",
            "fixer",
            "handle",
            "ledger",
            "life",
            "mcp",
            "messages",
            "money",
            "schedule",
            "setup",
            "service",
            "stages",
            "status",
            "telegram",
        ],
    ),
    (
        "daemon",
        &[
            "app",
            "broker",
            "clock",
            "config",
            "control_socket",
            "driver",
            "estop",
            "exit",
            "github",
            "health",
            "ledger",
            "mcp",
            "rules",
            "status",
        ],
    ),
    (
        "app",
        &["bounty", "clock", "driver", "github", "ledger", "rules"],
    ),
    ("crash", &[]),
    ("exit", &[]),
    // Tests of the book: its pages are made of these, and nothing else uses it.
    (
        "book",
        &[
            "book", "bounty", "cli", "clock", "config", "doctor", "exit", "ledger", "messages",
            "money", "schedule",
        ],
    ),
    ("service", &[]),
    ("logging", &["cli", "config"]),
    ("lib", &[]),
    ("main", &[]),
    ("bin", &[]),
];

/// Where a room knows another for one reason only: `(file, what it may name, why)`.
pub(crate) const NARROW: &[(&str, &str, &str)] = &[
    (
        "src/ledger/digest.rs",
        "crate::messages::notice::Digest",
        "the digest's numbers are one query; it fills the value that `messages` words",
    ),
    (
        "src/ledger/questions/ask.rs",
        "crate::messages::patch_card::PatchCard",
        "a question is stored only if its card shows the job's own patch",
    ),
    (
        "src/messages/patch_card.rs",
        "crate::ledger::asked::Question",
        "a card words a question as it was stored",
    ),
    (
        "src/messages/request_card.rs",
        "crate::ledger::asked::Question",
        "a card words a question as it was stored",
    ),
    (
        "src/messages/question_card.rs",
        "crate::ledger::asked::",
        "one card for whatever a question is about",
    ),
    (
        "src/ledger/questions/ask.rs",
        "crate::messages::request_card::RequestCard",
        "a question is stored only if its card shows the request itself",
    ),
    (
        "src/ledger/questions/decide.rs",
        "crate::messages::request_card",
        "a yes from the chat counts only if the card showed all of it there",
    ),
    (
        "src/messages/request_card.rs",
        "crate::ledger::requests::Request",
        "a notice words what came of a request as it was stored",
    ),
    (
        "src/ledger/questions/lease.rs",
        "crate::messages::request_card::RequestCard",
        "what is granted is what the card showed",
    ),
    (
        "src/messages/request_card.rs",
        "crate::ledger::request_leases::LeaseTerms",
        "a card offers what it is stored with",
    ),
    (
        "src/messages/lease.rs",
        "crate::ledger::",
        "words about a lease and what was done by it, as they were stored",
    ),
    (
        "src/stages/request.rs",
        "crate::broker::",
        "what a client wants",
    ),
    (
        "src/stages/allowed.rs",
        "crate::broker::",
        "whether the rules in force now still let it",
    ),
    (
        "src/stages/push.rs",
        "crate::broker::policy::WhenDown",
        "what the owner wants while his phone cannot be asked",
    ),
    (
        "src/stages/request/way.rs",
        "crate::broker::",
        "what kind of thing it is, and where",
    ),
    (
        "src/stages/request/order.rs",
        "crate::broker::",
        "what a client wants a job for",
    ),
    (
        "src/stages/handed_in.rs",
        "crate::broker::acting::Acting",
        "the patch that a client handed in, as it was stored",
    ),
    (
        "src/messages/card.rs",
        "crate::ledger::asked::",
        "a card words a question as it was stored",
    ),
    (
        "src/messages/notice.rs",
        "crate::ledger::journal::Head",
        "the digest names the journal's end",
    ),
    (
        "src/messages/reply.rs",
        "crate::ledger::asked::",
        "an answer words what became of a question",
    ),
    (
        "src/messages/reply.rs",
        "crate::control::Outcome",
        "an answer words what a verb did",
    ),
    (
        "src/config/mcp.rs",
        "crate::broker::policy::",
        "the rules for clients, as the owner wrote them",
    ),
    (
        "src/config/load/mcp.rs",
        "crate::broker::policy::",
        "the rules for clients, as they are read",
    ),
    (
        "src/broker/halted.rs",
        "crate::control::Paused",
        "whether the owner has paused everything; no verb of his",
    ),
    (
        "src/mcp/socket.rs",
        "crate::control_socket::Listener",
        "a Unix socket with one of its kind; no verb of the control socket",
    ),
    (
        "src/mcp/socket.rs",
        "crate::control_socket::Strangers",
        "which strangers were named of late",
    ),
    (
        "src/mcp/http.rs",
        "crate::control_socket::Strangers",
        "whether a stranger was named of late",
    ),
    (
        "src/fixer/serve.rs",
        "crate::ledger::in_full",
        "an error and what caused it, in one sentence: words, no ledger",
    ),
    (
        "src/fixer/serve.rs",
        "crate::ledger::lock::InstanceLock",
        "a lock file of its own keeps two jobs out of one directory: the ledger is not opened",
    ),
    (
        "src/fixer/serve.rs",
        "crate::daemon::make_directory",
        "a directory of one mode, made as the daemon makes its own",
    ),
    (
        "src/fixer/egress.rs",
        "crate::ledger::in_full",
        "an error and what caused it, in one sentence: words, no ledger",
    ),
    (
        "src/fixer/egress.rs",
        "crate::daemon::make_directory",
        "a directory of one mode, made as the daemon makes its own",
    ),
    (
        "src/fixer/parts.rs",
        "crate::cli::JAIL_INIT",
        "the argument by which this program becomes a box's first process, before any command",
    ),
    (
        "src/app.rs",
        "crate::driver::Lane",
        "the watchdog's pulses are shared state",
    ),
    (
        "src/logging.rs",
        "crate::cli::colors_on",
        "one rule for colours, on either stream",
    ),
];

/// Pairs of rooms for which only [`NARROW`] holds.
pub(crate) const ONLY_NARROW: &[(&str, &str)] = &[
    ("ledger", "messages"),
    ("messages", "ledger"),
    ("messages", "control"),
    ("app", "driver"),
    ("config", "broker"),
    ("broker", "control"),
    ("stages", "broker"),
    ("mcp", "control_socket"),
    ("fixer", "cli"),
    ("fixer", "daemon"),
    ("fixer", "ledger"),
    ("logging", "cli"),
];

/// Files of more than 400 lines, and why they are not two.
pub(crate) const LONG: &[(&str, &str)] = &[];
