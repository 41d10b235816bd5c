/** The script's start: finds its tag, takes over the calls that came before it. */

import { watchActions } from './actions';
import { readConfig } from './config';
import { consent } from './consent';
import { startTracker, type Track } from './tracker';

type Luotsi = Track & { q?: Parameters<Track>[]; on?: boolean; consent?: typeof consent; c?: string };

declare global {
  interface Window {
    luotsi?: Luotsi;
  }
  interface Document {
    prerendering?: boolean;
  }
}

// A tag manager's script has no tag of its own at this moment.
const tag = (document.currentScript ||
  document.querySelector('script[data-domain]')) as HTMLScriptElement | null;

const start = () => {
  if (!tag || window.luotsi?.on) return;
  const { q: queue = [], c } = window.luotsi || {};
  // Said before the script was there, as `luotsi.c = 'granted'`.
  if (c) consent(c as 'granted');
  const luotsi: Luotsi = startTracker(readConfig(tag));
  luotsi.on = true;
  luotsi.consent = consent;
  window.luotsi = luotsi;
  watchActions((name, props) => luotsi(name, { props }));
  for (const call of queue) luotsi(...call);
};

if (document.prerendering) {
  // Nobody sees the page yet, and perhaps nobody will.
  const queue: Parameters<Track>[] = [];
  window.luotsi ||= Object.assign((...call: Parameters<Track>) => queue.push(call), { q: queue });
  document.addEventListener('prerenderingchange', start);
} else {
  start();
}
