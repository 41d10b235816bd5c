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

beforeEach(() => {
  vi.stubGlobal('Request', Request);
  // And a person holds it.
  vi.spyOn(navigator, 'webdriver', 'get').mockReturnValue(false);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});
