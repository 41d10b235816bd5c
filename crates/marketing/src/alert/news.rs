//! Who is told what, and by which way.

use std::str::FromStr;

use super::{Cause, UnknownNews};
use crate::role::Role;

/// What a person can be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum News {
    Alert(Cause),
    /// A review of a goal is due.
    ReviewDue,
    /// A figure that is entered by hand is due.
    FigureDue,
    /// A goal arrived at its target.
    GoalReached,
    /// A goal is over without its target.
    GoalMissed,
}

impl News {
    pub const ALL: [News; 10] = [
        News::Alert(Cause::Statistical),
        News::Alert(Cause::Threshold),
        News::Alert(Cause::DataStopped),
        News::Alert(Cause::MilestoneMissed),
        News::Alert(Cause::ProbabilityLow),
        News::Alert(Cause::PlanStalled),
        News::ReviewDue,
        News::FigureDue,
        News::GoalReached,
        News::GoalMissed,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            News::Alert(cause) => cause.as_str(),
            News::ReviewDue => "review_due",
            News::FigureDue => "figure_due",
            News::GoalReached => "goal_reached",
            News::GoalMissed => "goal_missed",
        }
    }

    /// Reminders are for who does the work; alerts are for everybody.
    fn is_reminder(self) -> bool {
        matches!(self, News::ReviewDue | News::FigureDue)
    }
}

impl FromStr for News {
    type Err = UnknownNews;

    fn from_str(word: &str) -> Result<News, UnknownNews> {
        News::ALL.into_iter().find(|news| news.as_str() == word).ok_or_else(|| UnknownNews {
            word: word.to_owned(),
            known: News::ALL.map(News::as_str).join(", "),
        })
    }
}

/// What a member chose to be told. The inbox gets what is chosen, always.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// By e-mail, too.
    pub email: bool,
    /// Only of goals that they own, and of what belongs to no goal's owner.
    pub mine_only: bool,
    pub news: Vec<News>,
}

impl Default for Choice {
    fn default() -> Choice {
        Choice { email: true, mine_only: false, news: News::ALL.to_vec() }
    }
}

/// A member with what they chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub user_id: String,
    pub role: Role,
    pub choice: Choice,
}

/// Someone who is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    pub user_id: String,
    /// By e-mail, too.
    pub email: bool,
}

/// Who is told `news` of something that `owners` own.
///
/// An alert goes to everyone who wants its kind. A reminder goes to the owners; without one, to those who may
/// do what it asks for. Viewers get no e-mail of what is not theirs.
pub fn recipients(news: News, owners: &[&str], members: &[Told]) -> Vec<Recipient> {
    let owned = members.iter().any(|member| owners.contains(&member.user_id.as_str()));
    members
        .iter()
        .filter(|member| member.choice.news.contains(&news))
        .filter(|member| {
            let mine = owners.contains(&member.user_id.as_str());
            let others = owned && !mine;
            if news.is_reminder() {
                mine || (!owned && member.role >= Role::Editor)
            } else {
                !(member.choice.mine_only && others)
            }
        })
        .map(|member| Recipient {
            user_id: member.user_id.clone(),
            email: member.choice.email
                && (member.role >= Role::Editor || owners.contains(&member.user_id.as_str())),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DROP: News = News::Alert(Cause::Statistical);

    fn member(user_id: &str, role: Role) -> Told {
        Told { user_id: user_id.into(), role, choice: Choice::default() }
    }

    fn told(news: News, owner: Option<&str>, members: &[Told]) -> Vec<(String, bool)> {
        let owners: Vec<&str> = owner.into_iter().collect();
        recipients(news, &owners, members).into_iter().map(|one| (one.user_id, one.email)).collect()
    }

    #[test]
    fn every_kind_of_news_is_read_back() {
        assert!(News::ALL.iter().all(|news| news.as_str().parse() == Ok(*news)));
        assert!(
            "rain".parse::<News>().is_err_and(|error| error.to_string().contains("review_due"))
        );
    }

    #[test]
    fn an_alert_goes_to_everyone_and_a_reminder_to_who_does_the_work() {
        let members = [
            member("aino", Role::Owner),
            member("sara", Role::Editor),
            member("ville", Role::Viewer),
        ];
        let all = [("aino".into(), true), ("sara".into(), true), ("ville".into(), false)];
        assert_eq!(told(DROP, Some("sara"), &members), all);
        assert_eq!(told(News::GoalMissed, Some("sara"), &members), all);
        assert_eq!(told(News::ReviewDue, Some("sara"), &members), [("sara".into(), true)]);
        assert_eq!(told(News::ReviewDue, Some("ville"), &members), [("ville".into(), true)]);
        assert_eq!(told(News::FigureDue, None, &members), all[..2]);
        assert_eq!(told(News::FigureDue, Some("gone"), &members), all[..2], "an owner who left");
    }

    #[test]
    fn who_wants_only_their_own_is_not_told_of_others() {
        let mut sara = member("sara", Role::Editor);
        sara.choice.mine_only = true;
        sara.choice.email = false;
        let members = [sara, member("aino", Role::Owner)];
        assert_eq!(told(DROP, Some("aino"), &members), [("aino".into(), true)]);
        assert_eq!(told(DROP, Some("sara"), &members).len(), 2);
        assert_eq!(told(DROP, None, &members)[0], ("sara".into(), false));
        let both = recipients(DROP, &["aino", "sara"], &members);
        assert_eq!(both.len(), 2, "one of several goals is hers");
    }

    #[test]
    fn what_is_not_chosen_is_not_told() {
        let mut aino = member("aino", Role::Owner);
        aino.choice.news = vec![News::ReviewDue];
        assert_eq!(told(DROP, None, std::slice::from_ref(&aino)), []);
        assert_eq!(told(News::ReviewDue, None, &[aino]), [("aino".into(), true)]);
    }
}
