import { Button, Modal, Select, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { MonthPickerInput } from "@mantine/dates";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { RESOURCE_KINDS, type Resource, type ResourceKind } from "@/api/goals";
import { useDraft } from "@/ui/draft";
import { NumberField } from "@/ui/number-field";
import { ProblemAlert } from "@/ui/page";
import { type SectionProps, useGoalChange } from "./section";

export function ResourceForm(props: SectionProps & { resource: Resource | null; onClose: () => void }) {
  const { goal, resource, f, onClose } = props;
  const { t } = useTranslation();
  const { path, changed } = useGoalChange(goal);
  const money = f.currency;
  const draft = useDraft(
    {
      kind: (resource?.kind ?? "budget") as ResourceKind,
      name: resource?.name ?? "",
      month: resource?.month ?? null,
      planned: (resource?.planned ?? null) as number | null,
      spent: (resource?.spent ?? 0) as number | null,
      unit: resource?.unit ?? money,
    },
    ({ name, planned }) => ({
      name: name.trim() ? undefined : t("setup.required"),
      planned: planned === null ? t("setup.required") : undefined,
    }),
  );
  const save = useMutation({
    mutationFn: (values: typeof draft.values) => {
      const body = { ...values, spent: values.spent ?? 0 };
      return resource
        ? call("PATCH", `${path}/resources/${resource.id}`, body)
        : call("POST", `${path}/resources`, body);
    },
    onSuccess: async () => {
      await changed();
      onClose();
    },
    onError: draft.refuse,
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={resource ? t("common.edit") : t("goals.resource.new")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <form ref={draft.form} noValidate onSubmit={draft.submit((values) => save.mutate(values))}>
        <Stack>
          <Select
            label={t("goals.resource.what")}
            allowDeselect={false}
            data={RESOURCE_KINDS.map((value) => ({ value, label: t(`goals.resource.kind.${value}`) }))}
            value={draft.values.kind}
            onChange={(kind) => {
              draft.set("kind", (kind ?? "budget") as ResourceKind);
              draft.set("unit", kind === "people" ? t("goals.resource.hours") : money);
            }}
          />
          <TextInput
            label={t("common.name")}
            maxLength={120}
            data-autofocus
            value={draft.values.name}
            error={draft.errors.name}
            onChange={(event) => draft.set("name", event.currentTarget.value)}
          />
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <MonthPickerInput
              label={`${t("goals.resource.month")} (${t("common.optional")})`}
              clearable
              value={draft.values.month ? `${draft.values.month.slice(0, 7)}-01` : null}
              error={draft.errors.month}
              valueFormatter={({ date }: { date: unknown }) =>
                typeof date === "string" ? f.month(date) : ""
              }
              onChange={(month) => draft.set("month", month ? month.slice(0, 7) : null)}
            />
            <TextInput
              label={t("goals.resource.unit")}
              description={t("goals.resource.unitHint")}
              maxLength={12}
              value={draft.values.unit}
              error={draft.errors.unit}
              onChange={(event) => draft.set("unit", event.currentTarget.value)}
            />
            <NumberField
              label={t("goals.resource.planned")}
              value={draft.values.planned}
              error={draft.errors.planned}
              onChange={(value) => draft.set("planned", value)}
            />
            <NumberField
              label={t("goals.resource.spent")}
              value={draft.values.spent}
              error={draft.errors.spent}
              onChange={(value) => draft.set("spent", value)}
            />
          </SimpleGrid>
          <ProblemAlert problem={draft.rest(save.error)} />
          <Button type="submit" loading={save.isPending}>
            {t("common.save")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
