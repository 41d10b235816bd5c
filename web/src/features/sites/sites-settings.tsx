import { Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { sitesQuery } from "@/api/queries";
import { IconPlus } from "@/ui/icons";
import { ButtonLink, TextLink } from "@/ui/links";
import { ListTable } from "@/ui/list-table";
import { Empty } from "@/ui/page";
import { Section } from "@/ui/section";
import { useHere } from "@/ui/workspace";

export function SitesSettings() {
  const { t } = useTranslation();
  const { workspace, canAdmin } = useHere();
  const sites = useQuery(sitesQuery(workspace.id));
  const params = { workspace: workspace.id };
  const add = canAdmin && (
    <ButtonLink to="/w/$workspace/sites/new" params={params} leftSection={<IconPlus size={16} />}>
      {t("nav.addSite")}
    </ButtonLink>
  );
  return (
    <Section title={t("settings.sites")} action={sites.data?.length ? add : undefined}>
      <ListTable
        query={sites}
        head={[t("site.domain"), t("site.timeZone"), t("site.currency"), t("site.businessType"), ""]}
        empty={<Empty title={t("site.empty")} text={t("site.emptyText")} action={add} />}
        row={(site) => (
          <Table.Tr key={site.id}>
            <Table.Td fw={560}>
              <TextLink to="/w/$workspace/settings/sites/$site" params={{ ...params, site: site.id }}>
                <bdi>{site.domain}</bdi>
              </TextLink>
            </Table.Td>
            <Table.Td>{site.time_zone}</Table.Td>
            <Table.Td>{site.currency}</Table.Td>
            <Table.Td>{t(`site.business.${site.business_type as "other"}`)}</Table.Td>
            <Table.Td ta="end">
              <TextLink
                to="/w/$workspace/sites/$site/snippet"
                params={{ ...params, site: site.id }}
                size="sm"
              >
                {t("site.install")}
              </TextLink>
            </Table.Td>
          </Table.Tr>
        )}
      />
    </Section>
  );
}
