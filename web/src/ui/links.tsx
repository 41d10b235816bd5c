import { Anchor, type AnchorProps, Button, type ButtonProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import type { ComponentPropsWithRef } from "react";

type A = Omit<ComponentPropsWithRef<"a">, "color" | "style">;

const LinkedAnchor = (props: AnchorProps & A) => <Anchor {...props} />;
const LinkedButton = (props: ButtonProps & A) => <Button component="a" {...props} />;

/** A link inside the application, as text. */
export const TextLink = createLink(LinkedAnchor);
/** A link inside the application that looks like a button. */
export const ButtonLink = createLink(LinkedButton);
