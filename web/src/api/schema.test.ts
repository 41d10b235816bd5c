import { readFileSync } from "node:fs";
import { join } from "node:path";
import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";
import { expect, it } from "vitest";

it("the generated types are those of the API's description (`npm run schema` writes them)", async () => {
  const description = readFileSync(join(import.meta.dirname, "../../../crates/api/openapi.json"), "utf8");
  const fresh = COMMENT_HEADER + astToString(await openapiTS(JSON.parse(description)));
  expect(readFileSync(join(import.meta.dirname, "schema.gen.ts"), "utf8")).toBe(fresh);
});
