//! Marketing mix: what each channel's spend brought, and where the next budget does most.
//!
//! y_t = trend + season + controls + Σ ROI_m·(spend of m)·g_m(t)/Σg_m + ε, where g is the spend after
//! carry-over ([`Adstock`]) and saturation ([`Saturation`]). The priors sit on ROI, the one number a
//! marketer can judge. [`fit`] samples the posterior with NUTS; [`allocate`] and [`plan`] divide a
//! budget; [`check`] refuses what the data cannot support.
//!
//! A mix model is correlation with manners. Give it lift tests ([`LiftTest`]) wherever there are any.

mod budget;
mod data;
mod diagnostics;
mod fit;
mod model;
mod nuts;
mod transform;
mod validate;

pub use budget::{Limits, Plan, Response, allocate, plan};
pub use data::{Channel, LiftTest, MixError, Observations, RoiPrior, Settings, check};
pub use diagnostics::{effective_size, split_r_hat};
pub use fit::{ChannelFit, Diagnostics, MixFit, Parameter, fit};
pub use transform::{Adstock, Saturation};
pub use validate::{Placebo, Stability, TimeSlice, placebo, stability, time_slice};

#[cfg(test)]
mod tests;
