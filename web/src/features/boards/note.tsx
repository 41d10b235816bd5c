import { Fragment } from "react";
import classes from "./boards.module.css";
import { blocks, type Inline } from "./markup";

function Words({ content }: { content: Inline[] }) {
  return content.map((part, at) => {
    const key = `${at}-${part.kind}`;
    switch (part.kind) {
      case "bold":
        return <strong key={key}>{part.text}</strong>;
      case "italic":
        return <em key={key}>{part.text}</em>;
      case "code":
        return <code key={key}>{part.text}</code>;
      case "link":
        return (
          <a key={key} href={part.href} target="_blank" rel="noopener noreferrer nofollow">
            {part.text}
          </a>
        );
      default:
        return <Fragment key={key}>{part.text}</Fragment>;
    }
  });
}

/** A note: words, and the little markup that it may have, as elements. */
export function Note({ text }: { text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard.
    <div className={classes.note} dir="auto" tabIndex={0}>
      {blocks(text).map((block, at) => {
        const key = `${at}-${block.kind}`;
        switch (block.kind) {
          case "heading":
            // The tile's own heading stands above.
            return (
              <p key={key} className={classes.noteHeading} data-level={block.level}>
                <Words content={block.content} />
              </p>
            );
          case "list": {
            const items = block.items.map((item, place) => (
              <li key={place}>
                <Words content={item} />
              </li>
            ));
            return block.ordered ? <ol key={key}>{items}</ol> : <ul key={key}>{items}</ul>;
          }
          default:
            return (
              <p key={key}>
                {block.content.map((line, place) => (
                  <Fragment key={place}>
                    {place > 0 && <br />}
                    <Words content={line} />
                  </Fragment>
                ))}
              </p>
            );
        }
      })}
    </div>
  );
}
