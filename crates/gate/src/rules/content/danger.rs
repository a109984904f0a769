//! C4: calls that run text as code, trust foreign bytes, or put strings where code goes.

use std::sync::LazyLock;

use crate::case::Changed;
use crate::finding::{Findings, Severity};
use crate::patterns::{Pattern, Table, Where};
use crate::rules::RuleId;

static DANGER: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        RuleId::C4,
        Severity::Hold,
        false,
        &[
            Pattern {
                place: Where::Except(&[
                    "rs", "go", "java", "kt", "scala", "c", "h", "cc", "cpp", "cxx", "hpp", "cs",
                    "fs", "swift", "dart", "zig", "hs", "ml", "sol",
                ]),
                what: "text run as code",
                pattern: r"(?:^|[^.\w$\s>]|[^-]>|\b(?:return|await|yield|in|and|or|not|if|elif|else|unless|while|do|then|assert|raise|throw|case|typeof|void|new|delete|when|puts|print|echo|say|warn|default|of|from|as|with|until|begin|ensure|rescue|builtin|command|exec|eval|sudo)\b)\s*(?:eval|exec|execfile)\s*\(",
            },
            Pattern {
                place: Where::Code,
                what: "text run as code",
                pattern: r"\bbuiltins\.(?:eval|exec)\b|\bnew\s+Function\s*\(|(?:^|[^.\w])Function\s*\(\s*[\x22\x27`\w]|\bvm\.(?:runIn|Script|compileFunction)|\bset(?:Timeout|Interval)\s*\(\s*[\x22\x27`]|\b(?:window|globalThis|global|self)\s*(?:\.|\[[\x22\x27])eval\b|\binstance_eval\b|\bclass_eval\b|\bloadstring\s*\(|\bScriptEngine\b|\bGroovyShell\b|\bcompile\s*\([^\n]*[\x22\x27]exec[\x22\x27]",
            },
            Pattern {
                place: Where::Code,
                what: "a module chosen at run time",
                pattern: r"\b__import__\s*\(|\bimportlib\.import_module\s*\(\s*[^\x22\x27\s)]|\brequire\s*\(\s*[^\x22\x27`\s)][^\n)]*\)|\bimport\s*\(\s*[a-z_$][\w$]*\s*\)|\bplugin\.Open\(|\bdlopen\s*\(|\blibloading::|\bctypes\.(?:CDLL|cdll|windll|WinDLL)|\bLoadLibrary|\bSystem\.load(?:Library)?\(|\bspec_from_file_location\(",
            },
            Pattern {
                place: Where::Only(&["py", "pyi", "ipynb"]),
                what: "a shell",
                pattern: r"\bos\.(?:system|popen|exec[lv]p?e?|spawn[lv]p?e?)\s*\(|\bshell\s*=\s*True\b|\bcommands\.getoutput|\bsubprocess\.(?:getoutput|getstatusoutput)|\bcreate_subprocess_shell\b|\basyncio\.create_subprocess",
            },
            Pattern {
                place: Where::Only(&["py", "pyi", "ipynb"]),
                what: "foreign bytes made objects",
                pattern: r"\b(?:c?[Pp]ickle|dill|cloudpickle|marshal|shelve|joblib|jsonpickle)\.(?:loads?|open|decode|Unpickler)\b|\byaml\.(?:load|load_all|unsafe_load|full_load)\s*\(\s*(?:[^\n,)]*\)|[^\n]*(?:Unsafe|Full|Loader=yaml\.Loader))|\btorch\.load\s*\(|\bread_pickle\s*\(|allow_pickle\s*=\s*True|\bXMLParser\([^\n]*resolve_entities\s*=\s*True",
            },
            Pattern {
                place: Where::Only(&[
                    "js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "vue", "svelte", "html",
                    "svg", "htm",
                ]),
                what: "a process",
                pattern: r"\bchild_process\b|\b(?:exec|spawn|execFile|fork)Sync\s*\(|\bBun\.(?:spawn|\$)|\bDeno\.(?:run|Command)\b|\bprocess\.binding\b|\bshelljs\b",
            },
            Pattern {
                place: Where::Only(&[
                    "js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "vue", "svelte", "html",
                    "svg", "htm",
                ]),
                what: "markup from a string",
                pattern: r"\.(?:inner|outer)HTML\s*\+?=[^=]|\bdangerouslySetInnerHTML\b|\bdocument\.write(?:ln)?\s*\(|\.insertAdjacentHTML\s*\(|\bv-html\s*=|\{@html\b|\bbypassSecurityTrust",
            },
            Pattern {
                place: Where::Outside(&[
                    "js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "vue", "svelte", "html",
                    "svg", "htm",
                ]),
                what: "markup that runs code",
                pattern: r"\bon(?:load|error|click)\s*=\s*[\x22\x27]|<script\b|javascript:|\bsrcdoc\s*=",
            },
            Pattern {
                place: Where::Only(&[
                    "js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "vue", "svelte", "html",
                    "svg", "htm",
                ]),
                what: "a prototype opened",
                pattern: r"(?:^|[^\x22\x27])__proto__|\bconstructor\s*\[\s*[\x22\x27]prototype|Object\.prototype\.\w+\s*=|\bnode-serialize\b|\bunserialize\s*\(",
            },
            Pattern {
                place: Where::Outside(&[
                    "js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "vue", "svelte", "html",
                    "svg", "htm",
                ]),
                what: "a prototype opened",
                pattern: r"(?:^|[^=\s]|[^=!]=)\s*[\x22\x27]__proto__",
            },
            Pattern {
                place: Where::Only(&["rb", "rake"]),
                what: "a shell, or foreign bytes made objects",
                pattern: r"(?:^|[^.\w])(?:system|exec|spawn|syscall)[\s(]+[\x22\x27]|\bKernel\.(?:system|exec|spawn|eval)|%x[\[({]|`[^`\n]*`|\bMarshal\.load|\bYAML\.(?:load|unsafe_load)\b|\bOpen3\.|\bIO\.popen|\bconstantize\b|\.(?:public_)?send\(\s*params|\bERB\.new\(",
            },
            Pattern {
                place: Where::Only(&["php"]),
                what: "a shell, or foreign bytes made objects",
                pattern: r"(?:^|[^\w$>\s]|[^-]>|\b(?:php|return|echo|print|and|or|xor|if|else|do|throw|yield|from|case|new)\b)\s*(?:shell_exec|passthru|proc_open|popen|pcntl_exec|system|exec|assert|create_function|unserialize|extract|eval)\s*\(|\$\$\w|\b(?:include|require)(?:_once)?\s*\(?\s*\$|preg_replace\s*\(\s*[\x22\x27][^\n]*/e[\x22\x27]|`[^`\n]*\$",
            },
            Pattern {
                place: Where::Only(&["go"]),
                what: "a process",
                pattern: r"\bexec\.Command(?:Context)?\s*\(|\bsyscall\.(?:Exec|ForkExec|StartProcess)\b|\bos\.StartProcess\b|\btemplate\.(?:HTML|JS)\(|\breflect\.NewAt|\bunsafe\.Pointer\b",
            },
            Pattern {
                place: Where::Only(&["rs"]),
                what: "a process",
                pattern: r"\bCommand::new\s*\(|\bstd::process::Command\b|\btransmute\b|\bfrom_raw_parts|\bget_unchecked|\bset_var\s*\(",
            },
            Pattern {
                place: Where::Only(&["java", "kt", "kts", "scala", "groovy"]),
                what: "a process, or foreign bytes made objects",
                pattern: r"\bRuntime\.getRuntime\(\)|\bProcessBuilder\b|\bObjectInputStream\b|\breadObject\s*\(|\bXMLDecoder\b|\benableDefaultTyping\b|\bInitialContext\b[^\n]*lookup|\bjndi:|\bClass\.forName\s*\(|\bdefineClass\s*\(|\bSnakeYaml|\bnew Yaml\(\)|\bsetAccessible\s*\(\s*true",
            },
            Pattern {
                place: Where::Only(&["cs", "vb", "fs"]),
                what: "a process, or foreign bytes made objects",
                pattern: r"\bProcess\.Start\s*\(|\bBinaryFormatter\b|\bTypeNameHandling\.(?:All|Auto|Objects)|\bAssembly\.Load|\bDllImport\b|\bActivator\.CreateInstance|FromSqlRaw\s*\(\s*\$",
            },
            Pattern {
                place: Where::Only(&["c", "h", "cc", "cpp", "cxx", "hpp", "m", "mm"]),
                what: "a process, or a copy without an end",
                pattern: r"(?:^|[^\w.])(?:system|popen|execl[pe]?|execv[pe]*|gets|strcpy|strcat|sprintf|vsprintf|stpcpy|alloca|scanf|mktemp|tmpnam)\s*\(|\bprintf\s*\(\s*[a-z_]\w*\s*\)",
            },
            Pattern {
                place: Where::Only(&["lua", "ex", "exs", "pl", "pm", "r", "jl", "swift", "dart"]),
                what: "a process",
                pattern: r"\bos\.execute\s*\(|\bio\.popen\s*\(|\bSystem\.(?:cmd|shell)\b|:os\.cmd|\bCode\.eval|\bqx[/{(]|\bsystem\s*\(|\bProcess\(\)|\bNSTask\b|\bProcess\.run\b",
            },
            Pattern {
                place: Where::Shipped,
                what: "SQL put together from strings",
                pattern: r"(?i)(?:execute|executemany|query|raw|exec|prepare|text|sql|cursor|QueryRow|Exec|rawQuery|createQuery|queryRaw\w*)\w*\s*\(\s*(?:f[\x22\x27]|\$[\x22]|`[^`\n]*\$\{|[\x22\x27][^\n\x22\x27]*[\x22\x27]\s*(?:%|\+|\.\s*format|\|\|)|fmt\.Sprintf|&?format!|String\.format)|\b(?:f|\$)[\x22\x27](?:select|insert|update|delete)\s[^\n]*\{|[\x22\x27](?:select|insert into|update|delete from)\s[^\n\x22\x27]*[\x22\x27]\s*\+|`(?:select|insert into|update|delete from)\s[^`\n]*\$\{|(?:Sprintf|format!?)\s*\(\s*[\x22\x27](?:select|insert into|update|delete from)\s",
            },
            Pattern {
                place: Where::Shipped,
                what: "a path put together from a request",
                pattern: r"(?i)(?:open|sendFile|readFile\w*|createReadStream|join|File|unlink\w*|send_file)\s*\([^\n]*\b(?:req|request|params|query|body|args|form)\s*(?:\.|\[)",
            },
            Pattern {
                place: Where::Shipped,
                what: "an address taken from a request",
                pattern: r"(?i)\b(?:requests\.\w+|fetch|axios(?:\.\w+)?|urlopen|http\.get|redirect|got)\s*\(\s*(?:req|request|params|query|ctx|c)\s*(?:\.|\[)",
            },
            Pattern {
                place: Where::Shipped,
                what: "a template made of foreign text",
                pattern: r"\brender_template_string\s*\(|\bjinja2\.Template\s*\(|\bmark_safe\s*\(|\|\s*safe\b|autoescape\s*=\s*False|\bMarkup\s*\(|\{\{\{|\bhtml_safe\b|\braw\s*\(\s*params",
            },
        ],
    )
});

pub(super) fn check(changed: &Changed<'_>, out: &mut Findings) {
    DANGER.check(changed, out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::content::held;

    #[test]
    fn patterns_compile() {
        assert_eq!(DANGER.broken(), Vec::<&str>::new());
    }

    #[test]
    fn c4_dangerous_calls_are_held() {
        for (path, text) in [
            ("src/a.php", "<?php system($x);\n"),
            ("src/a.js", "export default eval(x)\n"),
            ("src/a.js", "f('{\"__proto__\": {}}')\n"),
            ("a.test.js", "a.__proto__ = b\n"),
            ("src/a.py", "x = exec(data)\n"),
            ("src/a.py", "return eval(data)\n"),
            ("src/a.py", "    eval(data)\n"),
            ("src/a.py", "def f(self): exec(data)\n"),
            ("src/a.rb", "puts eval(x)\n"),
            ("src/a.js", "a => eval(b)\n"),
            ("src/a.php", "$a = exec($b);\n"),
            ("src/a.php", "<?php\n  @system($b);\n"),
            ("src/a.php", "return unserialize($b);\n"),
            ("src/a.js", "a['__proto__'].x = b\n"),
            ("src/a.js", "a.__proto__ = b\n"),
            ("src/a.js", "const k = '__proto__'\n"),
            ("src/a.html", "<script>x()</script>\n"),
            ("src/a.ts", "const a = `<script src=${b}>`\n"),
            ("src/a.test.ts", "e.innerHTML = x\n"),
            (
                "src/a.py",
                r"eval(data)
",
            ),
            (
                "src/a.js",
                r#"x = new Function("a", b)
"#,
            ),
            (
                "src/a.py",
                r"os.system(cmd)
",
            ),
            (
                "src/a.py",
                r"subprocess.run(c, shell=True)
",
            ),
            (
                "src/a.py",
                r"pickle.loads(x)
",
            ),
            (
                "src/a.py",
                r"yaml.load(f)
",
            ),
            (
                "src/a.js",
                r#"const cp = require("child_process")
"#,
            ),
            (
                "src/a.go",
                r#"exec.Command("sh", "-c", x)
"#,
            ),
            (
                "src/a.rs",
                r#"Command::new("sh")
"#,
            ),
            (
                "src/a.java",
                r"Runtime.getRuntime().exec(c);
",
            ),
            (
                "src/a.c",
                r"strcpy(a, b);
",
            ),
            (
                "src/a.php",
                r"system($x);
",
            ),
            (
                "src/a.py",
                r#"cur.execute(f"select * from t where a = {x}")
"#,
            ),
            (
                "src/a.ts",
                r"db.query(`SELECT * FROM t WHERE a = ${x}`)
",
            ),
            (
                "src/a.tsx",
                r"<div dangerouslySetInnerHTML={x} />
",
            ),
            (
                "src/a.rb",
                r"Marshal.load(x)
",
            ),
            (
                "tests/test_a.py",
                r#"os.system("x")
"#,
            ),
            (
                "src/a.py",
                r#"__import__("o" + "s")
"#,
            ),
        ] {
            assert!(held(RuleId::C4, path, text), "{path}: {text}");
        }
    }

    #[test]
    fn c4_ordinary_calls_pass() {
        for (path, text) in [
            ("a.test.js", "JSON.parse('{\"__proto__\": {}}')\n"),
            (
                "src/a.rs",
                "pub fn eval(e: &Expr) -> f64 { eval(e.left) }\n",
            ),
            ("src/A.java", "int exec(int x) { return exec(x - 1); }\n"),
            (
                "src/a.py",
                "    def exec(self, sql):\n        return self.exec(sql)\n",
            ),
            ("src/a.php", "$db->exec('CREATE TABLE a (b TEXT)');\n"),
            ("src/a.php", "public function exec($sql) {}\n"),
            (
                "src/a.js",
                "if (k === '__proto__' || k === 'constructor') continue;\n",
            ),
            (
                "src/a.test.ts",
                "expect(escape('<script>')).toBe('&lt;script&gt;')\n",
            ),
            (
                "src/a.py",
                r"model.eval()
re.compile(x)
retrieval(x)
",
            ),
            (
                "src/a.js",
                r"regex.exec(line)
const f = function (a) {}
",
            ),
            (
                "src/a.py",
                r"yaml.safe_load(f)
yaml.load(f, Loader=yaml.SafeLoader)
",
            ),
            (
                "src/a.py",
                r"# do not eval(x)
",
            ),
            (
                "src/a.rs",
                r"// Command::new
let command = Command::parse();
",
            ),
            (
                "src/a.py",
                r#"cur.execute("select * from t where a = %s", (x,))
"#,
            ),
            (
                "src/a.c",
                r#"snprintf(a, sizeof a, "%s", b);
"#,
            ),
            (
                "src/a.ts",
                r#"db.query("SELECT 1")
"#,
            ),
            (
                "docs/a.md",
                r"call eval(x)
",
            ),
            (
                "src/a.js",
                r"element.textContent = x;
",
            ),
        ] {
            assert!(!held(RuleId::C4, path, text), "{path}: {text}");
        }
    }
}
