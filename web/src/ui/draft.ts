import { type FormEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/client";
import { fieldText } from "./problem";

type Errors<T> = Partial<Record<keyof T & string, string>>;

/**
 * What a person is filling in. `check` runs when they send it; afterwards each field keeps its
 * message until it is changed. The server's field errors land at the same fields.
 */
export function useDraft<T extends object>(initial: T, check: (values: T) => Errors<T> = () => ({})) {
  const { t } = useTranslation();
  const [values, setValues] = useState(initial);
  const [errors, setErrors] = useState<Errors<T>>({});
  const form = useRef<HTMLFormElement>(null);

  const set = <K extends keyof T & string>(field: K, value: T[K]) => {
    setValues((before) => ({ ...before, [field]: value }));
    setErrors((before) => ({ ...before, [field]: undefined }));
  };

  const show = (found: Errors<T>) => {
    setErrors(found);
    // The first field that is wrong gets the focus, once its message is on the page.
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
  };

  return {
    values,
    errors,
    form,
    set,
    reset: setValues,
    /** What is left to say of a problem: nothing when every part of it stands at its field. */
    rest: (problem: unknown): unknown =>
      problem instanceof Problem &&
      problem.fields.length > 0 &&
      problem.fields.every(({ field }) => field in values)
        ? null
        : problem,
    /** Puts a refused request's messages at their fields. */
    refuse: (problem: unknown): void => {
      if (!(problem instanceof Problem) || problem.fields.length === 0) return;
      const known = problem.fields.filter(({ field }) => field in values);
      show(Object.fromEntries(known.map((field) => [field.field, fieldText(t, field)])) as Errors<T>);
    },
    submit: (send: (values: T) => void) => (event: FormEvent) => {
      event.preventDefault();
      const found = check(values);
      if (Object.values(found).some(Boolean)) show(found);
      else send(values);
    },
  };
}
