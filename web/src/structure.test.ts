import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, it } from "vitest";

const SOURCE = join(import.meta.dirname);

const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
  .filter((path) => /\.tsx?$/.test(path))
  .map((path) => ({ path, text: readFileSync(join(SOURCE, path), "utf8") }));

/** What a file imports, as paths below `src`. */
function imports({ path, text }: { path: string; text: string }): string[] {
  return [...text.matchAll(/(?:from|import\()\s*"([^"]+)"/g)]
    .map(([, target]) => target ?? "")
    .flatMap((target) => {
      if (target.startsWith("@/")) return [target.slice(2)];
      if (target.startsWith(".")) return [relative(SOURCE, join(SOURCE, path, "..", target))];
      return [];
    });
}

const area = (path: string) =>
  path
    .split("/")
    .slice(0, path.startsWith("features/") ? 2 : 1)
    .join("/");

it("features know the API and the components, never each other", () => {
  const wrong = files
    .filter(({ path }) => path.startsWith("features/"))
    .flatMap((file) =>
      imports(file)
        .filter(
          (target) =>
            (target.startsWith("features/") || target.startsWith("app/")) && area(target) !== area(file.path),
        )
        .map((target) => `${file.path} imports ${target}`),
    );
  expect(wrong).toEqual([]);
});

it("components and the API know nothing above them", () => {
  const wrong = files
    .filter(({ path }) => path.startsWith("ui/") || path.startsWith("api/"))
    .flatMap((file) =>
      imports(file)
        .filter(
          (target) =>
            /^(features|app)\//.test(target) || (file.path.startsWith("api/") && target.startsWith("ui/")),
        )
        .map((target) => `${file.path} imports ${target}`),
    );
  expect(wrong).toEqual([]);
});

it("figures of a goal are typed in fields that know their unit and every language's numbers", () => {
  const wrong = files
    .filter(({ path }) => path.startsWith("features/goals/") || path === "ui/line-form.tsx")
    .filter(({ text }) => text.includes("NumberInput"))
    .map(({ path }) => path);
  expect(wrong).toEqual([]);
});
