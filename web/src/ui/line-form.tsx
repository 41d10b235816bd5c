import { Button, Modal, SegmentedControl, Select, Stack, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { metricsQuery } from "@/api/dictionary";
import type { Unit } from "@/api/goals";
import { sitesQuery, workspacePath } from "@/api/queries";
import { useDraft } from "./draft";
import { ProblemAlert } from "./page";
import { ValueInput } from "./value-input";
import { useHere } from "./workspace";

/** Figures that a line is drawn on. */
export interface LineOn {
  site_id: string;
  metric: string;
  filters: unknown[];
  name: string;
  unit: Unit;
}

const PLAIN: Unit = { kind: "count", currency: null };

/** A line that figures should not cross: on given ones, or on a metric of the dictionary. */
export function LineForm({
  on,
  onClose,
  onDone,
}: {
  on?: LineOn;
  onClose: () => void;
  onDone: () => unknown;
}) {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const sites = useQuery({ ...sitesQuery(workspace.id), enabled: !on });
  const metrics = useQuery({ ...metricsQuery(workspace.id), enabled: !on });
  const draft = useDraft(
    {
      site_id: (on?.site_id ?? null) as string | null,
      metric: (on?.metric ?? null) as string | null,
      side: "below",
      value: null as number | null,
    },
    (values) => ({
      site_id: values.site_id ? undefined : t("setup.required"),
      metric: values.metric ? undefined : t("setup.required"),
      value: values.value === null ? t("setup.required") : undefined,
    }),
  );
  // Where there is one site, it is that one.
  const only = sites.data?.length === 1 ? sites.data[0]?.id : undefined;
  useEffect(() => {
    if (only && !draft.values.site_id) draft.set("site_id", only);
  });
  const unit = on?.unit ?? metrics.data?.find(({ key }) => key === draft.values.metric)?.unit ?? PLAIN;
  const save = useMutation({
    mutationFn: ({ value, ...values }: typeof draft.values) =>
      call("POST", `${workspacePath(workspace.id)}/alert-lines`, {
        ...values,
        filters: on?.filters ?? [],
        value: value ?? 0,
      }),
    onSuccess: async () => {
      await onDone();
      onClose();
    },
    onError: draft.refuse,
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("alerts.watch.new")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <form ref={draft.form} noValidate onSubmit={draft.submit((values) => save.mutate(values))}>
        <Stack>
          <Text size="sm" c="dimmed">
            {t("alerts.watch.newText")}
          </Text>
          {on ? (
            <Text fw={600}>
              <bdi>{on.name}</bdi>
            </Text>
          ) : (
            <>
              <Select
                label={t("alerts.watch.site")}
                data={(sites.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
                value={draft.values.site_id}
                error={draft.errors.site_id}
                onChange={(site) => draft.set("site_id", site)}
              />
              <Select
                label={t("alerts.watch.figure")}
                searchable
                data={(metrics.data ?? []).map(({ key, name }) => ({ value: key, label: name }))}
                value={draft.values.metric}
                error={draft.errors.metric}
                onChange={(metric) => draft.set("metric", metric)}
              />
            </>
          )}
          <SegmentedControl
            aria-label={t("alerts.watch.side")}
            value={draft.values.side}
            onChange={(side) => draft.set("side", side)}
            data={(["below", "above"] as const).map((value) => ({
              value,
              label: t(`alerts.watch.sides.${value}`),
            }))}
          />
          <ValueInput
            // A time is typed in a unit of its own.
            key={unit.kind}
            unit={unit}
            label={t("alerts.watch.value")}
            value={draft.values.value}
            error={draft.errors.value}
            onChange={(value) => draft.set("value", value)}
          />
          <ProblemAlert problem={draft.rest(save.error)} />
          <Button type="submit" loading={save.isPending}>
            {t("common.save")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
