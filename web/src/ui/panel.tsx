import type { ComponentProps } from "react";
import classes from "./panel.module.css";

/** A white sheet on the page's ground. */
export function Panel({
  padded = true,
  className = "",
  ...rest
}: ComponentProps<"section"> & { padded?: boolean }) {
  return <section className={`${classes.panel} ${padded ? classes.padded : ""} ${className}`} {...rest} />;
}
