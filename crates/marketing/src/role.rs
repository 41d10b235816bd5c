//! What a member of a workspace may do.

use std::fmt;
use std::str::FromStr;

/// A member's role; each may do everything that a smaller one may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Reads every report and goal.
    Viewer,
    /// Writes conversions, objectives and goals.
    Editor,
    /// Writes sites, tokens and members up to admin.
    Admin,
    /// Writes owners as well.
    Owner,
}

impl Role {
    pub const ALL: [Role; 4] = [Role::Viewer, Role::Editor, Role::Admin, Role::Owner];

    pub fn as_str(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Editor => "editor",
            Role::Admin => "admin",
            Role::Owner => "owner",
        }
    }

    /// Whether a member with this role may give `to` to someone who has `from` now (`None`: not
    /// yet a member), or take `from` away (`to` is `None`).
    ///
    /// Admins and owners do, and nobody moves a role above their own, up or down.
    pub fn may_change(self, from: Option<Role>, to: Option<Role>) -> bool {
        self >= Role::Admin
            && from.is_none_or(|role| role <= self)
            && to.is_none_or(|role| role <= self)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a role: viewer, editor, admin or owner")]
pub struct UnknownRole(pub String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(word: &str) -> Result<Role, UnknownRole> {
        Role::ALL
            .into_iter()
            .find(|role| role.as_str() == word)
            .ok_or_else(|| UnknownRole(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_admin_makes_admins_but_touches_no_owner() {
        assert!(Role::Admin.may_change(None, Some(Role::Admin)));
        assert!(!Role::Admin.may_change(None, Some(Role::Owner)));
        assert!(!Role::Admin.may_change(Some(Role::Owner), Some(Role::Viewer)));
        assert!(!Role::Admin.may_change(Some(Role::Owner), None));
        assert!(Role::Owner.may_change(Some(Role::Owner), None));
    }

    #[test]
    fn an_editor_changes_no_role_at_all() {
        assert!(!Role::Editor.may_change(None, Some(Role::Viewer)));
        assert!(!Role::Editor.may_change(Some(Role::Viewer), None));
    }

    #[test]
    fn every_role_is_read_back_from_its_word() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        assert_eq!("Owner".parse::<Role>(), Err(UnknownRole("Owner".into())));
    }
}
