//! Rules that divide a conversion by the position of the touches.

use super::journeys::{Credit, Journeys, Weights};

/// A rule of attribution. All but the last need only the order of the touches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// Everything to the first touch.
    First,
    /// Everything to the last touch.
    Last,
    /// Everything to the last touch that was not direct; to the last touch if all were.
    LastNonDirect,
    /// The same to each touch.
    Linear,
    /// 40 % first, 40 % last, 20 % divided between; two touches 50/50.
    UShaped,
    /// 20 % first, 60 % last, 20 % divided between; two touches 25/75.
    JShaped,
    /// 60 % first, 20 % last, 20 % divided between; two touches 75/25.
    InverseJ,
    /// The same to each channel that took part, however often: the Shapley value of the game in
    /// which a set of channels is worth the conversions that only it took part in.
    EqualByChannel,
    /// Weight 2^(−age/half-life). A touch whose age is not known counts as one day older than the
    /// next one. Both in days. Adobe's example: 28, 21, 14, 7 days with half-life 7 give 1/15, 2/15,
    /// 4/15, 8/15.
    TimeDecay {
        /// Days after which a touch counts half, > 0.
        half_life_days: f64,
    },
}

impl Rule {
    /// Every rule, with the usual half-life of seven days, and its name in reports.
    pub fn all() -> [(&'static str, Self); 9] {
        [
            ("first", Self::First),
            ("last", Self::Last),
            ("last_non_direct", Self::LastNonDirect),
            ("linear", Self::Linear),
            ("u_shaped", Self::UShaped),
            ("j_shaped", Self::JShaped),
            ("inverse_j", Self::InverseJ),
            ("equal_by_channel", Self::EqualByChannel),
            ("time_decay", Self::TimeDecay { half_life_days: 7.0 }),
        ]
    }
}

/// Whether a channel's name says that nobody sent the visitor.
fn is_direct(name: &str) -> bool {
    let name = name.trim().to_ascii_lowercase();
    matches!(name.as_str(), "direct" | "(direct)" | "direct / none" | "(direct) / (none)" | "none")
}

/// Shares of every row, ready to be weighted many times: row i holds `ends[i-1]..ends[i]`.
pub(super) struct Shares {
    pub(super) parts: Vec<(u32, f64)>,
    pub(super) ends: Vec<usize>,
}

impl Shares {
    /// The shares of the channels of each row. Rows without conversions get none.
    pub(super) fn new(journeys: &Journeys, rule: Rule) -> Self {
        let direct: Vec<bool> = journeys.channels.iter().map(|c| is_direct(c)).collect();
        let mut shares = Self { parts: Vec::new(), ends: Vec::with_capacity(journeys.len()) };
        let mut weights = Vec::new();
        for row in 0..journeys.len() {
            if journeys.conversions[row] > 0.0 {
                let range = journeys.range(row);
                let path = journeys.path(row);
                weigh(rule, path, &journeys.ages[range], &direct, &mut weights);
                shares.push(path, &weights);
            }
            shares.ends.push(shares.parts.len());
        }
        shares
    }

    /// Adds a row, each channel once.
    fn push(&mut self, path: &[u32], weights: &[f64]) {
        let start = self.parts.len();
        for (&channel, &weight) in path.iter().zip(weights).filter(|(_, w)| **w > 0.0) {
            match self.parts[start..].iter_mut().find(|(c, _)| *c == channel) {
                Some((_, share)) => *share += weight,
                None => self.parts.push((channel, weight)),
            }
        }
    }

    /// The credit of each channel when the rows occur as often as `weights` says.
    pub(super) fn credit(&self, channels: usize, weights: &Weights) -> Credit {
        let mut credit = Credit { conversions: vec![0.0; channels], value: vec![0.0; channels] };
        let mut start = 0;
        for (row, &end) in self.ends.iter().enumerate() {
            let (conversions, value) = (weights.conversions[row], weights.values[row]);
            if conversions > 0.0 {
                for &(channel, share) in &self.parts[start..end] {
                    credit.conversions[channel as usize] += conversions * share;
                    credit.value[channel as usize] += value * share;
                }
            }
            start = end;
        }
        credit
    }
}

/// The share of each touch of one path; they add up to 1.
fn weigh(rule: Rule, path: &[u32], ages: &[f64], direct: &[bool], weights: &mut Vec<f64>) {
    let n = path.len();
    weights.clear();
    weights.resize(n, 0.0);
    match rule {
        Rule::First => weights[0] = 1.0,
        Rule::Last => weights[n - 1] = 1.0,
        Rule::LastNonDirect => {
            let last = path.iter().rposition(|c| !direct[*c as usize]).unwrap_or(n - 1);
            weights[last] = 1.0;
        }
        Rule::Linear => weights.fill(1.0 / n as f64),
        Rule::UShaped => ends_and_middle(weights, 0.4, 0.4),
        Rule::JShaped => ends_and_middle(weights, 0.2, 0.6),
        Rule::InverseJ => ends_and_middle(weights, 0.6, 0.2),
        Rule::EqualByChannel => {
            for i in 0..n {
                if !path[..i].contains(&path[i]) {
                    weights[i] = 1.0;
                }
            }
            let distinct: f64 = weights.iter().sum();
            weights.iter_mut().for_each(|w| *w /= distinct);
        }
        Rule::TimeDecay { half_life_days } => {
            // Relative to the youngest touch, so that very old journeys do not underflow.
            let mut age = 0.0;
            for i in (0..n).rev() {
                age = match ages[i] {
                    known if known.is_finite() => known,
                    _ if i == n - 1 => 0.0,
                    _ => age + 1.0,
                };
                weights[i] = age;
            }
            let youngest = weights.iter().copied().fold(f64::INFINITY, f64::min);
            weights.iter_mut().for_each(|w| *w = (-(*w - youngest) / half_life_days).exp2());
            let sum: f64 = weights.iter().sum();
            weights.iter_mut().for_each(|w| *w /= sum);
        }
    }
}

fn ends_and_middle(weights: &mut [f64], first: f64, last: f64) {
    let n = weights.len();
    match n {
        1 => weights[0] = 1.0,
        2 => {
            weights[0] = first / (first + last);
            weights[1] = last / (first + last);
        }
        _ => {
            weights.fill((1.0 - first - last) / (n - 2) as f64);
            weights[0] = first;
            weights[n - 1] = last;
        }
    }
}

/// Divides the conversions of all journeys by a rule.
pub fn by_rule(journeys: &Journeys, rule: Rule) -> Credit {
    Shares::new(journeys, rule).credit(journeys.channels.len(), &journeys.weights())
}
