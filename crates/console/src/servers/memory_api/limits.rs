//! What a plan of Memory API allows, and how an answer tells what is left of it.

use chrono::{DateTime, Utc};

use crate::servers::http::Answer;

/// A plan: most requests a minute, a day, and at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// Its name.
    pub(super) name: &'static str,
    /// Requests a minute.
    pub(super) minute: u64,
    /// Requests a day; `None` means as many as one wants.
    pub(super) day: Option<u64>,
    /// Requests at once.
    pub(super) at_once: u64,
}

/// The plans of its public source.
const PLANS: [Plan; 4] = [
    Plan { name: "Free", minute: 10, day: Some(100), at_once: 2 },
    Plan { name: "Starter", minute: 60, day: Some(5_000), at_once: 5 },
    Plan { name: "Pro", minute: 300, day: Some(50_000), at_once: 20 },
    Plan { name: "Enterprise", minute: 1_000, day: None, at_once: 100 },
];

/// What `X-RateLimit-Limit`, `X-RateLimit-Remaining` and `X-RateLimit-Reset` say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    limit: Option<u64>,
    remaining: Option<u64>,
    reset: Option<DateTime<Utc>>,
}

impl Told {
    /// Of an answer; what it does not say, or says wrongly, is not known.
    pub(super) fn of(answer: &Answer) -> Self {
        let number = |name: &str| answer.header(name).and_then(|text| text.trim().parse::<u64>().ok());
        let reset = number("x-ratelimit-reset").and_then(|at| DateTime::from_timestamp(i64::try_from(at).ok()?, 0));
        Self { limit: number("x-ratelimit-limit"), remaining: number("x-ratelimit-remaining"), reset }
    }

    /// The plan that has this limit a minute.
    fn plan(&self) -> Option<&'static Plan> {
        PLANS.iter().find(|plan| Some(plan.minute) == self.limit)
    }

    /// In a sentence; `None` where nothing was told.
    pub(super) fn sentence(&self) -> Option<String> {
        let limit = self.limit?;
        let left = self.remaining.map(|left| format!(", {left} of them left")).unwrap_or_default();
        Some(format!("The limit here is {limit} requests a minute{left}.{}", self.plan().map(told).unwrap_or_default()))
    }

    /// In how many seconds there is room again, by this computer's clock: at most a day.
    pub(super) fn seconds(&self, now: DateTime<Utc>) -> Option<u32> {
        let wait = (self.reset? - now).num_seconds();
        u32::try_from(wait).ok().filter(|wait| (1..=86_400).contains(wait))
    }

    /// Why a request was refused for a limit, and what can be done.
    pub(super) fn exceeded(&self, code: &str) -> String {
        let plan = self.plan();
        let limit = self.limit.map(|limit| format!(": {limit} are allowed")).unwrap_or_default();
        match code {
            "DAILY_QUOTA_EXCEEDED" => {
                let quota = plan.and_then(|plan| Some(format!(" ({} has {} a day)", plan.name, plan.day?))).unwrap_or_default();
                format!(
                    "The requests of today are used up{quota}. They begin anew with the next day of UTC, or with a larger plan."
                )
            }
            "CONCURRENT_LIMIT_EXCEEDED" => {
                let most = plan.map(|plan| format!(" ({} has {})", plan.name, plan.at_once)).unwrap_or_default();
                format!("Too many requests of this account run at the same time{most}. Try again when some of them have ended.")
            }
            _ => format!("Too many requests in this minute{limit}.{} Wait a moment.", plan.map(told).unwrap_or_default()),
        }
    }
}

fn told(plan: &Plan) -> String {
    let Plan { name, day, at_once, .. } = plan;
    let day = day.map_or_else(|| "any number".to_owned(), |day| day.to_string());
    format!(" That is the plan {name}: {day} a day, {at_once} at once.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_known_by_its_limit() {
        let told = |limit| Told { limit: Some(limit), remaining: Some(3), reset: None };
        assert_eq!(
            told(60).sentence().as_deref(),
            Some("The limit here is 60 requests a minute, 3 of them left. That is the plan Starter: 5000 a day, 5 at once.")
        );
        assert_eq!(told(61).sentence().as_deref(), Some("The limit here is 61 requests a minute, 3 of them left."));
        assert!(told(1_000).sentence().is_some_and(|said| said.contains("Enterprise: any number a day, 100 at once")));
        assert_eq!(Told::default().sentence(), None);
        assert!(told(10).exceeded("DAILY_QUOTA_EXCEEDED").contains("(Free has 100 a day)"));
        assert!(told(300).exceeded("CONCURRENT_LIMIT_EXCEEDED").contains("(Pro has 20)"));
        assert!(told(300).exceeded("RATE_LIMIT_EXCEEDED").contains("300 are allowed"));
    }

    #[test]
    fn a_reset_that_is_over_or_far_away_says_nothing() {
        let now: DateTime<Utc> = "2026-11-22T09:15:00Z".parse().expect("a time");
        let at = |seconds| Told { reset: Some(now + chrono::TimeDelta::seconds(seconds)), ..Told::default() }.seconds(now);
        assert_eq!((at(30), at(0), at(-5), at(86_401)), (Some(30), None, None, None));
    }
}
