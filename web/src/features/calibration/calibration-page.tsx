import { Skeleton, Table, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type Calibration, type CalibrationBin, calibrationQuery } from "@/api/goals";
import { useFormat } from "@/ui/format";
import { Empty, Page, ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { useHere } from "@/ui/workspace";
import classes from "./calibration.module.css";
import { ReliabilityDiagram } from "./reliability-diagram";

/** Were past probabilities right? What was said against what came, in words, a picture and a table. */
export function CalibrationPage() {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const calibration = useQuery(calibrationQuery(workspace.id));
  return (
    <Page title={t("goals.calibration.title")} lead={t("goals.calibration.lead")} narrow>
      <ProblemAlert problem={calibration.error} retry={() => calibration.refetch()} />
      {calibration.isPending && <Skeleton height={420} />}
      {calibration.data &&
        (calibration.data.count === 0 ? (
          <Panel>
            <Empty title={t("goals.calibration.empty")} text={t("goals.calibration.emptyText")} />
          </Panel>
        ) : (
          <Found calibration={calibration.data} />
        ))}
    </Page>
  );
}

function Found({ calibration }: { calibration: Calibration }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { brier, reference, skill, error, count } = calibration;
  const percent = (share: number) => f.percent(share * 100, 0);
  const bins = calibration.bins.filter(
    (bin): bin is CalibrationBin & { reached: number } => bin.reached !== null,
  );
  const points = error === null ? null : f.number(error * 100, 1);
  return (
    <div className={classes.page}>
      <Panel>
        <p className={classes.statement}>
          {points !== null && t("goals.calibration.off", { points, count, n: f.number(count) })}
        </p>
        <dl className={classes.figures}>
          <div>
            <dt>{t("goals.calibration.brier")}</dt>
            <dd>{brier === null ? "–" : f.number(brier, 3)}</dd>
            <dd className={classes.meaning}>
              {reference !== null && t("goals.calibration.brierText", { reference: f.number(reference, 3) })}
            </dd>
          </div>
          <div>
            <dt>{t("goals.calibration.skill")}</dt>
            <dd>{skill === null ? "–" : percent(skill)}</dd>
            <dd className={classes.meaning}>
              {skill === null ? t("goals.calibration.skillNone") : t("goals.calibration.skillText")}
            </dd>
          </div>
        </dl>
      </Panel>
      <Panel>
        <Title order={2}>{t("goals.calibration.diagram")}</Title>
        <p className={classes.lead}>{t("goals.calibration.diagramText")}</p>
        <ReliabilityDiagram bins={bins} />
        <Table.ScrollContainer minWidth={400} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
          <Table className="tabular" verticalSpacing={6}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">{t("goals.calibration.said")}</Table.Th>
                <Table.Th scope="col" ta="end">
                  {t("goals.calibration.count")}
                </Table.Th>
                <Table.Th scope="col" ta="end">
                  {t("goals.calibration.mean")}
                </Table.Th>
                <Table.Th scope="col" ta="end">
                  {t("goals.calibration.came")}
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {bins.map((bin) => (
                <Table.Tr key={bin.from}>
                  <Table.Td>
                    {t("goals.chart.between", { low: percent(bin.from), high: percent(bin.to) })}
                  </Table.Td>
                  <Table.Td ta="end">{f.number(bin.count)}</Table.Td>
                  <Table.Td ta="end">{percent(bin.forecast)}</Table.Td>
                  <Table.Td ta="end">{percent(bin.reached)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Panel>
    </div>
  );
}
