/** The script that Matomo's tags load: works through `_paq`, and gives pages their trackers. */

import { makeTracker, type Tracker } from './matomo/tracker';

type Call = [string | ((this: Tracker) => void), ...unknown[]];
interface Queue {
  push(...calls: Call[]): void;
}
interface Matomo {
  initialized: true;
  getTracker(url?: string, siteId?: string | number): Tracker;
  getAsyncTracker(): Tracker;
  addTracker(url?: string, siteId?: string | number): Tracker;
  on(event: string, act: () => void): void;
}

declare global {
  interface Window {
    _paq?: Queue | Call[];
    Matomo?: Matomo;
    Piwik?: Matomo;
    matomoAsyncInit?: () => void;
    piwikAsyncInit?: () => void;
  }
}

/** What decides how others are meant, wherever it stands in the queue. */
const FIRST = [
  'setTrackerUrl',
  'setSiteId',
  'setUserId',
  'setVisitorId',
  'setDomains',
  'setDoNotTrack',
  'disableCookies',
  'requireCookieConsent',
  'requireConsent',
  'setConsentGiven',
];

/** Takes over the queue of a page whose script came from `src`. */
export function startMatomo(src: string): Tracker {
  const there = src.replace(/[^/]*$/, 'matomo.php');
  const tracker = makeTracker(there);
  const apply = ([name, ...rest]: Call) => {
    try {
      if (typeof name === 'function') name.call(tracker);
      else tracker[name]?.(...(rest as never[]));
    } catch (error) {
      console.error(error);
    }
  };
  const queue = Array.isArray(window._paq) ? window._paq : [];
  const matomo: Matomo = {
    initialized: true,
    getTracker: (url, siteId) => makeTracker(url || (tracker.getTrackerUrl?.() as string), siteId),
    getAsyncTracker: () => tracker,
    addTracker: (url, siteId) => makeTracker(url || there, siteId),
    on: () => {},
  };
  window.Matomo = window.Piwik = matomo;
  window.matomoAsyncInit?.();
  window.piwikAsyncInit?.();
  const isFirst = ([name]: Call) => typeof name === 'string' && FIRST.includes(name);
  for (const call of queue.filter(isFirst)) apply(call);
  for (const call of queue.filter((call) => !isFirst(call))) apply(call);
  window._paq = { push: (...calls) => calls.forEach(apply) };
  return tracker;
}

if (!window.Matomo) {
  const tag = (document.currentScript ||
    document.querySelector('script[src$="matomo.js"],script[src$="piwik.js"]')) as HTMLScriptElement | null;
  if (tag) startMatomo(tag.src);
}
