//! The objective tree: business objective → KPI → goal → milestone → work.
//!
//! Which thing may hang below which, no circles, and how the standing of what lies below rolls up.

use hashbrown::{HashMap, HashSet};

use crate::phrase::Phrase;

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Objective,
    Kpi,
    Goal,
    Milestone,
    /// A campaign, an experiment, a journey, a post, a task.
    Work,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Objective => "objective",
            Kind::Kpi => "kpi",
            Kind::Goal => "goal",
            Kind::Milestone => "milestone",
            Kind::Work => "work",
        }
    }

    /// Whether it may hang below a node of another kind (`None`: at the top).
    pub fn fits_below(self, parent: Option<Kind>) -> bool {
        match self {
            Kind::Objective => matches!(parent, None | Some(Kind::Objective)),
            Kind::Kpi => matches!(parent, Some(Kind::Objective)),
            // A goal without an objective is possible, and the linter says what it lacks.
            Kind::Goal => matches!(parent, None | Some(Kind::Objective | Kind::Kpi | Kind::Goal)),
            Kind::Milestone => matches!(parent, Some(Kind::Goal)),
            Kind::Work => matches!(parent, Some(Kind::Goal | Kind::Milestone | Kind::Kpi)),
        }
    }
}

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Health {
    OffTrack,
    AtRisk,
    OnTrack,
    Done,
    Unknown,
}

impl Health {
    pub fn as_str(self) -> &'static str {
        match self {
            Health::OffTrack => "off_track",
            Health::AtRisk => "at_risk",
            Health::OnTrack => "on_track",
            Health::Done => "done",
            Health::Unknown => "unknown",
        }
    }

    /// Of a goal: off track below 10 % probability or when missed, at risk below 40 %, done when reached.
    pub fn of_goal(status: crate::goal::Status, probability: Option<f64>) -> Health {
        use crate::goal::Status;
        match (status, probability) {
            (Status::Reached, _) => Health::Done,
            (Status::Missed, _) => Health::OffTrack,
            (_, Some(probability)) if probability < 0.1 => Health::OffTrack,
            (_, Some(probability)) if probability < 0.4 => Health::AtRisk,
            (_, Some(_)) => Health::OnTrack,
            (Status::Behind, None) => Health::AtRisk,
            (Status::OnTrack | Status::Ahead, None) => Health::OnTrack,
            (Status::NotStarted | Status::Unknown, None) => Health::Unknown,
        }
    }
}

/// A node of the tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub id: String,
    pub kind: Kind,
    pub parent: Option<String>,
    /// What is known of the node itself: of a goal its outlook, of a milestone whether it was met, of work
    /// whether it is done or stalled.
    pub own: Health,
    /// How much it counts among its siblings, above zero.
    pub weight: f64,
}

/// Why a tree is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    #[error("there is no node `{0}`")]
    Unknown(String),
    #[error("`{id}` cannot hang below itself")]
    Cycle { id: String },
    #[error("a {} cannot hang {}", .kind.as_str(), below(*.parent))]
    Misplaced { kind: Kind, parent: Option<Kind> },
    #[error("the tree is at most {MOST_DEEP} levels deep")]
    TooDeep,
    #[error("a weight is a number above zero")]
    Weight { id: String },
}

impl TreeError {
    pub fn code(&self) -> &'static str {
        match self {
            TreeError::Unknown(_) => "unknown_node",
            TreeError::Cycle { .. } => "cycle",
            TreeError::Misplaced { .. } => "misplaced",
            TreeError::TooDeep => "too_deep",
            TreeError::Weight { .. } => "weight",
        }
    }
}

fn below(parent: Option<Kind>) -> String {
    parent.map_or_else(|| "at the top".to_owned(), |kind| format!("below a {}", kind.as_str()))
}

/// Levels of a tree.
const MOST_DEEP: usize = 12;

/// Whether a node may be moved below another (`None`: to the top).
pub fn check_move(nodes: &[Node], id: &str, parent: Option<&str>) -> Result<(), TreeError> {
    let find = |id: &str| {
        nodes.iter().find(|node| node.id == id).ok_or_else(|| TreeError::Unknown(id.to_owned()))
    };
    let node = find(id)?;
    let above = parent.map(find).transpose()?;
    let kind = above.map(|node| node.kind);
    let mut depth = 1;
    let mut at = above;
    while let Some(ancestor) = at {
        if ancestor.id == id {
            return Err(TreeError::Cycle { id: id.to_owned() });
        }
        depth += 1;
        if depth > MOST_DEEP {
            return Err(TreeError::TooDeep);
        }
        at = ancestor.parent.as_deref().map(find).transpose()?;
    }
    if node.kind.fits_below(kind) {
        Ok(())
    } else {
        Err(TreeError::Misplaced { kind: node.kind, parent: kind })
    }
}

/// Every mistake of a whole tree.
pub fn check(nodes: &[Node]) -> Vec<TreeError> {
    let mut wrong = Vec::new();
    for node in nodes {
        if !(node.weight > 0.0 && node.weight.is_finite()) {
            wrong.push(TreeError::Weight { id: node.id.clone() });
        }
        if let Err(error) = check_move(nodes, &node.id, node.parent.as_deref()) {
            wrong.push(error);
        }
    }
    wrong
}

/// How a node stands, with what lies below it.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    pub health: Health,
    /// Why: the children that decide.
    pub reason: Phrase,
    /// Direct children, and how many of them are of each health.
    pub children: usize,
}

/// The standing of every node.
///
/// Work and milestones say how they stand themselves. A goal stands as its outlook says, but at most at risk
/// while a milestone of it is missed or its work is stalled. KPIs and objectives stand by what is
/// below them, by weight, leaving out what is unknown: done when all is done, off track when more than half is
/// off track, at risk when anything is off track or at risk, else on track. A KPI with figures of its
/// own and nothing below stands by those.
pub fn roll_up(nodes: &[Node]) -> HashMap<String, Standing> {
    let mut below: HashMap<&str, Vec<&Node>> = HashMap::new();
    for node in nodes {
        if let Some(parent) = &node.parent {
            below.entry(parent.as_str()).or_default().push(node);
        }
    }
    let mut done: HashMap<String, Standing> = HashMap::with_capacity(nodes.len());
    for node in nodes {
        stand(node, &below, &mut done, &mut HashSet::new());
    }
    done
}

fn stand<'a>(
    node: &'a Node,
    below: &HashMap<&str, Vec<&'a Node>>,
    done: &mut HashMap<String, Standing>,
    path: &mut HashSet<&'a str>,
) -> Health {
    if let Some(known) = done.get(&node.id) {
        return known.health;
    }
    // A circle that should not be there says nothing.
    if !path.insert(&node.id) {
        return Health::Unknown;
    }
    let children: Vec<&Node> = below.get(node.id.as_str()).cloned().unwrap_or_default();
    let healths: Vec<(Health, f64)> = children
        .iter()
        .map(|child| (stand(child, below, done, path), child.weight.max(0.0)))
        .collect();
    path.remove(node.id.as_str());
    let standing = decide(node, &healths);
    let health = standing.health;
    done.insert(node.id.clone(), standing);
    health
}

fn decide(node: &Node, children: &[(Health, f64)]) -> Standing {
    let count =
        |wanted: &[Health]| children.iter().filter(|(health, _)| wanted.contains(health)).count();
    let weight = |wanted: &[Health]| -> f64 {
        children
            .iter()
            .filter(|(health, _)| wanted.contains(health))
            .map(|(_, weight)| weight)
            .sum()
    };
    let reason = |key, counted: &[Health]| {
        Phrase::new(key).number("count", count(counted) as f64, 0).number(
            "all",
            children.len() as f64,
            0,
        )
    };
    let trouble = [Health::OffTrack, Health::AtRisk];
    let by_children = || -> Health {
        let known = weight(&[Health::OffTrack, Health::AtRisk, Health::OnTrack, Health::Done]);
        if known == 0.0 {
            Health::Unknown
        } else if weight(&[Health::Done]) == known && count(&[Health::Unknown]) == 0 {
            Health::Done
        } else if weight(&[Health::OffTrack]) * 2.0 > known {
            Health::OffTrack
        } else if count(&trouble) > 0 {
            Health::AtRisk
        } else {
            Health::OnTrack
        }
    };
    let health = match node.kind {
        Kind::Milestone | Kind::Work => node.own,
        Kind::Goal if node.own == Health::OnTrack && count(&trouble) > 0 => Health::AtRisk,
        Kind::Goal if node.own != Health::Unknown => node.own,
        Kind::Kpi if children.is_empty() => node.own,
        Kind::Goal | Kind::Kpi | Kind::Objective => by_children(),
    };
    let key = match health {
        Health::OffTrack => "rollup_off_track",
        Health::AtRisk => "rollup_at_risk",
        Health::OnTrack => "rollup_on_track",
        Health::Done => "rollup_done",
        Health::Unknown => "rollup_unknown",
    };
    let counted: &[Health] = if health == Health::OffTrack { &trouble[..1] } else { &trouble };
    Standing { health, reason: reason(key, counted), children: children.len() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::goal::Status;

    fn node(id: &str, kind: Kind, parent: &str, own: Health) -> Node {
        let parent = (!parent.is_empty()).then(|| parent.to_owned());
        Node { id: id.to_owned(), kind, parent, own, weight: 1.0 }
    }

    fn tree(goals: [Health; 3]) -> Vec<Node> {
        vec![
            node("growth", Kind::Objective, "", Health::Unknown),
            node("sales", Kind::Kpi, "growth", Health::Unknown),
            node("a", Kind::Goal, "sales", goals[0]),
            node("b", Kind::Goal, "sales", goals[1]),
            node("c", Kind::Goal, "growth", goals[2]),
        ]
    }

    fn healths(nodes: &[Node]) -> (Health, Health) {
        let all = roll_up(nodes);
        (all["sales"].health, all["growth"].health)
    }

    #[test]
    fn what_lies_below_decides_how_it_stands() {
        use Health::{AtRisk, Done, OffTrack, OnTrack, Unknown};
        assert_eq!(healths(&tree([OnTrack, OnTrack, OnTrack])), (OnTrack, OnTrack));
        assert_eq!(healths(&tree([OnTrack, OffTrack, OnTrack])), (AtRisk, AtRisk));
        assert_eq!(healths(&tree([OffTrack, OffTrack, OnTrack])), (OffTrack, AtRisk));
        assert_eq!(healths(&tree([OffTrack, OffTrack, OffTrack])), (OffTrack, OffTrack));
        assert_eq!(healths(&tree([Done, Done, OnTrack])), (Done, OnTrack));
        assert_eq!(healths(&tree([Done, Done, Done])), (Done, Done));
        assert_eq!(healths(&tree([Unknown, Unknown, Unknown])), (Unknown, Unknown));
        assert_eq!(healths(&tree([Unknown, Done, OnTrack])), (OnTrack, OnTrack));
    }

    #[test]
    fn weights_decide_what_half_is() {
        let mut nodes = tree([Health::OffTrack, Health::OnTrack, Health::OnTrack]);
        nodes[2].weight = 3.0;
        assert_eq!(healths(&nodes).0, Health::OffTrack);
    }

    #[test]
    fn a_missed_milestone_puts_a_goal_at_risk_but_does_not_lose_it() {
        let mut nodes = tree([Health::OnTrack; 3]);
        nodes.push(node("m", Kind::Milestone, "a", Health::OffTrack));
        let all = roll_up(&nodes);
        assert_eq!((all["a"].health, all["sales"].health), (Health::AtRisk, Health::AtRisk));
        nodes.push(node("w", Kind::Work, "c", Health::AtRisk));
        assert_eq!(roll_up(&nodes)["c"].health, Health::AtRisk);
    }

    #[test]
    fn circles_and_wrong_places_are_refused() {
        let mut nodes = tree([Health::OnTrack; 3]);
        nodes.push(node("sub", Kind::Objective, "growth", Health::Unknown));
        assert_eq!(check(&nodes), []);
        assert_eq!(
            check_move(&nodes, "growth", Some("sub")),
            Err(TreeError::Cycle { id: "growth".to_owned() })
        );
        assert_eq!(
            check_move(&nodes, "growth", Some("growth")).map_err(|error| error.code()),
            Err("cycle")
        );
        let refused = check_move(&nodes, "sales", None).expect_err("a KPI at the top");
        assert_eq!(refused.to_string(), "a kpi cannot hang at the top");
        assert_eq!(check_move(&nodes, "a", None), Ok(()));
        assert_eq!(check_move(&nodes, "a", Some("x")), Err(TreeError::Unknown("x".to_owned())));
        nodes[0].parent = Some("sub".to_owned());
        assert!(check(&nodes).iter().any(|error| error.code() == "cycle"));
        // And a circle that got in is survived.
        assert_eq!(roll_up(&nodes).len(), nodes.len());
    }

    #[test]
    fn a_goals_probability_says_how_it_stands() {
        for (status, probability, expected) in [
            (Status::OnTrack, Some(0.5), Health::OnTrack),
            (Status::Behind, Some(0.39), Health::AtRisk),
            (Status::Behind, Some(0.09), Health::OffTrack),
            (Status::Missed, Some(0.0), Health::OffTrack),
            (Status::Reached, Some(1.0), Health::Done),
            (Status::NotStarted, None, Health::Unknown),
        ] {
            assert_eq!(Health::of_goal(status, probability), expected);
        }
    }
}
