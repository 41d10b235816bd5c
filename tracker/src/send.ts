/** Brings an event to the server: now, or again after a pause, under the same id. */

/** Told once, when the server answered or the event was given up. */
export type Done = (result?: { status?: number }) => void;

/** An event is tried this often; the pauses grow from about 2 to about 64 seconds. */
const TRIES = 7;

/** Sends that wait for their next try. */
const waiting = new Set<() => void>();

/** Tries everything that waits, because the page is about to go. */
export function flush(): void {
  for (const attempt of waiting) attempt();
}

/** Sends `event` with an id of its own, so that a retry is counted once. */
export function send(api: string, event: object, done?: Done): void {
  const body = JSON.stringify({ ...event, id: uuid() });
  let tries = 0;
  let timer: ReturnType<typeof setTimeout>;

  const again = (seconds: number) => {
    if (++tries < TRIES) {
      waiting.add(attempt);
      timer = setTimeout(attempt, 1000 * (seconds || 2 ** tries * (0.5 + Math.random())));
    } else {
      done?.({});
    }
  };
  const attempt = () => {
    clearTimeout(timer);
    waiting.delete(attempt);
    // Where fetch does not outlive its page, only a beacon does.
    if (!('keepalive' in Request.prototype) && navigator.sendBeacon(api, body)) {
      done?.({});
      return;
    }
    fetch(api, { method: 'POST', keepalive: true, body }).then(
      ({ status, headers }) => {
        if (status > 499 || status === 429) again(Number(headers.get('Retry-After')));
        else done?.({ status });
      },
      () => again(0),
    );
  };
  attempt();
}

/** A random UUID; `crypto.randomUUID` is missing on pages without https. */
function uuid(): string {
  return '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, (digit) =>
    (+digit ^ ((crypto.getRandomValues(new Uint8Array(1))[0] as number) & (15 >> (+digit / 4)))).toString(16),
  );
}
