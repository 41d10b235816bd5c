import { Textarea } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Letter } from "@/api/types";
import { type Draft, WORD } from "./draft";

/** The person's own words for one letter. They are kept as written. */
export function OwnWords(props: { letter: Letter; draft: Draft; change: (next: Partial<Draft>) => void }) {
  const { t } = useTranslation();
  const field = WORD[props.letter];
  return (
    <Textarea
      label={t("wizard.wordsLabel")}
      description={t(`wizard.words${props.letter}`)}
      autosize
      minRows={2}
      maxLength={2000}
      value={props.draft.words[field]}
      onChange={(event) =>
        props.change({ words: { ...props.draft.words, [field]: event.currentTarget.value } })
      }
    />
  );
}
