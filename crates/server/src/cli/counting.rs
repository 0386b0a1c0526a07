//! `usage`.

use chrono::{Days, Utc};
use keydeck_server::usage_summary::{Summary, summary};

use super::arguments::Usage;
use super::{Outcome, say};

/// Days that are told where none are given.
const DAYS: u64 = 30;

/// Tells the sums of every organization.
pub(crate) async fn usage(wanted: Usage) -> Outcome {
    let to = wanted.to.unwrap_or_else(|| Utc::now().date_naive());
    let from = wanted.from.unwrap_or_else(|| to - Days::new(DAYS - 1));
    if from > to {
        return Err(format!("--from {from} is after --to {to}").into());
    }
    let summaries = summary(&wanted.place.data_dir, from, to + Days::new(1)).await?;
    say(&format!("verifications from {from} to {to}, in days of UTC"))?;
    for summary in &summaries {
        say(&format!("\n{}", told(summary)))?;
    }
    let (total, unattributed): (u64, u64) =
        summaries.iter().fold((0, 0), |(total, none), summary| (total + summary.total(), none + summary.unattributed));
    say(&format!("\nall together\n{}\n{}", line("unattributed", unattributed), line("total", total)))
}

fn told(summary: &Summary) -> String {
    let mut lines = vec![match (&summary.organization, &summary.name) {
        (Some(id), Some(name)) => format!("{name}  {id}"),
        (Some(id), None) => format!("an organization that is gone  {id}"),
        (None, _) => "nobody's: keys that asked about themselves and are not known".to_owned(),
    }];
    for (outcome, count) in &summary.outcomes {
        // The word as it stands on the wire.
        let word = serde_json::to_value(outcome).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default();
        lines.push(line(&word, *count));
    }
    if summary.unattributed > 0 {
        lines.push(line("of these unattributed", summary.unattributed));
    }
    lines.push(line("total", summary.total()));
    lines.join("\n")
}

fn line(what: &str, count: u64) -> String {
    format!("  {what:<22}{count:>16}")
}

#[cfg(test)]
mod tests {
    use keydeck_domain::Outcome;

    use super::*;

    #[test]
    fn a_summary_names_each_outcome_and_the_sum() {
        let outcomes = vec![(Outcome::Accepted, 1_200), (Outcome::WrongTenant, 3), (Outcome::Unknown, 7)];
        let text = told(&Summary { organization: None, name: None, outcomes, unattributed: 7 });
        let lines: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[0], ["accepted", "1200"]);
        assert_eq!(lines[1], ["wrong_tenant", "3"]);
        assert_eq!(lines[3], ["of", "these", "unattributed", "7"]);
        assert_eq!(lines[4], ["total", "1210"]);
    }
}
