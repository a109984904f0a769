//! The same by hand: what to click, in the order in which it works, with the values to paste.

use std::fmt::Write as _;

use super::super::answers::Wish;
use super::super::wanted::{ACCOUNT_SCOPES, MARK, VAULT_GRANT, Wanted};

/// Steps in the dashboard. `pem` is the public half of the key, if it is there.
#[must_use]
pub fn steps(wanted: &Wanted, pem: Option<&str>) -> String {
    let Wanted {
        domain,
        name,
        connection,
        ..
    } = wanted;
    let login = wanted.login_name();
    let scopes = wanted.scopes.join(", ");
    let mut out = format!(
        "Setting {domain} up by hand, in this order; a wrong order fails silently.\nThe dashboard is at https://manage.auth0.com. What stands indented is to be copied.\n"
    );
    let mut number = 0;
    let mut step = |title: &str, lines: &[String]| {
        number += 1;
        // Writing to a String cannot fail.
        let _ = writeln!(out, "\n{number}. {title}");
        for line in lines {
            let _ = writeln!(out, "   {line}");
        }
    };
    match pem {
        Some(pem) => {
            let mut lines = vec!["It is there. Its public half, for step 3:".to_owned()];
            lines.extend(pem.lines().map(|line| format!("  {line}")));
            step("The key on this machine", &lines);
        }
        None => step(
            "Make the key on this machine; its public half is printed",
            &[format!("  bountyd keys new {}", wanted.key.display())],
        ),
    }
    step(
        "Applications > Applications > Create Application > Machine to Machine",
        &[
            "Name:".into(),
            format!("  {name}"),
            "No API has to be authorised for it.".into(),
            "Settings > Advanced > Application Metadata, so that bountyd knows it again:".into(),
            format!("  {MARK} = {}", wanted.worker_mark()),
            "Settings > Advanced > OAuth: JsonWebToken Signature Algorithm RS256, OIDC Conformant on."
                .into(),
            "Settings > Advanced > Grant Types: Token Vault, which the API calls".into(),
            format!("  {VAULT_GRANT}"),
        ],
    );
    let by_key = wanted.authentication != Wish::ClientSecret;
    let mut credentials = vec![];
    if by_key {
        credentials.push(
            "Credentials > Authentication Method: Private Key JWT, with the public key of step 1, RS256. (Enterprise plan; without it keep Client Secret (Post), and store the secret:".to_owned(),
        );
        credentials.push(format!("  {})", wanted.client_secret_file.display()));
    } else {
        credentials.push(
            "Credentials > Authentication Method: Client Secret (Post). Store the secret in a file of mode 0600:".to_owned(),
        );
        credentials.push(format!("  {}", wanted.client_secret_file.display()));
    }
    credentials.extend([
        "Token Vault privileged access (Early Access: Auth0 switches it on for a tenant on request):"
            .into(),
        "  credential: the public key of step 1".into(),
        format!(
            "  IP allow-list: {}",
            if wanted.addresses.is_empty() {
                "the public address of this machine".to_owned()
            } else {
                wanted.addresses.join(", ")
            }
        ),
        format!("  grants: connection {connection}, scopes {scopes}"),
        "Each of the three lists, left empty, means that every exchange is refused.".into(),
    ]);
    step(&format!("In the application \"{name}\""), &credentials);
    let mut lines = vec![
        "Name:".to_owned(),
        format!("  {login}"),
        "Application Metadata:".into(),
        format!("  {MARK} = {}", wanted.login_mark()),
        "Allowed Callback URLs, which are compared letter by letter:".into(),
    ];
    lines.extend(wanted.callbacks.iter().map(|url| format!("  {url}")));
    lines.push(
        "Advanced > Grant Types: Authorization Code. OIDC Conformant on. Authentication: None."
            .into(),
    );
    step(
        "Applications > Applications > Create Application > Native",
        &lines,
    );
    step(
        "At GitHub: Settings > Developer settings > OAuth Apps > New OAuth App",
        &[
            "Authorization callback URL:".into(),
            format!("  {}", wanted.github_callback()),
            "Keep the client id, and make a client secret, for the next step.".into(),
        ],
    );
    step(
        "Authentication > Social > Create Connection > GitHub",
        &[
            "Name:".into(),
            format!("  {connection}"),
            "Client ID and secret: those of step 5. Permissions:".into(),
            format!("  {scopes}"),
            "Purpose: Connected Accounts for Token Vault; and Authentication, if you log in by GitHub."
                .into(),
            format!("Applications: switch it on for \"{name}\" and \"{login}\"."),
        ],
    );
    step(
        "Applications > APIs > Auth0 My Account API > Activate",
        &[
            format!("Its identifier is {}", wanted.my_account()),
            format!("Applications > \"{login}\" > User Access: authorise it for"),
            format!("  {}", ACCOUNT_SCOPES.join("\n     ")),
            "It must be the access for users, not for the client itself.".into(),
        ],
    );
    step(
        "Security > Multi-factor Auth",
        &["The policy must not be Always: nobody can answer at night.".into()],
    );
    step(
        "The configuration",
        &["Write the two client ids and your user id into bountyd.toml, or run `bountyd init` again: with our mark it finds both applications.".into()],
    );
    out
}
