import { useTranslation } from "react-i18next";
import type { Filter } from "@/api/types";
import classes from "./filter-chips.module.css";
import { useFormat } from "./format";
import { IconX } from "./icons";
import { filterText } from "./words";

/** The filters in use; each can be changed or taken away. */
export function FilterChips(props: {
  filters: Filter[];
  onEdit: (at: number) => void;
  onRemove: (at: number) => void;
}) {
  const { t } = useTranslation();
  const f = useFormat();
  if (props.filters.length === 0) return null;
  return (
    <ul className={classes.chips} aria-label={t("filter.chips")}>
      {props.filters.map((filter, at) => {
        const text = filterText(t, f, filter);
        return (
          <li key={text} className={classes.chip}>
            <button
              type="button"
              aria-label={t("filter.edit", { filter: text })}
              onClick={() => props.onEdit(at)}
            >
              {text}
            </button>
            <button
              type="button"
              className={classes.remove}
              aria-label={t("filter.remove", { filter: text })}
              onClick={() => props.onRemove(at)}
            >
              <IconX size={14} />
            </button>
          </li>
        );
      })}
    </ul>
  );
}
