import { afterEach, beforeEach, vi } from 'vitest';

declare global {
  interface Window {
    happyDOM: { setURL(url: string): void };
  }
}

// A browser of today, unlike the one that the tests run in, has fetches that outlive their page.
class Request {
  get keepalive() {
    return true;
  }
}

beforeEach(() => void vi.stubGlobal('Request', Request));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});
