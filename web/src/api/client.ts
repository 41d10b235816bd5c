/** One refused field of a request, as the server's problem document names it. */
export interface FieldProblem {
  field: string;
  code: string;
  detail: string;
}

/** A refused request (RFC 9457). `status` 0 means the server could not be reached. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly fields: FieldProblem[] = [],
  ) {
    super(detail);
  }
}

async function problemOf(response: Response): Promise<Problem> {
  const body = await response.json().catch(() => null);
  // The query API answers `{error}` in Plausible's shape, everything else problem+json.
  const detail = body?.detail ?? body?.error ?? body?.title ?? response.statusText;
  return new Problem(response.status, body?.code ?? "unknown", String(detail), body?.errors ?? []);
}

/** Calls the API. Answers with the JSON body, or `undefined` for 204. Throws `Problem`. */
export async function call<T>(
  method: "GET" | "POST" | "PATCH" | "DELETE",
  path: string,
  body?: unknown,
  signal?: AbortSignal,
  extra: Record<string, string> = {},
): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      signal,
      credentials: "same-origin",
      headers: method === "GET" ? extra : { "Content-Type": "application/json", ...extra },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new Problem(0, "unreachable", "");
  }
  if (!response.ok) throw await problemOf(response);
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}
