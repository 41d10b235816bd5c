import { useTranslation } from "react-i18next";
import type { GoalStatus, Health } from "@/api/goals";
import classes from "./status.module.css";

type Tone = "good" | "warn" | "bad" | "calm";

const TONE: Record<GoalStatus | Health, Tone> = {
  not_started: "calm",
  on_track: "good",
  ahead: "good",
  reached: "good",
  behind: "warn",
  missed: "bad",
  off_track: "bad",
  at_risk: "warn",
  done: "good",
  unknown: "calm",
};

// A shape for each, so that colour is never the only sign.
const SHAPE: Record<GoalStatus | Health, string> = {
  not_started: "M6 2.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z",
  unknown: "M6 2.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z",
  on_track: "M1.5 6h9M7 2.5 10.5 6 7 9.5",
  ahead: "M2 9.5 6 5.5l4 4M2 5.5l4-4 4 4",
  reached: "M1.5 6.5 4.5 9.5 10.5 2.5",
  done: "M1.5 6.5 4.5 9.5 10.5 2.5",
  behind: "M2 2.5l4 4 4-4M2 6.5l4 4 4-4",
  at_risk: "M6 1.5 11 10.5H1zM6 5v2.4",
  missed: "M2.5 2.5l7 7M9.5 2.5l-7 7",
  off_track: "M2.5 2.5l7 7M9.5 2.5l-7 7",
};

export const toneOf = (status: GoalStatus | Health): Tone => TONE[status] ?? "calm";

/** How a probability reads at a glance: the same lines by which the server calls a goal ahead or behind. */
export const toneOfProbability = (probability: number | null): Tone =>
  probability === null ? "calm" : probability < 0.1 ? "bad" : probability < 0.4 ? "warn" : "good";

export function Shape({ of }: { of: GoalStatus | Health }) {
  return (
    <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true" className={classes.shape}>
      <path
        d={SHAPE[of]}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.7"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}

export function StatusPill({ status }: { status: GoalStatus }) {
  const { t } = useTranslation();
  return (
    <span className={classes.pill} data-tone={toneOf(status)}>
      <Shape of={status} />
      {t(`goals.status.${status}`)}
    </span>
  );
}

export function HealthPill({ health }: { health: Health }) {
  const { t } = useTranslation();
  return (
    <span className={classes.pill} data-tone={toneOf(health)}>
      <Shape of={health} />
      {t(`goals.health.${health}`)}
    </span>
  );
}
