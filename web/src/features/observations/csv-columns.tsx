import { Select, Table, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { assigned, type Mapping, ROLES, type Role } from "./csv-mapping";

/** The table's first lines, with what each column means above it. */
export function CsvColumns(props: {
  mapping: Mapping;
  sample: string[][];
  onChange: (mapping: Mapping) => void;
}) {
  const { mapping, sample } = props;
  const { t } = useTranslation();
  return (
    <Table.ScrollContainer
      minWidth={Math.min(900, 170 * mapping.columns.length)}
      scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}
    >
      <Table className="tabular" layout="fixed">
        <Table.Thead>
          <Table.Tr>
            {mapping.columns.map((column, at) => (
              <Table.Th key={column.name} scope="col" style={{ verticalAlign: "top" }}>
                <bdi>{column.name}</bdi>
                <Select
                  mt={4}
                  size="xs"
                  aria-label={t("dictionary.means", { column: column.name })}
                  allowDeselect={false}
                  data={ROLES.map((value) => ({ value, label: t(`dictionary.roles.${value}`) }))}
                  value={column.role}
                  onChange={(role) =>
                    props.onChange(assigned(mapping, at, { role: (role ?? "none") as Role }))
                  }
                />
                {column.role === "dimension" && (
                  <TextInput
                    mt={4}
                    size="xs"
                    aria-label={t("dictionary.dimensionOf", { column: column.name })}
                    maxLength={60}
                    value={column.dimension}
                    onChange={(event) =>
                      props.onChange(assigned(mapping, at, { dimension: event.currentTarget.value }))
                    }
                  />
                )}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {sample.map((row, line) => (
            <Table.Tr key={line}>
              {mapping.columns.map((column, at) => (
                <Table.Td key={column.name} c={column.role === "none" ? "dimmed" : undefined}>
                  <bdi>{row[at] ?? ""}</bdi>
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
