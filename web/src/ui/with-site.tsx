import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { sitesQuery } from "@/api/queries";
import type { Site } from "@/api/types";
import { NotFound } from "./failed";
import { ProblemAlert } from "./page";
import { useHere } from "./workspace";

/** What is shown of a site of the workspace, or that there is no such site. */
export function WithSite({ id, children }: { id: string; children: (site: Site) => ReactNode }) {
  const { workspace } = useHere();
  const sites = useQuery(sitesQuery(workspace.id));
  if (sites.error) return <ProblemAlert problem={sites.error} retry={() => sites.refetch()} />;
  if (sites.isPending) return <Skeleton m="xl" height={320} />;
  const site = sites.data.find((candidate) => candidate.id === id);
  return site ? children(site) : <NotFound />;
}
