//! How the worker proves to the tenant that it is this application that asks.

use vault::tenant::Authentication;

use super::applications::holds_our_key;
use super::{Action, Difference, Known, Part, Step};
use crate::setup::answers::Wish;
use crate::setup::found::Found;
use crate::setup::wanted::Wanted;

/// Apart from the signed request. Where nothing is asked for by name, what was agreed on before stays.
pub(super) fn authentication(wanted: &Wanted, found: &Found, known: Known) -> Step {
    let now = found.worker.as_ref().map(|app| app.authentication());
    let agreed = now == Some(Some(Authentication::ClientSecret)) && !known.worker_is_fresh;
    let by_key = match wanted.authentication {
        Wish::PrivateKeyJwt => true,
        Wish::ClientSecret => false,
        Wish::Auto => !known.no_private_key_jwt && !agreed,
    };
    let step = |action, differences| Step {
        part: Part::Authentication,
        action,
        object: if by_key {
            "proof of the worker: its key (Private Key JWT)".to_owned()
        } else {
            format!(
                "proof of the worker: a client secret, in {}",
                wanted.client_secret_file.display()
            )
        },
        why: "beside the signed request the tenant wants to know that it is this application that asks",
        differences,
    };
    let other = if known.worker_is_fresh {
        Action::Change
    } else {
        Action::Overwrite
    };
    match (by_key, now) {
        (_, None) => step(Action::Create, Vec::new()),
        (true, Some(Some(Authentication::PrivateKeyJwt(ids)))) => {
            if holds_our_key(wanted, found, ids.iter().map(String::as_str)) {
                return step(Action::Leave, Vec::new());
            }
            let kid = wanted.kid.as_deref().unwrap_or("the new key");
            let said = format!("{} of others", ids.len());
            let setting = "client_authentication_methods.private_key_jwt";
            let difference = Difference::adds(setting, &said, format!("and {kid}"));
            step(Action::Change, vec![difference])
        }
        (true, Some(now)) => {
            let found = match now {
                Some(Authentication::ClientSecret) => "client_secret_post",
                Some(Authentication::Public) => "none",
                _ => "another way",
            };
            let setting = "token_endpoint_auth_method";
            let difference = Difference::replaces(setting, found, "private_key_jwt");
            step(other, vec![difference])
        }
        (false, Some(Some(Authentication::ClientSecret))) if known.secret_file_missing => {
            let file = wanted.client_secret_file.display().to_string();
            let difference = Difference::adds("the file with the secret", "not there", file);
            step(Action::Change, vec![difference])
        }
        (false, Some(Some(Authentication::ClientSecret))) => step(Action::Leave, Vec::new()),
        (false, Some(now)) => {
            let found = match now {
                Some(Authentication::PrivateKeyJwt(_)) => "private_key_jwt",
                _ => "none",
            };
            let setting = "client_authentication_methods";
            let difference = Difference::replaces(setting, found, "a client secret");
            step(other, vec![difference])
        }
    }
}
