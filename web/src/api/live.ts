import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { sitePath, siteStatusQuery } from "./queries";
import type { SiteStatus } from "./types";

/**
 * A site's status, pushed by the server; asked for every 5 s while the push channel is down.
 */
export function useSiteStatus(workspace: string, site: string | undefined): SiteStatus | undefined {
  const client = useQueryClient();
  const [pushed, setPushed] = useState(false);
  const options = siteStatusQuery(workspace, site ?? "");

  useEffect(() => {
    if (!site) return;
    const source = new EventSource(`${sitePath(workspace, site)}/live`);
    source.addEventListener("status", (event) => {
      setPushed(true);
      client.setQueryData(siteStatusQuery(workspace, site).queryKey, JSON.parse(event.data) as SiteStatus);
    });
    source.onerror = () => setPushed(false);
    return () => source.close();
  }, [workspace, site, client]);

  return useQuery({ ...options, enabled: Boolean(site), refetchInterval: pushed ? false : 5_000 }).data;
}
