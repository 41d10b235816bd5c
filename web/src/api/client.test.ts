import { afterEach, describe, expect, it, vi } from "vitest";
import { call, Problem } from "./client";
import { seriesOf } from "./stats";

const answer = (status: number, body: unknown) =>
  vi.stubGlobal("fetch", async () => new Response(body === null ? null : JSON.stringify(body), { status }));

afterEach(() => vi.unstubAllGlobals());

describe("a refused request", () => {
  it("carries the server's words and the fields that it names", async () => {
    answer(422, {
      title: "Invalid",
      code: "invalid_site",
      detail: "The site is not right.",
      errors: [{ field: "domain", code: "domain", detail: "`x` is not a domain" }],
    });
    const problem = await call("POST", "/x", {}).catch((refused: unknown) => refused);
    expect(problem).toBeInstanceOf(Problem);
    expect(problem).toMatchObject({ status: 422, code: "invalid_site", detail: "The site is not right." });
    expect((problem as Problem).fields.map(({ field }) => field)).toEqual(["domain"]);
  });

  it("of the query API carries its one sentence", async () => {
    answer(400, { error: "Invalid metric 'x'" });
    await expect(call("POST", "/x", {})).rejects.toMatchObject({ detail: "Invalid metric 'x'" });
  });

  it("says that the server is out of reach", async () => {
    vi.stubGlobal("fetch", async () => {
      throw new TypeError("failed to fetch");
    });
    await expect(call("GET", "/x")).rejects.toMatchObject({ status: 0, code: "unreachable" });
  });
});

it("an answer without content is no value", async () => {
  answer(204, null);
  expect(await call("DELETE", "/x")).toBeUndefined();
});

describe("a time series", () => {
  const rows = [
    { dimensions: ["2027-01-01"], metrics: [5] },
    { dimensions: ["2027-01-03"], metrics: [7] },
  ];
  const reply = {
    results: rows,
    meta: { time_labels: ["2027-01-01", "2027-01-02", "2027-01-03"] },
    query: {},
  };

  it("counts nothing on a day without a row", () => {
    expect(seriesOf(reply).values).toEqual([5, 0, 7]);
  });

  it("has no ratio on such a day", () => {
    expect(seriesOf(reply, 0, null).values).toEqual([5, null, 7]);
  });
});
