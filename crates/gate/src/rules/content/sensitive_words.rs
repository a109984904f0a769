//! C7, by words: Rust `unsafe`, cryptography, and protections switched off.

use std::sync::LazyLock;

use crate::case::Changed;
use crate::finding::{Findings, Severity};
use crate::patterns::{Pattern, Table, Where};
use crate::rules::RuleId;

static SENSITIVE: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        RuleId::C7,
        Severity::Hold,
        false,
        &[
            Pattern {
                place: Where::Only(&["rs"]),
                what: "`unsafe`",
                pattern: r"\bunsafe\s*(?:\{|fn\b|impl\b|trait\b|extern\b|\(|$)|#\[(?:unsafe|no_mangle|export_name)\b|\bextern\s+[\x22]C[\x22]|\bstatic\s+mut\b",
            },
            Pattern {
                place: Where::Code,
                what: "a certificate that is not checked",
                pattern: r"\bverify\s*=\s*False\b|\bverify_ssl\s*[=:]\s*(?:False|false)|\bssl\.CERT_NONE\b|\b_create_unverified_context\b|\bcheck_hostname\s*=\s*False|\brejectUnauthorized[\x22\x27]?\s*:\s*false|NODE_TLS_REJECT_UNAUTHORIZED|\bInsecureSkipVerify\s*:\s*true|\bdanger_accept_invalid|\bVERIFY_NONE\b|CURLOPT_SSL_VERIFY(?:PEER|HOST)|\bTrustAll|\bALLOW_ALL_HOSTNAME|\bX509TrustManager\b|\bHostnameVerifier\b|\bServerCertificateValidationCallback|\bcurl\b[^\n]*\s(?:-k|--insecure)\b|--no-check-certificate|\bdisable_warnings\s*\(|strict-ssl\s*=?\s*false|\bsslmode=disable|\bStrictHostKeyChecking[ =]no|AutoAddPolicy|InsecureIgnoreHostKey|\bTLSv1(?:_1)?\b|\bPROTOCOL_(?:SSLv|TLSv1\b)|\bMinVersion\s*:\s*tls\.VersionTLS1[01]\b",
            },
            Pattern {
                place: Where::Code,
                what: "a signature or token that is not checked",
                pattern: r"[\x22\x27]?verify_signature[\x22\x27]?\s*[:=]\s*(?:False|false)|\balgorithms?[\x22\x27]?\s*[:=]\s*\[?\s*[\x22\x27][Nn]one[\x22\x27]|\balg[\x22\x27]?\s*:\s*[\x22\x27]none[\x22\x27]|\binsecure_disable_signature_validation|\bdangerous_insecure|\bParseUnverified\b|\bverify_exp[\x22\x27]?\s*:\s*False|\bignoreExpiration\s*:\s*true|\bjwt\.decode\s*\(",
            },
            Pattern {
                place: Where::Code,
                what: "weak cryptography",
                pattern: r"(?i:\b(?:md5|sha-?1|rc4|des3?|3des|blowfish|ecb)\b\s*[(.:]|hashlib\.(?:md5|sha1)\b|createHash\s*\(\s*[\x22\x27](?:md5|sha1)|MessageDigest\.getInstance\s*\(\s*[\x22](?:md5|sha-?1)|\bmode_ecb\b|/ecb/|crypto/(?:md5|sha1|des|rc4)|Digest::(?:MD5|SHA1)\b|\bmd5\s*\(|\bsha1\s*\()|\bAES\.new\s*\(|\bCipher\.getInstance\s*\(|\bcreateCipher(?:iv)?\s*\(|\bcreateDecipher(?:iv)?\s*\(",
            },
            Pattern {
                place: Where::Code,
                what: "chance that can be guessed, near a secret",
                pattern: r"(?i)(?:token|secret|passw|nonce|salt|session|otp|csrf|key|iv)\w*\s*(?::=|[:=])[^\n]*(?:Math\.random|random\.(?:random|randint|choice|choices|getrandbits|sample)|\brand\s*\(|mt_rand|rand\.(?:Int|Intn|Read)|new Random\(|thread_rng|uuid1|time\.time|Date\.now)",
            },
            Pattern {
                place: Where::Code,
                what: "a comparison that leaks time",
                pattern: r"(?i)\b(?:hmac|signature|digest|expected_sig\w*|mac|csrf_?token)\w*\s*(?:===?|!==?)\s*\w|\b\w+\s*(?:===?|!==?)\s*\w*(?:hmac|signature|csrf_?token|expected_mac)\b",
            },
            Pattern {
                place: Where::Code,
                what: "a protection switched off",
                pattern: r"@csrf_exempt\b|\bcsrf\(\)\.disable|\bcsrf\s*[:=]\s*(?:False|false)|\bprotect_from_forgery\b[^\n]*(?:except|null_session)|\bskip_before_action\b|\bpermitAll\s*\(|\bAllowAny\b|@AllowAnonymous|@PermitAll|@PublicApi|\b[Aa]ccess-[Cc]ontrol-[Aa]llow-[Oo]rigin\b|\bCORS_(?:ORIGIN_)?ALLOW_ALL|allow_origins\s*=\s*\[\s*[\x22\x27]\*|\borigin\s*:\s*(?:true\b|[\x22\x27]\*)|\bAllowAllOrigins\b|\bDEBUG\s*=\s*True\b|\bdebug\s*=\s*True\b|\bhttpOnly\s*:\s*false|\bHttpOnly\s*[:=]\s*false|\bsecure\s*:\s*false|\bSESSION_COOKIE_SECURE\s*=\s*False|\bcontextIsolation\s*:\s*false|\bnodeIntegration\s*:\s*true|\bwebSecurity\s*:\s*false|\bsandbox\s*:\s*false|--no-sandbox\b|\bALLOWED_HOSTS\s*=\s*\[\s*[\x22\x27]\*|\bContent-Security-Policy\b|\bunsafe-(?:inline|eval)\b|\bhost\s*=\s*[\x22\x27]0\.0\.0\.0|\bdisable_?auth|\bskip_?auth|\bbypass_?auth|\bnoAuth\b|\bauth\s*=\s*(?:False|false)\b|\brequire_?auth\w*\s*[:=]\s*(?:False|false)|\bis_?admin\s*(?::=|[:=])\s*(?:True|true)|\bmax_age\s*=\s*None\b|\brate_?limit\w*\s*[:=]\s*(?:0|None|null|false|False)\b|\bseccomp[=:]unconfined|\bapparmor[=:]unconfined",
            },
            Pattern {
                place: Where::Code,
                what: "a door that was built in",
                pattern: r"(?i)\bbackdoor\b|\b(?:user|username|login|email|password|passwd|pwd|token|key|role)\w*\s*(?:===?|\.equals\(|\.eq\()\s*&?[\x22\x27][^\x22\x27\n]{4,}[\x22\x27]|\bmaster_?(?:password|key)\b|\bX-(?:Debug|Admin|Bypass|Backdoor|Internal)-?\w*",
            },
        ],
    )
});

pub(super) fn check(changed: &Changed<'_>, out: &mut Findings) {
    SENSITIVE.check(changed, out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::content::held;

    #[test]
    fn patterns_compile() {
        assert_eq!(SENSITIVE.broken(), Vec::<&str>::new());
    }

    #[test]
    fn c7_sensitive_code_is_held() {
        for (path, text) in [
            (
                "src/a.rs",
                r"let x = unsafe { *p };
",
            ),
            (
                "src/a.py",
                r"requests.get(u, verify=False)
",
            ),
            (
                "src/a.go",
                r"&tls.Config{InsecureSkipVerify: true}
",
            ),
            (
                "src/a.py",
                r"hashlib.md5(p).hexdigest()
",
            ),
            (
                "src/a.js",
                r"const token = Math.random().toString(36)
",
            ),
            (
                "src/a.py",
                r"@csrf_exempt
",
            ),
            (
                "src/a.py",
                r#"if username == "maintenance":
"#,
            ),
            (
                "src/a.js",
                r"if (sig !== expectedSignature) signature == sig
",
            ),
            (
                "src/a.js",
                r#"jwt: { algorithms: ["none"] }
"#,
            ),
        ] {
            assert!(held(RuleId::C7, path, text), "{path}: {text}");
        }
    }

    #[test]
    fn c7_ordinary_code_passes() {
        for (path, text) in [
            (
                "src/a.rs",
                r"// unsafe is forbidden
#![forbid(unsafe_code)]
",
            ),
            (
                "src/a.py",
                r"requests.get(u, timeout=5)
",
            ),
            (
                "src/a.py",
                r"hashlib.sha256(p)
",
            ),
            (
                "src/a.js",
                r"const key = row.id
",
            ),
            (
                "src/a.py",
                r#"if status == "ready":
"#,
            ),
            (
                "src/a.js",
                r"const jitter = Math.random() * delay
",
            ),
        ] {
            assert!(!held(RuleId::C7, path, text), "{path}: {text}");
        }
    }
}
