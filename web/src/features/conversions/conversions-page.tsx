import {
  Badge,
  Button,
  Checkbox,
  Code,
  Modal,
  SegmentedControl,
  Select,
  Stack,
  Table,
  TextInput,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { conversionsQuery, sitePath, sitesQuery } from "@/api/queries";
import type { Conversion, Site } from "@/api/types";
import { ConfirmButton } from "@/ui/confirm";
import { useDraft } from "@/ui/draft";
import { IconPlus } from "@/ui/icons";
import { ButtonLink } from "@/ui/links";
import { ListTable } from "@/ui/list-table";
import { Empty, ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { Section } from "@/ui/section";
import { useHere } from "@/ui/workspace";

const route = getRouteApi("/w/$workspace/settings/conversions");

/** What counts as a success on a site. */
export function ConversionsPage() {
  const { t } = useTranslation();
  const { workspace, canEdit, canAdmin } = useHere();
  const sites = useQuery(sitesQuery(workspace.id));
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const client = useQueryClient();
  const site = sites.data?.find(({ id }) => id === search.site) ?? sites.data?.[0];
  const options = conversionsQuery(workspace.id, site?.id ?? "");
  const conversions = useQuery({ ...options, enabled: Boolean(site) });
  const [adding, { open, close }] = useDisclosure();
  // Figures by conversion mean something else now, too.
  const reload = () =>
    Promise.all([options.queryKey, ["stats"]].map((queryKey) => client.invalidateQueries({ queryKey })));
  const add = canEdit && (
    <Button leftSection={<IconPlus size={16} />} onClick={open}>
      {t("conversion.new")}
    </Button>
  );
  if (sites.error) return <ProblemAlert problem={sites.error} />;
  if (sites.data && !site) {
    return (
      <Panel>
        <Empty
          title={t("site.empty")}
          text={t("site.emptyText")}
          action={
            canAdmin && (
              <ButtonLink to="/w/$workspace/sites/new" params={{ workspace: workspace.id }}>
                {t("nav.addSite")}
              </ButtonLink>
            )
          }
        />
      </Panel>
    );
  }
  return (
    <Section
      title={t("settings.conversions")}
      lead={t("conversion.lead")}
      action={conversions.data?.length ? add : undefined}
    >
      {(sites.data?.length ?? 0) > 1 && (
        <Select
          aria-label={t("overview.site")}
          w={260}
          mb="md"
          allowDeselect={false}
          data={sites.data?.map(({ id, domain }) => ({ value: id, label: domain }))}
          value={site?.id ?? null}
          onChange={(value) => navigate({ search: { site: value ?? undefined } })}
        />
      )}
      <ListTable
        query={conversions}
        head={[t("common.name"), t("conversion.kind"), ""]}
        empty={<Empty title={t("conversion.empty")} text={t("conversion.emptyText")} action={add} />}
        row={(conversion: Conversion) => (
          <Table.Tr key={conversion.id}>
            <Table.Td fw={560}>
              {conversion.display_name}{" "}
              {conversion.revenue && (
                <Badge variant="light" ms={6}>
                  {t("metric.total_revenue")}
                </Badge>
              )}
            </Table.Td>
            <Table.Td>
              {t(`conversion.${conversion.kind}`)}:{" "}
              <Code>{conversion.page_pattern ?? conversion.event_name}</Code>
            </Table.Td>
            <Table.Td ta="end">
              {canEdit && site && (
                <ConfirmButton
                  label={t("common.delete")}
                  title={`${t("conversion.delete")}: ${conversion.display_name}`}
                  text={t("conversion.deleteText")}
                  confirm={t("common.delete")}
                  action={async () => {
                    await call("DELETE", `${sitePath(workspace.id, site.id)}/conversions/${conversion.id}`);
                    await reload();
                  }}
                />
              )}
            </Table.Td>
          </Table.Tr>
        )}
      />
      {adding && site && (
        <NewConversion
          site={site}
          onClose={close}
          onDone={() => {
            close();
            reload();
          }}
        />
      )}
    </Section>
  );
}

function NewConversion({ site, onClose, onDone }: { site: Site; onClose: () => void; onDone: () => void }) {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const draft = useDraft(
    { kind: "page" as "page" | "event", page_pattern: "/", event_name: "", display_name: "", revenue: false },
    (values) =>
      values.kind === "page"
        ? {
            page_pattern: values.page_pattern.trim().startsWith("/")
              ? undefined
              : t("conversion.patternHint"),
          }
        : { event_name: values.event_name.trim() ? undefined : t("setup.required") },
  );
  const { values } = draft;
  const create = useMutation({
    mutationFn: () =>
      call("POST", `${sitePath(workspace.id, site.id)}/conversions`, {
        kind: values.kind,
        ...(values.kind === "page"
          ? { page_pattern: values.page_pattern.trim() }
          : { event_name: values.event_name.trim() }),
        ...(values.display_name.trim() ? { display_name: values.display_name.trim() } : {}),
        revenue: values.kind === "event" && values.revenue,
        ...(values.kind === "event" && values.revenue ? { currency: site.currency } : {}),
      }),
    onSuccess: onDone,
    onError: draft.refuse,
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("conversion.new")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <form ref={draft.form} noValidate onSubmit={draft.submit(() => create.mutate())}>
        <Stack>
          <SegmentedControl
            aria-label={t("conversion.kind")}
            data={[
              { value: "page", label: t("conversion.page") },
              { value: "event", label: t("conversion.event") },
            ]}
            value={values.kind}
            onChange={(kind) => draft.set("kind", kind as "page" | "event")}
          />
          {values.kind === "page" ? (
            <TextInput
              label={t("conversion.pattern")}
              description={t("conversion.patternHint")}
              dir="ltr"
              value={values.page_pattern}
              error={draft.errors.page_pattern}
              onChange={(event) => draft.set("page_pattern", event.currentTarget.value)}
              data-autofocus
            />
          ) : (
            <>
              <TextInput
                label={t("conversion.eventName")}
                description={t("conversion.eventHint")}
                dir="ltr"
                value={values.event_name}
                error={draft.errors.event_name}
                onChange={(event) => draft.set("event_name", event.currentTarget.value)}
                data-autofocus
              />
              <Checkbox
                label={t("conversion.revenue")}
                description={t("conversion.revenueHint")}
                checked={values.revenue}
                onChange={(event) => draft.set("revenue", event.currentTarget.checked)}
              />
            </>
          )}
          <TextInput
            label={`${t("conversion.displayName")} (${t("common.optional")})`}
            value={values.display_name}
            error={draft.errors.display_name}
            onChange={(event) => draft.set("display_name", event.currentTarget.value)}
          />
          <ProblemAlert problem={draft.rest(create.error)} />
          <Button type="submit" loading={create.isPending}>
            {t("common.add")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
