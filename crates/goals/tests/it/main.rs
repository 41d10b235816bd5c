//! Measuring over a real lake and a real store: the numbers are those of `fixtures/small_shop`.

mod decisions;
mod judge;
mod measure;
mod night;
mod shop;
mod sql;
mod together;
mod watch;
mod why;
