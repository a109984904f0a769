//! The built-in profiles, and what is refused in others.

use super::*;

#[test]
fn every_agent_of_the_list_is_known() {
    let profiles = Profiles::parse(BUILT_IN).expect("the built-in profiles");
    let known: Vec<&str> = profiles.ids().collect();
    assert_eq!(
        known,
        [
            "aider",
            "claude-code",
            "codex",
            "gemini",
            "mini-swe-agent",
            "opencode",
            "openhands",
            "qwen"
        ]
    );
    for id in known {
        let profile = profiles.get(id).expect("it is listed");
        assert!(profile.exec.is_some(), "{id}");
        let talks = ["claude-code", "codex", "gemini", "opencode", "qwen"].contains(&id);
        assert_eq!(profile.acp.is_some(), talks, "{id}");
    }
}

#[test]
fn every_agent_asks_the_proxy_with_a_placeholder_and_knows_no_other_way() {
    let profiles = Profiles::built_in();
    for id in profiles.ids() {
        let profile = profiles.get(id).expect("it is listed");
        assert_eq!(profile.env["NO_PROXY"], "127.0.0.1,localhost", "{id}");
        for (name, value) in &profile.env {
            assert!(
                !name.ends_with("_KEY") || value == "placeholder",
                "{id}: {name}"
            );
            assert!(!value.contains("://"), "{id}: {name} names a host");
        }
        let places = profile.env.values().chain(profile.home.values());
        assert!(places.into_iter().any(|v| v.contains("{llm}")), "{id}");
    }
}

#[test]
fn an_agent_that_is_spoken_with_is_put_in_a_mode_and_never_allowed_for_always() {
    let profiles = Profiles::built_in();
    for acp in profiles
        .ids()
        .filter_map(|id| profiles.get(id)?.acp.clone())
    {
        assert!(acp.mode.is_some());
        assert_eq!(acp.permission, Permission::AllowOnce);
    }
}

#[test]
fn the_settings_of_agents_are_of_their_form() {
    let values = Values {
        model: Some("m".to_owned()),
        llm: Some("http://127.0.0.1:3128/llm/x".to_owned()),
        ..Values::default()
    };
    let profiles = Profiles::built_in();
    let mut seen = 0;
    for profile in profiles.ids().filter_map(|id| profiles.get(id)) {
        for (path, template) in &profile.home {
            let text = values.fill_lines(template);
            assert!(
                !text.contains("{model}") && !text.contains("{llm}"),
                "{path}"
            );
            if path.ends_with(".json") {
                serde_json::from_str::<serde_json::Value>(&text).expect(path);
            } else {
                toml::from_str::<toml::Table>(&text).expect(path);
            }
            seen += 1;
        }
    }
    assert_eq!(seen, 4);
}

#[test]
fn every_mask_that_was_tried_is_there() {
    let masks = &Profiles::built_in().get("aider").expect("aider").masks;
    for name in [
        ".claude",
        ".codex",
        ".gemini",
        ".opencode",
        "opencode.json",
        "opencode.jsonc",
        ".qwen",
        ".cursor",
        ".cursorrules",
        ".windsurfrules",
        ".continue",
        ".roomodes",
        ".clinerules",
        ".agents",
        ".aider.conf.yml",
        ".mcp.json",
        ".vscode",
        ".idea",
        ".devcontainer",
        ".envrc",
        ".env",
    ] {
        assert!(masks.covers(name.as_ref()), "{name}");
    }
    for name in [
        "AGENTS.md",
        "CLAUDE.md",
        "GEMINI.md",
        ".env.example",
        ".github",
        "src",
    ] {
        assert!(!masks.covers(name.as_ref()), "{name}");
    }
}

#[test]
fn an_agent_of_the_owner_gets_the_common_environment_and_masks() {
    let own = "[agents.mine]\nname = \"Mine\"\nprovider = \"local\"\n[agents.mine.env]\nPATH = \"/opt/mine\"\n[agents.mine.exec]\nargv = [\"mine\", \"{prompt_file}\"]\nparser = \"text\"\n";
    let profiles = Profiles::built_in().with(own).expect("a profile");
    let mine = profiles.get("mine").expect("mine");
    assert_eq!(mine.env["PATH"], "/opt/mine");
    assert_eq!(mine.env["NO_PROXY"], "127.0.0.1,localhost");
    assert!(mine.masks.covers(".claude".as_ref()));
    assert!(profiles.get("codex").is_some());
}

#[track_caller]
fn refused(agent: &str) -> String {
    let text = format!("[agents.x]\nname = \"X\"\nprovider = \"p\"\n{agent}");
    Profiles::parse(&text).expect_err("a mistake").to_string()
}

#[test]
fn mistakes_are_named() {
    insta::assert_snapshot!(refused(""), @"agent `x` has neither `acp` nor `exec`, or an empty `argv`: nothing could be started");
    insta::assert_snapshot!(refused("[agents.x.exec]\nargv = []\nparser = \"text\""), @"agent `x` has neither `acp` nor `exec`, or an empty `argv`: nothing could be started");
    insta::assert_snapshot!(refused("[agents.x.exec]\nargv = [\"x\", \"{promt}\"]\nparser = \"text\""), @"agent `x`: there is no placeholder `{promt}` (in `{promt}`)");
    insta::assert_snapshot!(refused("[agents.x.exec]\nargv = [\"x\"]\nparser = \"text\"\n[agents.x.home]\n\"../y\" = \"\""), @"agent `x`: `../y` must lead to a file below its home directory");
    assert!(
        refused("[agents.x.exec]\nargv = [\"x\"]\nparser = \"xml\"")
            .contains("unknown variant `xml`")
    );
    assert!(refused("colour = \"red\"").contains("unknown field `colour`"));
}
