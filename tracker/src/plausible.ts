/** The script that Plausible's tags load, by any of its names: our tracker, with their calls and options. */

import { watchActions } from './actions';
import { type Config, type Props, readConfig } from './config';
import { watchTagged } from './plausible/tagged';
import { type Options, startTracker } from './tracker';

/** What `plausible.init` is given. */
interface Given {
  domain?: string;
  endpoint?: string;
  hashBasedRouting?: boolean;
  autoCapturePageviews?: boolean;
  captureOnLocalhost?: boolean;
  outboundLinks?: boolean;
  fileDownloads?: boolean | object;
  formSubmissions?: boolean;
  customProperties?: Props | ((name: string) => Props);
}

type Call = (name: string, options?: Options & { u?: string }) => void;
type Plausible = Call & { q?: Parameters<Call>[]; o?: Given; l?: boolean; init?: (given?: Given) => void };

declare global {
  interface Window {
    plausible?: Plausible;
  }
}

const tag = (document.currentScript ||
  document.querySelector('script[data-domain],script[src*="/js/pa-"]')) as HTMLScriptElement | null;
/** `script.hash.outbound-links.js` says what is measured; `pa-….js` leaves it to the page. */
const words = new URL(tag?.src || '', location.href).pathname.split('/').pop()?.split('.') || [];
const says = (word: string) => words.includes(word);
const asks = /^pa-/.test(words[0] || '');

/** Whether the page is one of those that the tag leaves out, or none of those that it names. */
function isLeftOut({ include, exclude }: DOMStringMap): boolean {
  const path = location.pathname + (says('hash') ? location.hash : '');
  const fits = (patterns: string) =>
    patterns.split(',').some((pattern) => {
      const escaped = pattern.trim().replace(/[.+?^${}()|[\]\\]/g, '\\$&');
      const open = escaped.replace(/\*\*/g, '\0').replace(/\*/g, '[^/]*').replace(/\0/g, '.*');
      return new RegExp(`^${open}/?$`).test(path);
    });
  return (!!include && !fits(include)) || (!!exclude && fits(exclude));
}

/** `event-author="Ana"` on the tag: properties of every event. */
const attributes = ({ attributes }: Element): Props =>
  Object.fromEntries(
    [...attributes]
      .filter(({ name }) => /^event-./.test(name))
      .map(({ name, value }) => [name.slice(6), value]),
  );

function start(given: Given = {}): void {
  if (!tag || window.plausible?.l) return;
  const queue = window.plausible?.q || [];
  const own = readConfig(tag);
  const more = given.customProperties;
  const config: Config = {
    api: given.endpoint || own.api,
    domain: given.domain || own.domain,
    hash: given.hashBasedRouting ?? says('hash'),
    manual: given.autoCapturePageviews === false || says('manual'),
    local: given.captureOnLocalhost ?? says('local'),
    props: (name) => ({ ...attributes(tag), ...(typeof more === 'function' ? more(name) : more) }),
    ignored: () => isLeftOut(tag.dataset),
  };
  const track = startTracker(config);
  const call: Call = (name, { u, ...options } = {}) => track(name, { url: u, ...options });
  window.plausible = Object.assign(call, { l: true, init: () => {} });
  const wants: Record<string, unknown> = {
    'Outbound Link: Click': asks ? given.outboundLinks !== false : says('outbound-links'),
    'File Download': asks ? given.fileDownloads !== false : says('file-downloads'),
    'Form: Submission': asks ? given.formSubmissions !== false : says('form-submissions'),
  };
  watchActions((name, props) => wants[name] && track(name, { props }));
  if (asks || says('tagged-events')) watchTagged(track);
  for (const [name, options] of queue) call(name, options);
}

if (!asks || window.plausible?.o) {
  start(window.plausible?.o);
} else {
  // The page says later how it is measured; calls wait until then.
  const waiting: Plausible = (...call) => void waiting.q?.push(call);
  window.plausible = Object.assign(waiting, { q: window.plausible?.q || [], init: start });
}
