//! How the settings and the exchange's one answer come together.

use super::*;
use crate::doctor::Report;

fn verdict(report: &Report, check: Check) -> Verdict {
    report.of(check).expect("made").verdict
}

#[test]
fn an_exchange_that_went_well_makes_a_failure_a_warning() {
    let mut report = Report::default();
    report.put(Finding::ok(Check::TenantMfa, "proven by the exchange"));
    report.put(Finding::ok(Check::Exchange, "a token came"));
    merge(
        &mut report,
        vec![
            Finding::failure(Check::TenantMfa, "Always", "set it to Never"),
            Finding::failure(Check::TenantMyAccount, "not active", "activate it"),
        ],
    );
    assert_eq!(verdict(&report, Check::TenantMfa), Verdict::Warning);
    assert_eq!(verdict(&report, Check::TenantMyAccount), Verdict::Failure);
}

#[test]
fn where_the_exchange_stopped_the_settings_say_what_is_wrong() {
    let stopped = || {
        let mut report = Report::default();
        let stop = Check::TenantIpAllowlist;
        report.put(Finding::failure(stop, "access_denied", "see"));
        for check in [Check::TenantGrants, Check::TenantMfa, Check::Exchange] {
            report.put(Finding {
                because: Some(stop),
                ..Finding::not_tried(check, "not known")
            });
        }
        report
    };
    let mut report = stopped();
    merge(
        &mut report,
        vec![
            Finding::ok(Check::TenantIpAllowlist, "it is listed"),
            Finding::failure(Check::TenantGrants, "not named", "name it"),
            unseen(Check::TenantMfa, "no scope"),
        ],
    );
    assert_eq!(verdict(&report, Check::TenantIpAllowlist), Verdict::Ok);
    assert_eq!(report.first().map(|f| f.check), Some(Check::TenantGrants));
    let exchange = report.of(Check::Exchange).expect("made");
    assert_eq!(exchange.because, Some(Check::TenantGrants));
    // Where they show nothing wrong, the tenant's own answer stands.
    let mut report = stopped();
    merge(
        &mut report,
        vec![
            Finding::ok(Check::TenantIpAllowlist, "it is listed"),
            Finding::ok(Check::TenantGrants, "named"),
        ],
    );
    assert_eq!(verdict(&report, Check::TenantIpAllowlist), Verdict::Failure);
    assert_eq!(verdict(&report, Check::TenantGrants), Verdict::Ok);
}

#[test]
fn what_could_not_be_read_takes_nothing_away() {
    let mut report = Report::default();
    report.put(Finding::failure(Check::TenantUser, "unknown", "see"));
    merge(&mut report, vec![unseen(Check::TenantUser, "no scope")]);
    assert_eq!(verdict(&report, Check::TenantUser), Verdict::Failure);
    merge(&mut report, vec![unseen(Check::TenantLogin, "no scope")]);
    let login = report.of(Check::TenantLogin).expect("made");
    assert_eq!(login.verdict, Verdict::NotTried);
    assert!(login.remedy.as_ref().is_some_and(|r| r.contains("token")));
}
