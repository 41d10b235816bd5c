import { Code, Text } from "@mantine/core";

interface Refusal {
  field: string;
  code: string;
  detail: string;
}

/** Why a message was refused: the field, what was wrong, what would be right. In the words of the API. */
export function Refusals({ of }: { of: Refusal[] }) {
  return of.map(({ field, code, detail }) => (
    <Text key={`${field} ${code}`} size="xs" dir="ltr" ta="start" miw={220}>
      {/* A kept message's field begins with its place in the request, which is of no use here. */}
      <Code>{field.replace(/^\d+:/, "")}</Code> <Marked text={detail} />
    </Text>
  ));
}

/** A text whose quoted words stand between backticks. */
function Marked({ text }: { text: string }) {
  return text.split("`").map((part, at) => (at % 2 === 1 ? <Code key={at}>{part}</Code> : part));
}
