import { Skeleton, Table } from "@mantine/core";
import type { ReactNode } from "react";
import { ProblemAlert } from "./page";
import { Panel } from "./panel";

/** A list as a table: with its waiting, its refusal and its emptiness. */
export function ListTable<T>(props: {
  query: { data: T[] | undefined; error: unknown; refetch: () => unknown };
  head: string[];
  empty: ReactNode;
  row: (item: T) => ReactNode;
}) {
  const { data, error } = props.query;
  if (error) return <ProblemAlert problem={error} retry={() => props.query.refetch()} />;
  if (!data) return <Skeleton height={180} />;
  return (
    <Panel padded={false}>
      {data.length === 0 ? (
        props.empty
      ) : (
        <Table.ScrollContainer minWidth={520} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
          <Table verticalSpacing="sm" horizontalSpacing="lg" className="tabular">
            <Table.Thead>
              <Table.Tr>
                {props.head.map((cell) => (
                  <Table.Th key={cell} scope="col" c="dimmed" fw={520}>
                    {cell || <span className="visually-hidden">·</span>}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>{data.map(props.row)}</Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Panel>
  );
}
