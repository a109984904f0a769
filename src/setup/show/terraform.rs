//! The plan as Terraform, for tenants that are kept as code (provider auth0/auth0, 1.55 or newer).

use std::fmt::Write as _;

use super::super::answers::Wish;
use super::super::wanted::{ACCOUNT_SCOPES, MARK, VAULT_GRANT, Wanted};

/// A file for `terraform apply`. The secret of the application at GitHub is a variable, so that it does not
/// stand in it; Terraform keeps it in its state, which is to be guarded.
#[must_use]
pub fn file(wanted: &Wanted, pem: Option<&str>) -> String {
    let mut out = String::from(
        "# Made by `bountyd init --terraform`. The provider keeps secrets in its state: guard it.\n\
         terraform {\n  required_providers {\n    auth0 = {\n      source  = \"auth0/auth0\"\n      version = \">= 1.55.0\"\n    }\n  }\n}\n\n\
         variable \"github_client_secret\" {\n  description = \"Client secret of your OAuth App at GitHub\"\n  type        = string\n  sensitive   = true\n}\n\n",
    );
    let q = |text: &str| quoted(text);
    let list = |items: &[String]| {
        let items: Vec<String> = items.iter().map(|item| q(item)).collect();
        format!("[{}]", items.join(", "))
    };
    let scopes = list(&wanted.scopes);
    let pem = match pem {
        Some(pem) => format!("<<-PEM\n{}\n    PEM", pem.trim_end()),
        None => format!(
            "file({}) # the public half: bountyd keys public {}",
            q("assertion-key.pub"),
            wanted.key.display()
        ),
    };
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "resource \"auth0_client\" \"worker\" {{
  name            = {name}
  app_type        = \"non_interactive\"
  is_first_party  = true
  oidc_conformant = true
  grant_types     = [{grant}]
  client_metadata = {{ {MARK} = {mark} }}
  jwt_configuration {{
    alg = \"RS256\"
  }}
}}

locals {{
  bountyd_public_key = {pem}
}}

resource \"auth0_client_credentials\" \"worker\" {{
  client_id             = auth0_client.worker.id
",
        name = q(&wanted.name),
        grant = q(VAULT_GRANT),
        mark = q(&wanted.worker_mark()),
    );
    if wanted.authentication == Wish::ClientSecret {
        out += "  authentication_method = \"client_secret_post\"\n";
    } else {
        let _ = write!(
            out,
            "  authentication_method = \"private_key_jwt\" # Enterprise plan; else client_secret_post
  private_key_jwt {{
    credentials {{
      name            = {name}
      credential_type = \"public_key\"
      algorithm       = \"RS256\"
      pem             = local.bountyd_public_key
    }}
  }}
",
            name = q(&wanted.key_name()),
        );
    }
    let addresses = if wanted.addresses.is_empty() {
        "[] # the public address of this machine: while it is empty, every exchange is refused"
            .into()
    } else {
        list(&wanted.addresses)
    };
    let _ = write!(
        out,
        "  token_vault_privileged_access {{
    credentials {{
      name            = {key}
      credential_type = \"public_key\"
      algorithm       = \"RS256\"
      pem             = local.bountyd_public_key
    }}
    ip_allowlist = {addresses}
    grants {{
      connection = {connection}
      scopes     = {scopes}
    }}
  }}
}}

resource \"auth0_client\" \"login\" {{
  name            = {login}
  app_type        = \"native\"
  is_first_party  = true
  oidc_conformant = true
  grant_types     = [\"authorization_code\"]
  callbacks       = {callbacks}
  client_metadata = {{ {MARK} = {mark} }}
}}

resource \"auth0_client_credentials\" \"login\" {{
  client_id             = auth0_client.login.id
  authentication_method = \"none\"
}}

resource \"auth0_connection\" \"github\" {{
  name     = {connection}
  strategy = \"github\"
  options {{
    client_id     = {github}
    client_secret = var.github_client_secret
    scopes        = {scopes}
  }}
  connected_accounts {{
    active = true
  }}
}}

resource \"auth0_connection_clients\" \"github\" {{
  connection_id   = auth0_connection.github.id
  enabled_clients = [auth0_client.worker.id, auth0_client.login.id]
}}

# If the tenant refuses this one: activate the API under Applications > APIs, and import it.
resource \"auth0_resource_server\" \"my_account\" {{
  name       = \"Auth0 My Account API\"
  identifier = {audience}
}}

resource \"auth0_client_grant\" \"login\" {{
  client_id    = auth0_client.login.id
  audience     = auth0_resource_server.my_account.identifier
  scopes       = {account}
  subject_type = \"user\"
}}

output \"client_id\" {{
  value = auth0_client.worker.id
}}

output \"login_client_id\" {{
  value = auth0_client.login.id
}}
",
        key = q(&wanted.key_name()),
        connection = q(&wanted.connection),
        login = q(&wanted.login_name()),
        callbacks = list(&wanted.callbacks),
        mark = q(&wanted.login_mark()),
        github = q(wanted
            .github_client_id
            .as_deref()
            .unwrap_or("YOUR-CLIENT-ID-AT-GITHUB")),
        audience = q(&wanted.my_account()),
        account = list(&ACCOUNT_SCOPES.map(ToOwned::to_owned)),
    );
    out
}

/// A string of HCL: quoted, and without a template in it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' => out.extend([c]),
            '{' if out.ends_with(['$', '%']) => {
                // `${` begins a template; doubled it does not.
                let sign = out.pop().unwrap_or('$');
                out.extend([sign, sign, '{']);
            }
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_begins_no_template() {
        assert_eq!(quoted("a\"b\\c"), r#""a\"b\\c""#);
        assert_eq!(quoted("${x} $ %{y}"), r#""$${x} $ %%{y}""#);
        assert_eq!(quoted("a\nb\u{7}"), r#""a\nb\u0007""#);
    }
}
