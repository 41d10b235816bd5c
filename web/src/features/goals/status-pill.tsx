import { useTranslation } from "react-i18next";
import type { GoalStatus } from "@/api/types";
import classes from "./goals.module.css";

const TONE: Record<GoalStatus, string | undefined> = {
  not_started: undefined,
  on_track: classes.good,
  ahead: classes.good,
  reached: classes.good,
  behind: classes.warn,
  missed: classes.bad,
};

// A shape for each status, so that colour is never the only sign.
const SHAPE: Record<GoalStatus, string> = {
  not_started: "M6 2.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z",
  on_track: "M1.5 6h9M7 2.5 10.5 6 7 9.5",
  ahead: "M2 9.5 6 5.5l4 4M2 5.5l4-4 4 4",
  reached: "M1.5 6.5 4.5 9.5 10.5 2.5",
  behind: "M2 2.5l4 4 4-4M2 6.5l4 4 4-4",
  missed: "M2.5 2.5l7 7M9.5 2.5l-7 7",
};

export function StatusPill({ status }: { status: GoalStatus }) {
  const { t } = useTranslation();
  return (
    <span className={`${classes.status} ${TONE[status] ?? ""}`}>
      <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
        <path
          d={SHAPE[status]}
          fill="none"
          stroke="currentColor"
          strokeWidth="1.8"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
      {t(`goal.status.${status}`)}
    </span>
  );
}
