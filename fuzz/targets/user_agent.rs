//! User agents: never a panic, whatever a header holds.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use luotsi_marketing::bot::{Signs, bot_reason};
use luotsi_marketing::client::UserAgents;

static TABLE: LazyLock<UserAgents> = LazyLock::new(|| {
    UserAgents::new(luotsi_assets::user_agent_regexes()).expect("the embedded table")
});

fuzz_target!(|user_agent: &str| {
    let _client = TABLE.read(user_agent);
    let _reason = bot_reason(&Signs { user_agent, purpose: "" });
});
