import { Badge, Table } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { signInsQuery } from "@/api/queries";
import type { SignIn } from "@/api/types";
import { ConfirmButton } from "@/ui/confirm";
import { useFormat } from "@/ui/format";
import { ListTable } from "@/ui/list-table";
import { Section } from "@/ui/section";
import { deviceOf } from "./device";

/** Where one is signed in, with a way to end each. */
export function SignInsPage() {
  const { t } = useTranslation();
  const f = useFormat();
  const client = useQueryClient();
  const signIns = useQuery(signInsQuery);
  return (
    <Section title={t("settings.signIns")} lead={t("signIns.lead")}>
      <ListTable
        query={signIns}
        head={[t("signIns.device"), t("signIns.since"), t("signIns.lastSeen"), ""]}
        empty={null}
        row={(signIn: SignIn) => {
          const device = deviceOf(signIn.user_agent ?? "") || t("signIns.unknown");
          return (
            <Table.Tr key={signIn.id}>
              <Table.Td fw={560}>
                <span title={signIn.user_agent ?? ""}>{device}</span>{" "}
                {signIn.current && (
                  <Badge variant="light" ms={6}>
                    {t("signIns.current")}
                  </Badge>
                )}
              </Table.Td>
              <Table.Td>{f.instant(signIn.created_at)}</Table.Td>
              <Table.Td>{f.ago(signIn.last_seen_at, new Date())}</Table.Td>
              <Table.Td ta="end">
                {!signIn.current && (
                  <ConfirmButton
                    label={t("signIns.end")}
                    title={t("signIns.endFor", { device })}
                    text={t("signIns.endText")}
                    confirm={t("signIns.end")}
                    action={async () => {
                      await call("DELETE", `/api/v1/sessions/${signIn.id}`);
                      await client.invalidateQueries({ queryKey: signInsQuery.queryKey });
                    }}
                  />
                )}
              </Table.Td>
            </Table.Tr>
          );
        }}
      />
    </Section>
  );
}
