//! What the operator's token must be allowed to do.

/// Without each of these the set-up stops somewhere on its way.
pub const SET_UP_SCOPES: &[&str] = &[
    "read:clients",
    "create:clients",
    "update:clients",
    "read:client_credentials",
    "create:client_credentials",
    "update:client_credentials",
    "create:client_token_vault_privileged_access",
    "update:client_token_vault_privileged_access",
    "read:connections",
    "create:connections",
    "update:connections",
    "read:resource_servers",
    "create:resource_servers",
    "read:client_grants",
    "create:client_grants",
    "read:users",
];

/// Nice to have: the client's secret where the plan has no Private Key JWT, this machine's address as
/// the tenant sees it, the policy for second factors, and scopes that a grant lacks.
pub const OPTIONAL_SCOPES: &[&str] = &[
    "read:client_keys",
    "update:client_keys",
    "read:logs",
    "read:mfa_policies",
    "update:client_grants",
];

/// To register the successor of a key and let it sign.
pub const ROTATE_SCOPES: &[&str] = &[
    "read:clients",
    "update:clients",
    "read:client_credentials",
    "create:client_credentials",
    "update:client_credentials",
    "update:client_token_vault_privileged_access",
];

/// To take a key out that signs no more.
pub const RETIRE_SCOPES: &[&str] = &[
    "read:clients",
    "update:clients",
    "read:client_credentials",
    "update:client_credentials",
    "delete:client_credentials",
    "update:client_token_vault_privileged_access",
];

/// To look at everything that the worker's exchange and connecting depend on. None of them writes.
pub const EXAMINE_SCOPES: &[&str] = &[
    "read:clients",
    "read:client_credentials",
    "read:connections",
    "read:resource_servers",
    "read:client_grants",
    "read:users",
    "read:mfa_policies",
    "read:logs",
];
