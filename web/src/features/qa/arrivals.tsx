import { Badge, Button, Code, Group, SegmentedControl, Select, Table, Text } from "@mantine/core";
import { Fragment, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Arrival, arrivalsAfter, type Notice, type Reason } from "@/api/trust";
import { useFormat } from "@/ui/format";
import { Empty, ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { senderName } from "@/ui/protocols";
import { useHere } from "@/ui/workspace";
import { Refusals } from "./refusals";

const ASK_EVERY_MS = 2000;
const MOST = 200;

/** Events as they arrive, the latest first. */
export function Arrivals({ site }: { site: string }) {
  const { t } = useTranslation();
  const [paused, setPaused] = useState(false);
  const { arrivals, problem } = useArrivals(site, paused);
  const [only, setOnly] = useState("all");
  const [protocol, setProtocol] = useState<string | null>(null);
  const protocols = [...new Set(arrivals.map((arrival) => arrival.protocol))].sort();
  const shown = arrivals.filter(
    (arrival) =>
      (!protocol || arrival.protocol === protocol) &&
      (only === "all" || (only === "refused" ? arrival.verdict === "refused" : arrival.notices.length > 0)),
  );
  return (
    <Panel padded={false}>
      <Group justify="space-between" p="md" gap="sm">
        <Group gap="sm">
          <SegmentedControl
            aria-label={t("trust.qa.result")}
            data={[
              { value: "all", label: t("trust.qa.all") },
              { value: "refused", label: t("trust.qa.onlyRefused") },
              { value: "notices", label: t("trust.qa.onlyNotices") },
            ]}
            value={only}
            onChange={setOnly}
          />
          <Select
            aria-label={t("trust.qa.protocol")}
            placeholder={t("trust.qa.anyProtocol")}
            data={protocols.map((value) => ({ value, label: senderName(value) }))}
            value={protocol}
            onChange={setProtocol}
            clearable
            w={190}
          />
        </Group>
        <Group gap="sm">
          <Badge
            variant={paused ? "default" : "light"}
            color={paused ? "gray" : "green"}
            style={INK}
            role="status"
          >
            {paused ? t("trust.qa.paused") : t("trust.qa.live")}
          </Badge>
          <Button variant="default" size="xs" onClick={() => setPaused(!paused)}>
            {paused ? t("trust.qa.resume") : t("trust.qa.pause")}
          </Button>
        </Group>
      </Group>
      <ProblemAlert problem={problem} />
      {shown.length === 0 ? (
        <Empty title={t("trust.qa.waiting")} text={t("trust.qa.waitingText")} />
      ) : (
        <Table.ScrollContainer minWidth={760} mah={560} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
          <Table verticalSpacing="xs" horizontalSpacing="lg" className="tabular">
            <Table.Thead>
              <Table.Tr>
                {(["when", "protocol", "event", "result"] as const).map((head) => (
                  <Table.Th key={head} scope="col" c="dimmed" fw={520}>
                    {t(`trust.qa.${head}`)}
                  </Table.Th>
                ))}
                <Table.Th scope="col">
                  <span className="visually-hidden">{t("trust.qa.request")}</span>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {shown.map((arrival) => (
                <OneArrival key={arrival.number} arrival={arrival} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Panel>
  );
}

/** Asks for what arrived since the last answer, again and again. */
function useArrivals(site: string, paused: boolean) {
  const { workspace } = useHere();
  const [arrivals, setArrivals] = useState<Arrival[]>([]);
  const [problem, setProblem] = useState<unknown>(null);
  const after = useRef(0);
  useEffect(() => {
    if (paused) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const ask = async () => {
      try {
        const found = await arrivalsAfter(workspace.id, site, after.current, stop.signal);
        after.current = found.next;
        setProblem(null);
        if (found.items.length > 0) {
          setArrivals((before) => [...found.items.reverse(), ...before].slice(0, MOST));
        }
      } catch (error) {
        if (stop.signal.aborted) return;
        setProblem(error);
      }
      timer = setTimeout(ask, ASK_EVERY_MS);
    };
    ask();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [workspace.id, site, paused]);
  return { arrivals, problem };
}

const COLORS: Record<string, string> = {
  counted: "green",
  held_back: "gray",
  dropped: "gray",
  refused: "red",
};

/** Ink that is read on any wash, in both schemes. */
const INK = { color: "var(--mantine-color-text)" };

function OneArrival({ arrival }: { arrival: Arrival }) {
  const { t } = useTranslation();
  const f = useFormat();
  const [open, setOpen] = useState(false);
  const verdict = arrival.verdict as "counted" | "held_back" | "dropped" | "refused";
  return (
    <Fragment>
      <Table.Tr>
        <Table.Td style={{ whiteSpace: "nowrap" }}>
          {new Intl.DateTimeFormat(f.tag, { timeStyle: "medium" }).format(new Date(arrival.at))}
        </Table.Td>
        <Table.Td>{senderName(arrival.protocol)}</Table.Td>
        <Table.Td miw={190} maw={360} style={{ overflowWrap: "anywhere" }}>
          <Text size="sm" fw={560}>
            <bdi>{arrival.name ?? "–"}</bdi>
          </Text>
          {arrival.page && (
            <Text size="xs" c="dimmed" dir="ltr" ta="start">
              {arrival.page}
            </Text>
          )}
          {arrival.notices.map((notice) => (
            <Notes key={`${notice.kind} ${notice.property}`} notice={notice} />
          ))}
        </Table.Td>
        <Table.Td>
          <Badge variant="light" color={COLORS[verdict]} style={INK}>
            {t(`trust.qa.${verdict}`)}
          </Badge>
          {arrival.reason && (
            <Text size="xs" c="dimmed">
              {t(`trust.reason.${arrival.reason as Reason}`)}
            </Text>
          )}
          <Refusals of={arrival.refusals} />
        </Table.Td>
        <Table.Td ta="end">
          <Button variant="subtle" size="compact-xs" aria-expanded={open} onClick={() => setOpen(!open)}>
            {t("trust.qa.show")}
          </Button>
        </Table.Td>
      </Table.Tr>
      {open && (
        <Table.Tr>
          <Table.Td colSpan={5}>
            <Code block dir="ltr" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
              {arrival.raw}
            </Code>
          </Table.Td>
        </Table.Tr>
      )}
    </Fragment>
  );
}

/** Notices of what is likely wrong. */
const LOUD = ["type_change", "left_out"];

/** A text of its own direction in the midst of another. */
const isolated = (text: string) => `\u2068${text}\u2069`;

/** What is worth a second look. */
function Notes({ notice }: { notice: Notice }) {
  const { t } = useTranslation();
  const kind = (word?: string | null) => t(`trust.qa.kind.${(word ?? "text") as "text"}`);
  const text =
    notice.kind === "type_change"
      ? t("trust.qa.type_change", {
          property: notice.property ?? "",
          was: kind(notice.was),
          is: kind(notice.is),
        })
      : notice.kind === "new_property"
        ? t("trust.qa.new_property", { property: notice.property ?? "" })
        : notice.kind === "left_out"
          ? t("trust.qa.left_out", {
              property: isolated(notice.property ?? ""),
              detail: isolated(notice.detail ?? ""),
            })
          : t("trust.qa.new_name");
  return (
    <Text size="xs" c="dimmed" style={LOUD.includes(notice.kind) ? { ...INK, fontWeight: 560 } : undefined}>
      {text}
    </Text>
  );
}
