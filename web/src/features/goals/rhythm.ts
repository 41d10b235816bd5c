/** How often a goal is looked at together, as the server writes it. */
export const RHYTHMS = [
  { value: "weekly:monday", key: "weeklyMon" },
  { value: "weekly:friday", key: "weeklyFri" },
  { value: "fortnightly:monday", key: "fortnightly" },
  { value: "monthly:1", key: "monthlyFirst" },
  { value: "monthly:31", key: "monthlyLast" },
] as const;
