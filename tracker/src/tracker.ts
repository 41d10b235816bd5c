/** Turns what happens on a page into events. */

import { type Config, isIgnored, type Props } from './config';
import { recognised } from './consent';
import { measureEngagement } from './engagement';
import { type Done, flush, send } from './send';

export interface Options {
  /** Properties to break the event down by. */
  props?: Props;
  /** Money the event brought. */
  revenue?: { amount: number | string; currency: string };
  /** `false` when the person did nothing: the visit may still be a bounce. */
  interactive?: boolean;
  /** The page's address, when it is not the one in the address bar. */
  url?: string;
  callback?: Done;
}

/** `luotsi('Signup', { props: { plan: 'team' } })` */
export type Track = (name: string, options?: Options) => void;

/** Measures this page and the ones that follow it without a load; returns what sends an event. */
export function startTracker(config: Config): Track {
  const { api, domain, hash } = config;
  // A browser that a program drives says so, and is counted apart.
  const base = { d: domain, h: hash ? 1 : undefined, wd: navigator.webdriver ? 1 : undefined };
  let path: string | undefined;
  let page: string | undefined;

  const startPage = measureEngagement((u, e, sd) => {
    if (!isIgnored(config)) send(api, { n: 'engagement', u, e, sd, ...base, ...recognised() });
  });

  const track: Track = (n, { props, revenue, interactive, url, callback } = {}) => {
    if (isIgnored(config)) {
      callback?.();
      return;
    }
    const u = url || location.href;
    const view = n === 'pageview';
    if (view) startPage(u);
    const event = {
      n,
      u,
      r: page || document.referrer || undefined,
      p: config.props ? { ...config.props(n), ...props } : props,
      $: revenue,
      i: interactive,
      ...base,
      ...recognised(),
    };
    send(api, event, callback);
    if (view) page = u;
  };

  const viewPage = () => {
    const next = location.pathname + (hash ? location.hash : '');
    if (next === path) return;
    path = next;
    track('pageview');
  };

  if (!config.manual) {
    for (const name of ['pushState', 'replaceState'] as const) {
      const original = history[name];
      history[name] = function (...rest) {
        original.apply(this, rest);
        viewPage();
      };
    }
    // Fires when the fragment changes, too.
    addEventListener('popstate', viewPage);
    // Back to a page that the browser had kept whole.
    addEventListener('pageshow', ({ persisted }) => {
      if (persisted) {
        path = undefined;
        viewPage();
      }
    });
    viewPage();
  }
  // After the engagement of the page, whose listener was there first.
  addEventListener('pagehide', flush);
  return track;
}
