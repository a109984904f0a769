//! X5, by neighbours and by content: charts and manifests from which a cluster runs something.

use std::sync::LazyLock;

use crate::case::Case;
use crate::finding::{Findings, Severity};
use crate::kind;
use crate::patterns::{Pattern, Table, Where};
use crate::rules::RuleId;

static MANIFESTS: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        RuleId::X5,
        Severity::Hold,
        false,
        &[Pattern {
            place: Where::Only(&["yml", "yaml", "tpl"]),
            what: "a cluster runs or obeys this",
            pattern: r"^\s*(?:-\s+)?kind:\s*[\x22\x27]?(?:Job|CronJob|DaemonSet|StatefulSet|Deployment|ReplicaSet|Pod|Workflow|CronWorkflow|ClusterRole|ClusterRoleBinding|Role|RoleBinding|(?:Mutating|Validating)WebhookConfiguration|CustomResourceDefinition)\b|helm\.sh/hook\b",
        }],
    )
});

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    for changed in &case.changed {
        MANIFESTS.check(changed, out);
        if matches!(kind::extension(&changed.folded), "yml" | "yaml" | "tpl")
            && in_chart(case, changed.path)
        {
            out.at(
                RuleId::X5,
                Severity::Hold,
                changed.path,
                "part of a Helm chart: a cluster runs what it describes",
            );
        }
    }
}

/// Whether the folder of a path, or one above it, has a chart's description.
fn in_chart(case: &Case<'_>, path: &[u8]) -> bool {
    let mut folder = path;
    while let Some(at) = folder.iter().rposition(|byte| *byte == b'/') {
        folder = &folder[..at];
        if has_chart(case, &[folder, b"/"].concat()) {
            return true;
        }
    }
    has_chart(case, b"")
}

fn has_chart(case: &Case<'_>, folder: &[u8]) -> bool {
    ["Chart.yaml", "Chart.yml"].iter().any(|name| {
        let chart = [folder, name.as_bytes()].concat();
        case.base.entries.contains_key(&chart) || case.candidate.entries.contains_key(&chart)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::{found, worst_in_new};

    #[test]
    fn patterns_compile() {
        assert!(MANIFESTS.broken().is_empty());
    }

    #[test]
    fn x5_charts_and_cluster_manifests_are_held() {
        let chart = ("web/Chart.yaml", "name: web\n");
        for path in [
            "web/templates/a.yaml",
            "web/values.yaml",
            "web/templates/b/_c.tpl",
        ] {
            let said = found(RuleId::X5, &[chart], &[chart, (path, "a: 1\n")]);
            assert_eq!(said.len(), 1, "{path}");
        }
        for text in [
            "apiVersion: batch/v1\nkind: Job\n",
            "kind: \"CronJob\"\n",
            "kind: ClusterRoleBinding\n",
        ] {
            assert_eq!(
                worst_in_new(RuleId::X5, "ops/a.yaml", text),
                Some(Severity::Hold),
                "{text}"
            );
        }
    }

    #[test]
    fn x5_other_yaml_passes() {
        let chart = ("web/Chart.yaml", "name: web\n");
        let said = found(
            RuleId::X5,
            &[chart],
            &[chart, ("api/openapi.yaml", "a: 1\n")],
        );
        assert_eq!(said, []);
        for text in ["kind: Jobs\n", "# kind: Job\n", "mankind: Job\n"] {
            assert_eq!(worst_in_new(RuleId::X5, "a.yaml", text), None, "{text}");
        }
    }
}
