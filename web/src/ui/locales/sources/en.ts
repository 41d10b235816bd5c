export default {
  /** Names of dimensions, among those of all others. */
  dimension: {
    "visit:last_non_direct_channel": "Last non-direct channel",
    "visit:last_non_direct_source": "Last non-direct source",
    "visit:last_non_direct_medium": "Last non-direct medium",
    "visit:last_non_direct_campaign": "Last non-direct campaign",
    "visit:first_user_channel": "First channel of the visitor",
    "visit:first_user_source": "First source of the visitor",
    "visit:first_user_medium": "First medium of the visitor",
    "visit:first_user_campaign": "First campaign of the visitor",
  },
  screens: {
    /** Which visit a source is of. */
    scope: {
      label: "Which visit",
      visit: "This visit",
      last_non_direct: "Last non-direct",
      first_user: "First visit",
    },
    meaning: {
      last_non_direct:
        "A visit that nothing brought (direct, none) has the source of the same visitor's last visit with one, up to 90 days before; where there was none it stays direct. Visitors are known for as long as their id lasts: without cookies and ids that is a day, so that little is found.",
      first_user:
        "Every visit has the source of the same visitor's first visit that is kept, however long ago. Visitors are known for as long as their id lasts: without cookies and ids that is a day, so that each day begins anew.",
    },
  },
};
