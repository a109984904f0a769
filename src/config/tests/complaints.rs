//! Everything that can be wrong with the file, and how it is said.

use insta::assert_snapshot;

use super::*;

#[test]
fn says_everything_at_once() {
    let text = r#"mode = "atuo"
shedule = "*/30 * * * *"
schedule = "0 25 * * 1-5"
timezone = "Europe/Belrin"
jitter = 120

[auth0]
domain = "https://acme.eu.auth0.com/"
user_id = "12345"
hold_cap = "2h"

[github]
api_url = "http://api.github.example/"

[policy]
minimum_usd = -1
ask_above_usd = 99.5
deny = ["ok/fine", "not a name"]

[scan]
queries = ["label:bounty is:issue"]
"#;
    assert_snapshot!(complaints(text));
}

#[test]
fn a_secret_in_the_file_is_refused_and_not_repeated() {
    let token = format!("123456789:{}", "A".repeat(35));
    let text = with_who(
        "token = \"hunter2hunter2\"",
        &format!(
            "client_secret = \"hunter2\"\nkeys = [\"-----BEGIN PRIVATE KEY-----hunter2\"]\n[telegram]\nowner_id = 1\ntoken_file = \"{token}\"\n[logging]\nfilter = \"ghp_hunter2hunter2hunter2\""
        ),
    );
    let said = complaints(&text);
    assert!(
        !said.contains("hunter2") && !said.contains(&token),
        "{said}"
    );
    assert_eq!(said.matches("error:").count(), 5, "{said}");
    assert_snapshot!(said.replace(&token, "TOKEN"));
    // The same where the grammar is broken, and nothing but the line is known.
    let broken = complaints("[auth0]\nclient_secret = hunter2\n");
    assert!(
        broken.contains("not TOML") && !broken.contains("hunter2"),
        "{broken}"
    );
}

#[test]
fn broken_grammar_is_shown_in_its_place() {
    assert_snapshot!(complaints("mode = \"watch\njitter = \"2m\"\n"));
}

#[test]
fn what_is_missing_is_named() {
    assert_snapshot!(complaints("timezone = \"UTC\"\n[telegram]\n"));
}

#[test]
fn warnings_do_not_refuse() {
    let text = with_who(
        "mode = \"auto\"",
        "[policy]\nminimum_usd = 600\n[rates.XMR]\nusd = \"160.25\"\non = 2026-10-01\n",
    );
    assert!(parse(&text).is_ok());
    assert_snapshot!(complaints(&text));
}

#[test]
fn a_schedule_faster_than_github_is_warned_of() {
    assert!(
        complaints(&with_who("schedule = \"*/10 * * * * *\"", "")).contains("faster than GitHub")
    );
    assert_eq!(complaints(&with_who("schedule = \"* * * * *\"", "")), "");
}

#[test]
fn an_approver_whom_a_client_runs_as_is_warned_of() {
    let client = "[mcp.clients.openclaw]\nuid = 1001\n[approvals]\napprovers = ";
    let said = complaints(&with_who("", &format!("{client}[1000, 1001]")));
    assert!(said.contains("user 1001 may not answer"), "{said}");
    assert_eq!(
        complaints(&with_who("", &format!("{client}[1000]"))),
        "",
        "another user"
    );
}

#[test]
fn mcp_over_http_is_for_this_machine_and_knows_a_key_by_its_hash() {
    let listen = |at: &str| complaints(&with_who("", &format!("[mcp.http]\nlisten = \"{at}\"")));
    for here in ["127.0.0.1:7413", "127.8.8.8:1", "[::1]:7413"] {
        assert_eq!(listen(here), "", "{here}");
    }
    for odd in [
        "0.0.0.0:7413",
        "192.0.2.1:1",
        "[::]:1",
        "localhost:1",
        "127.0.0.1:0",
        "127.0.0.1",
    ] {
        assert!(listen(odd).contains("no loopback address"), "{odd}");
    }
    let key = |key: &str| {
        let client = format!("[mcp.clients.web]\nuid = 1001\nkey_sha256 = \"{key}\"");
        complaints(&with_who("", &client))
    };
    assert_eq!(key(&"0f".repeat(32)), "");
    for odd in ["", "0f"] {
        assert!(
            key(odd).contains("64 hexadecimal digits"),
            "{odd}: {}",
            key(odd)
        );
    }
    // The key itself in the place of its hash, and what could be one.
    let itself = "bountyd_mcp_lV0-9xY3qRkq1yJ6o8bNQ2w7Zt5eHs4uGf1dCa0pMnE";
    let said = key(itself);
    assert!(said.contains("what looks like a secret"), "{said}");
    assert!(!said.contains(itself), "{said}");
    let said = key(&"0g".repeat(32));
    assert!(said.contains("what looks like a secret"), "{said}");
}

#[test]
fn one_complaint_each() {
    for (top, rest, says) in [
        ("mode = 1", "", "wanted is a string"),
        ("schedule = \"* * * *\"", "", "5 or 6 fields"),
        ("schedule = \"0 0 31 2 *\"", "", "never happens"),
        ("jitter = \"2h\"", "", "between 0s and 1h"),
        ("jitter = \"soon\"", "", "write a number with a unit"),
        ("jitter = 120", "", "in quotes with its unit: \"30s\""),
        ("state_directory = \"relative\"", "", "relative"),
        ("policy = 3", "", "wanted is a table"),
        ("allow_insecure_loopback = \"yes\"", "", "without quotes"),
        (
            "",
            "issuer = \"https://acme.eu.auth0.com\"",
            "ends with a slash",
        ),
        ("", "keys = [\"a\", \"b\", \"c\"]", "a rotation needs two"),
        ("", "client_authentication = \"mtls\"", "two ways"),
        (
            "",
            "base_url = \"http://127.0.0.1:1/\"",
            "allow_insecure_loopback = true",
        ),
        ("", "base_url = \"https://u:p@h/\"", "no user or password"),
        ("", "base_url = \"ftp://h/\"", "not a scheme"),
        (
            "allow_insecure_loopback = true",
            "base_url = \"http://10.0.0.1/\"",
            "on the way",
        ),
        (
            "allow_insecure_loopback = true",
            "base_url = \"http://localhost.evil.example/\"",
            "on the way",
        ),
        (
            "",
            "[github]\napi_url = \"https://ghe.example/api/v3\"",
            "one address of two",
        ),
        (
            "",
            "[telegram]\nowner_id = \"@owner\"",
            "your numeric id without quotes",
        ),
        (
            "mode = \"ask\"\nmode = \"auto\"",
            "[telegram]\nowner_id = 1",
            "remove the line that defines it twice",
        ),
        ("", "[telegram]\nowner_id = 0", "out of range"),
        ("", "[scan]\nqueries = []", "nothing would be looked for"),
        ("", "[policy]\nin_hand = 101", "between 0 and 100"),
        ("", "[policy]\nask_above_usd = -1", "between 0 and"),
        ("", "[policy]\nask_above_usd = 1.5", "a decimal in quotes"),
        (
            "",
            "[policy]\nask_above_usd = \"1.555\"",
            "at most 2 places",
        ),
        ("", "[policy]\ntrap_limit = 50", "between 0 and 49"),
        ("", "[policy]\nwrite_spacing = \"0s\"", "between 1s"),
        (
            "",
            "[policy]\nin_hand = 99999999999999999999",
            "out of range",
        ),
        (
            "",
            "[approvals]\nquiet_hours = \"22-7\"",
            "not a time of day",
        ),
        (
            "",
            "[approvals]\napprovers = [\"root\"]",
            "a numeric user id",
        ),
        ("", "[digest]\nat = \"8\"", "not a time of day"),
        ("", "[journal]\nretention = \"1h\"", "less than a week"),
        (
            "",
            "[rates.XMR]\nusd = 160.25\non = 2026-11-01",
            "wanted is a string",
        ),
        (
            "",
            "[rates.XMR]\nusd = \"0\"\non = 2026-11-01",
            "says nothing",
        ),
        (
            "",
            "[rates.XMR]\nusd = \"160\"\non = 2026-11-23",
            "from the future",
        ),
        (
            "",
            "[rates.XMR]\nusd = \"160\"\non = \"2026-11-01\"",
            "without quotes",
        ),
        (
            "",
            "[rates.DOGGO]\nusd = \"1\"\non = 2026-11-01",
            "not a currency",
        ),
        (
            "",
            "[rates.USDC]\nusd = \"1\"\non = 2026-11-01",
            "one to one",
        ),
        ("", "[logging]\nformat = \"xml\"", "four formats"),
        ("", "[logging]\nfilter = \"info,=,\"", "levels by module"),
    ] {
        let said = complaints(&with_who(top, rest));
        assert!(said.contains(says), "{top} {rest}\n{said}");
        assert_eq!(said.matches("error: ").count(), 1, "{said}");
        assert!(said.contains("= help: "), "{said}");
    }
}

#[test]
fn the_shipped_file_is_refused_until_it_is_filled_in() {
    let said = complaints(DEFAULT);
    for key in [
        "auth0.domain",
        "auth0.client_id",
        "auth0.user_id",
        "auth0.login_client_id",
    ] {
        assert!(
            said.contains(&format!("`{key}` is not filled in")),
            "{said}"
        );
    }
    assert_eq!(said.matches("error: ").count(), 4, "{said}");
    assert!(said.contains("bountyd.toml:42:10"), "{said}");
}

#[test]
fn a_file_that_cannot_be_read_says_why() {
    let said = Config::load(Path::new("/nonexistent/bountyd.toml"), &environment(), NOW)
        .expect_err("missing")
        .to_string();
    assert!(
        said.contains("/nonexistent/bountyd.toml")
            && said.contains("No such file")
            && said.contains("--config"),
        "{said}"
    );
    let directory = Config::load(Path::new("/"), &environment(), NOW).expect_err("a directory");
    assert!(directory.has_errors());
}

#[test]
fn carets_stand_under_the_culprit_whatever_stands_before_it() {
    let said = complaints(&with_who("", "[scan]\n\tqueries = ['漢字', \"a is:pr\"]"));
    let lines: Vec<&str> = said.lines().collect();
    let at = lines.iter().position(|l| l.contains("^")).expect("carets");
    use unicode_width::UnicodeWidthStr as _;
    let caret = lines[at].split('^').next().expect("before").width();
    let culprit = lines[at - 1]
        .split("\"a is:pr\"")
        .next()
        .expect("before")
        .width();
    assert_eq!(caret, culprit, "{said}");
}

proptest::proptest! {
    /// Whatever the file holds, reading it ends in an answer and every complaint can be shown.
    #[test]
    fn nothing_makes_it_panic(text in "[a-z_\\[\\]=\"'#.,0-9:\\-\n\té漢\u{202e} ]{0,200}") {
        let _ = complaints(&text);
        let _ = complaints(&with_who(&text, ""));
    }
}

#[test]
fn what_is_wrong_with_the_fixer_is_named() {
    let said = complaints(&with_who(
        "",
        r#"[fix]
model = ""
limits = "docker"
programs = ["bin"]
environment = ["PATH=/tmp", "no equals sign", "1X=2"]
rounds = 0
sign_off = "me"
provider = "elsewhere"
[fix.tests."not a repository"]
command = ["make"]
[fix.tests."owner/repository"]
[fix.scanners.Bandit]
[fix.scanners.mine]
required = "yes"
[egress]
usd = "much"
[egress.providers.OpenAI]
base_url = "http://models.example.org"
[egress.providers.local]
[egress.providers.local.prices."*"]
input = "1"
"#,
    ));
    for (what, about) in [
        ("`fix.agent` is missing", "opencode"),
        ("`fix.model` is not valid", "fill it in"),
        ("`fix.limits` is not valid", "rlimit-only"),
        ("`fix.programs` is not valid", "whole path"),
        ("`fix.environment` is not valid", "sets PATH itself"),
        ("`fix.environment` is not valid", "no `=`"),
        ("`fix.environment` is not valid", "no name of a variable"),
        ("`fix.rounds` is out of range", "between 1 and 20"),
        ("`fix.sign_off` is not valid", "Your Name"),
        ("`fix.provider` is not known", "egress.providers.elsewhere"),
        ("`not a repository` is not a repository", "fix.tests"),
        (
            "`fix.tests.owner/repository.command` is missing",
            "no shell",
        ),
        ("`Bandit` is no name of a scanner", "small letters"),
        ("`fix.scanners.mine.command` is missing", "SARIF"),
        ("`fix.scanners.mine.required` has the wrong type", "true"),
        ("`egress.usd` is not valid", "none"),
        ("`OpenAI` cannot be a provider's name", "small letters"),
        ("`egress.providers.OpenAI.base_url` is not valid", "https"),
        ("`egress.providers.local.base_url` is missing", "address"),
        (
            "`egress.providers.local.prices.*.output` is missing",
            "million",
        ),
    ] {
        assert!(
            said.contains(what) && said.contains(about),
            "{what}: {said}"
        );
    }
}

#[test]
fn a_service_that_could_not_make_patches_is_warned_of() {
    let warned = |fix: &str| {
        let text = with_who("", &format!("[fix]\nagent = \"opencode\"\n{fix}"));
        parse(&text).expect("usable").warnings.to_string()
    };
    let alone = warned("");
    assert!(
        alone.contains("the service cannot make patches itself"),
        "{alone}"
    );
    let half = warned("socket = \"/run/bountyd-fixer/fixer.sock\"");
    assert!(
        half.contains("the model's key would be where hostile code runs"),
        "{half}"
    );
    assert!(!half.contains("cannot make patches"), "{half}");
    let both = "socket = \"/run/f\"\negress_socket = \"/run/e\"";
    assert_eq!(warned(both), "");
    // Whoever works by hand starts both himself.
    let text = with_who("", "[fix]\nagent = \"opencode\"");
    let path = Path::new("/home/owner/bountyd.toml");
    let loaded = Config::parse(&text, path, &environment(), NOW).expect("usable");
    assert_eq!(loaded.warnings.to_string(), "");
}
