//! Readings on which no goals were computed yet: their series, by workspace.

use std::collections::{BTreeSet, HashMap};

use parking_lot::Mutex;

/// What came since the last run of a workspace. A workspace is in it as long as somebody computes for it.
#[derive(Debug, Default)]
pub(crate) struct Readings(Mutex<HashMap<String, BTreeSet<String>>>);

impl Readings {
    /// Notes series that have new readings. `true` for who is to compute their goals, `false` where somebody does
    /// so already and will [`take`](Readings::take) these, too.
    pub(crate) fn add<'a>(
        &self,
        workspace: &str,
        series: impl IntoIterator<Item = &'a str>,
    ) -> bool {
        let mut all = self.0.lock();
        let alone = !all.contains_key(workspace);
        let waiting = all.entry(workspace.to_owned()).or_default();
        waiting.extend(series.into_iter().map(str::to_owned));
        alone
    }

    /// The series that came since it was asked last; `None` when there are none: then whoever asked is done.
    pub(crate) fn take(&self, workspace: &str) -> Option<BTreeSet<String>> {
        let mut all = self.0.lock();
        let taken = all.get_mut(workspace).map(std::mem::take).filter(|series| !series.is_empty());
        if taken.is_none() {
            all.remove(workspace);
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(readings: &Readings, workspace: &str) -> Vec<String> {
        readings.take(workspace).into_iter().flatten().collect()
    }

    #[test]
    fn readings_during_a_run_are_one_more_run_of_their_own_series() {
        let readings = Readings::default();
        assert!(readings.add("w", ["followers"]));
        assert!(!readings.add("w", ["likes", "followers"]), "somebody waits already");
        assert_eq!(taken(&readings, "w"), ["followers", "likes"]);
        // The run goes on: a steady feed starts no other beside it.
        assert!(!readings.add("w", ["reach"]));
        assert!(!readings.add("w", ["reach"]));
        assert_eq!(taken(&readings, "w"), ["reach"]);
        assert!(readings.take("w").is_none(), "done");
        assert!(readings.add("w", ["likes"]), "the next one begins anew");
    }

    #[test]
    fn workspaces_do_not_wait_for_each_other() {
        let readings = Readings::default();
        assert!(readings.add("one", ["likes"]) && readings.add("other", ["reach"]));
        assert_eq!(taken(&readings, "other"), ["reach"]);
        assert_eq!(taken(&readings, "one"), ["likes"]);
    }
}
