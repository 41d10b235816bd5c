import { CopyButton } from "@/ui/copy-button";
import classes from "./snippet.module.css";

/** The tracking code, with a button that copies it. */
export function SnippetCode({ snippet, label }: { snippet: string; label: string }) {
  return (
    <>
      <pre className={classes.code} dir="ltr">
        {snippet}
      </pre>
      <CopyButton value={snippet} label={label} size="sm" variant="filled" />
    </>
  );
}
