import { Button, Group } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Question, Reading } from "@/api/goals";
import { useFormat } from "@/ui/format";
import { pieces } from "./reading";
import classes from "./sentence.module.css";

const EXAMPLES = ["orders", "followers", "reply"] as const;
const PARTS = ["metric", "segment", "target", "date"] as const;

/** The goal as one would say it. What was understood is marked in the text itself; what was not is asked. */
export function SentenceField(props: {
  value: string;
  reading: Reading | undefined;
  metricName: (key: string) => string;
  onChange: (sentence: string) => void;
  onAnswer: (question: Question, option: string) => void;
  /** Opens what answers a question that has no options. */
  onOpen: (question: Question) => void;
}) {
  const { value, reading, onChange } = props;
  const { t } = useTranslation();
  const f = useFormat();
  const field = useRef<HTMLTextAreaElement>(null);
  // As tall as what is written; the marks behind it wrap at the same places.
  useEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [value]);
  const marked = reading ? pieces(value, reading) : [];
  const name = (question: Question, option: string) =>
    /^\d{4}-\d{2}-\d{2}$/.test(option)
      ? f.date(option)
      : question.code.startsWith("metric") || question.code === "several_metrics"
        ? props.metricName(option)
        : option;
  return (
    <section className={classes.box}>
      <label className={classes.label} htmlFor="sentence">
        {t("goals.say.label")}
      </label>
      <div className={classes.field} dir="auto">
        <div className={classes.marks} aria-hidden="true">
          {marked.map(({ text, part }, at) =>
            part ? (
              <mark key={`${at}${text}`} data-part={part}>
                {text}
              </mark>
            ) : (
              <span key={`${at}${text}`}>{text}</span>
            ),
          )}
          {/* A last line that is empty has a height of its own in a text field. */}
          {"\u200b"}
        </div>
        <textarea
          id="sentence"
          ref={field}
          rows={1}
          dir="auto"
          maxLength={400}
          placeholder={t("goals.example.orders")}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value.replaceAll("\n", " "))}
          onKeyDown={(event) => {
            // A sentence has one line: Enter means that it is said.
            if (event.key === "Enter") event.preventDefault();
          }}
        />
      </div>
      {value.trim() === "" ? (
        <Group gap={8} mt={10}>
          <span className={classes.hint}>{t("goals.say.try")}</span>
          {EXAMPLES.map((example) => (
            <Button
              key={example}
              variant="default"
              size="compact-sm"
              onClick={() => {
                onChange(t(`goals.example.${example}`));
                field.current?.focus();
              }}
            >
              {t(`goals.example.${example}`)}
            </Button>
          ))}
        </Group>
      ) : (
        reading && (
          <ul className={classes.legend}>
            {PARTS.filter((part) => marked.some((piece) => piece.part === part)).map((part) => (
              <li key={part} data-part={part}>
                {t(`goals.say.part.${part}`)}
              </li>
            ))}
            {reading.unread.length > 0 && (
              <li className={classes.unread}>{t("goals.say.unread", { words: f.list(reading.unread) })}</li>
            )}
          </ul>
        )
      )}
      {reading && value.trim() !== "" && reading.questions.length > 0 && (
        <ul className={classes.questions} aria-live="polite">
          {reading.questions.map((question) => (
            <li key={question.code}>
              <b>{question.text}</b>
              {question.options.length === 0 && (
                <Button size="compact-sm" variant="light" onClick={() => props.onOpen(question)}>
                  {t("goals.say.answer")}
                </Button>
              )}
              {question.options.map((option) => (
                <Button
                  key={option}
                  size="compact-sm"
                  variant="light"
                  onClick={() => props.onAnswer(question, option)}
                >
                  {name(question, option)}
                </Button>
              ))}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
