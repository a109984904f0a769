//! An agent that asks a model: through the egress process, with a key that is none, within its budget.

use std::path::PathBuf;

use serde_json::Value;
use sim::model::{Model, Turn};

use crate::sweep;
use crate::world::{FIX, MODEL_KEY, SLUG, Said, TEST, World};

/// A coding agent in 30 lines: it tells the model the task, runs what the model wants run, and stops
/// when the model wants nothing more.
pub(crate) const ASKER: &str = r#"
import json, os, subprocess, sys, urllib.error, urllib.request
door, key = os.environ['DOOR'], os.environ['KEY']
text = dict(type='string')
shape = dict(type='object', properties=dict(command=text), required=['command'])
tool = dict(type='function', function=dict(name='bash', description='runs', parameters=shape))
messages = [dict(role='user', content=open(sys.argv[1]).read())]
while True:
    body = json.dumps(dict(model=os.environ['MODEL'], messages=messages, tools=[tool])).encode()
    headers = dict(Authorization='Bearer ' + key)
    headers['Content-Type'] = 'application/json'
    request = urllib.request.Request(door + '/v1/chat/completions', body, headers)
    try:
        answer = json.load(urllib.request.urlopen(request))
    except urllib.error.HTTPError as error:
        sys.exit('error: the model is not to be had: %d %s' % (error.code, error.read(300).decode()))
    said = answer['choices'][0]['message']
    messages.append(said)
    if not said.get('tool_calls'):
        print(said['content'])
        break
    for call in said['tool_calls']:
        command = json.loads(call['function']['arguments'])['command']
        done = subprocess.run(command, shell=True, capture_output=True, text=True)
        messages.append(dict(role='tool', tool_call_id=call['id'], content=done.stdout + done.stderr))
"#;

/// The profile of a Python program that asks the model.
pub(crate) fn python(program: &str) -> String {
    let argv = serde_json::json!(["/usr/bin/python3", "-c", program, "{prompt_file}"]);
    format!(
        "[agents.script]\nname = \"Script\"\nprovider = \"openai\"\n\
         [agents.script.env]\nDOOR = \"{{llm}}\"\nKEY = \"placeholder\"\nMODEL = \"{{model}}\"\n\
         [agents.script.exec]\nargv = {argv}\nparser = \"text\"\n"
    )
}

/// A model that mends the bug in two turns, and counts what that costs.
fn mends(model: &Model) {
    model.says(Turn::shell(&format!("{FIX}{TEST}")).costing(1_000, 200));
    model.says(Turn::text("It adds now.").costing(1_500, 50));
}

async fn fix(world: &World, more: &[&str]) -> Said {
    let number = world.sums();
    let issue = format!("{SLUG}#{number}");
    world.bountyd(&[&["fix", &issue], more].concat()).await
}

/// What a command prints with `--json`.
async fn json(world: &World, arguments: &[&str]) -> Value {
    let said = world.bountyd(arguments).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    serde_json::from_str(&said.out).expect("JSON")
}

/// The egress process's events in the journal, in order.
async fn egress_events(world: &World) -> Vec<Value> {
    let said = world.bountyd(&["journal", "export"]).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    let lines = said.out.lines().map(|line| {
        let line: Value = serde_json::from_str(line).expect("JSON");
        line
    });
    lines
        .filter(|line| line["kind"] == "job.egress")
        .map(|line| {
            // As it was hashed: text.
            let body = line["body"].as_str().expect("a body");
            let body: Value = serde_json::from_str(body).expect("JSON");
            body["egress"].clone()
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_asked_through_the_egress_process_and_every_cent_is_counted() {
    let world = World::with_agent(&python(ASKER)).await;
    mends(&world.model);
    let said = fix(&world, &[]).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert_eq!(world.sim.github.repo(SLUG).pulls().len(), 1, "{said:#?}");

    // The provider takes no other key than the real one, and the agent has only `placeholder`.
    let asked = world.model.asked();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|asked| asked.model == "scripted"));
    let task = asked[0].body.to_string();
    assert!(task.contains("2 and 3 give -1"), "{task}");
    let hits = sweep::hits(&world, &[&said], MODEL_KEY, &["model-key"]);
    assert_eq!(hits, Vec::<String>::new());

    let events = egress_events(&world).await;
    let names: Vec<_> = events.iter().map(|event| &event["event"]).collect();
    assert_eq!(names, ["begun", "ended"], "{events:#?}");
    let usage = &events[1]["usage"];
    assert_eq!(usage["requests"], 2, "{events:#?}");

    let jobs = json(&world, &["jobs", "--json"]).await;
    assert_eq!(jobs[0]["requests"], 2, "{jobs:#}");
    // 2,500 tokens at 1 $ and 250 at 2 $ a million.
    assert_eq!(jobs[0]["micro_usd"], 2_500 + 500, "{jobs:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_that_is_used_up_ends_the_job_and_says_so() {
    let world = World::with_agent(&python(ASKER)).await;
    world.reconfigure(
        "[egress.providers.openai]\n",
        "[egress]\nrequests = 3\n[egress.providers.openai]\n",
    );
    world.model.then_always_says(Turn::shell("true"));
    let said = fix(&world, &[]).await;
    assert_eq!(said.code, Some(1), "{said:#?}");
    assert_eq!(world.model.asked().len(), 3, "never more than it may");
    let jobs = json(&world, &["jobs", "--json"]).await;
    assert_eq!(jobs[0]["state"], "dropped", "{jobs:#}");
    assert_eq!(jobs[0]["requests"], 3, "{jobs:#}");
    let why = jobs[0]["reason"].as_str().expect("a reason");
    assert!(why.contains("budget"), "{why}");
    assert!(said.out.contains("budget"), "{said:#?}");
    let events = egress_events(&world).await;
    let refused = events.iter().any(|event| event["event"] == "refused");
    assert!(refused, "{events:#?}");
    assert_eq!(world.writes(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn money_is_a_budget_too() {
    let world = World::with_agent(&python(ASKER)).await;
    world.reconfigure(
        "[egress.providers.openai]\n",
        "[egress]\nusd = \"0.05\"\n[egress.providers.openai]\n",
    );
    world
        .model
        .then_always_says(Turn::shell("true").costing(20_000, 0));
    let said = fix(&world, &[]).await;
    assert_eq!(said.code, Some(1), "{said:#?}");
    assert!(said.out.contains("budget"), "{said:#?}");
    let jobs = json(&world, &["jobs", "--json"]).await;
    let spent = jobs[0]["micro_usd"].as_u64().expect("a number");
    // The answer that crosses the line has been paid for; the next is not asked for.
    assert!((40_000..80_000).contains(&spent), "{jobs:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_down_ends_the_job_with_that_reason() {
    let world = World::with_agent(&python(ASKER)).await;
    world.model.rim().set_down(true);
    let said = fix(&world, &[]).await;
    assert_eq!(said.code, Some(1), "{said:#?}");
    let jobs = json(&world, &["jobs", "--json"]).await;
    assert_eq!(jobs[0]["state"], "dropped", "{jobs:#}");
    let why = jobs[0]["reason"].as_str().expect("a reason");
    assert!(why.contains("the model is not to be had: 50"), "{why}");
    assert_eq!(world.writes(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_others_can_read_or_that_is_not_there_is_a_fault_of_the_configuration() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::with_agent(&python(ASKER)).await;
    let key = world.at("model-key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).expect("its mode");
    let open = fix(&world, &[]).await;
    std::fs::remove_file(&key).expect("removed");
    let number = world
        .sim
        .github
        .post_issue(sim::github::NewIssue::new(SLUG, "Again"));
    let gone = world.bountyd(&["fix", &format!("{SLUG}#{number}")]).await;
    for said in [open, gone] {
        assert_eq!(said.code, Some(78), "{said:#?}");
        assert!(said.err.contains("model-key"), "{said:#?}");
        assert!(!said.err.contains(MODEL_KEY), "{said:#?}");
    }
    assert_eq!(world.model.asked().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs OpenCode from npm: `npm install --prefix DIR opencode-ai` with DIR below /opt, then \
            `OPENCODE=DIR cargo test --test fixing -- --ignored opencode`"]
async fn opencode_mends_a_bug_with_what_the_scripted_model_says() {
    let dir = std::env::var_os("OPENCODE").expect("OPENCODE names where npm installed it");
    let modules = PathBuf::from(dir).join("node_modules");
    let modules = modules.canonicalize().expect("OpenCode");
    let world = World::new("false").await;
    let shown = modules.display();
    world.reconfigure(
        "agent = \"script\"\n",
        &format!(
            "agent = \"opencode\"\ntools = [\"{shown}\"]\n\
             programs = [\"{shown}/.bin\", \"/usr/local/bin\", \"/usr/bin\", \"/bin\"]\n"
        ),
    );
    world.reconfigure(
        "memory_mib = 512\nprocesses = 256\nscratch_mib = 64\n",
        "memory_mib = 4096\nprocesses = 1024\nscratch_mib = 512\n",
    );
    mends(&world.model);
    let said = fix(&world, &[]).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    let pulls = world.sim.github.repo(SLUG).pulls();
    assert_eq!(pulls.len(), 1, "{said:#?}");
    assert_eq!(world.model.left(), 0, "{:#?}", world.model.asked());
    let hits = sweep::hits(&world, &[&said], MODEL_KEY, &["model-key"]);
    assert_eq!(hits, Vec::<String>::new());
    let jobs = json(&world, &["jobs", "--json"]).await;
    assert!(jobs[0]["requests"].as_u64() >= Some(2), "{jobs:#}");
    assert!(jobs[0]["micro_usd"].as_u64() >= Some(3_000), "{jobs:#}");
}
