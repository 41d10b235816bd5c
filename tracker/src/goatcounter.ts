/** The script that GoatCounter's tags load: counts pages, and clicks on what the markup names. */

type Text = string | null;
type Told = Text | ((usual: Text) => Text);

/** What the page says in `window.goatcounter` or `data-goatcounter-settings`. */
interface Settings {
  endpoint?: string;
  path?: Told;
  title?: Told;
  referrer?: Told;
  no_onload?: boolean;
  no_events?: boolean;
  allow_local?: boolean;
  allow_frame?: boolean;
}

interface Vars {
  path?: Told;
  title?: Told;
  referrer?: Told;
  event?: boolean;
}

interface Goatcounter extends Settings {
  filter?: () => string | false;
  url?: (vars?: Vars) => string | undefined;
  count?: (vars?: Vars) => void;
  bind_events?: () => void;
  get_query?: (name: string) => string | null;
}

declare global {
  interface Window {
    goatcounter?: Goatcounter;
  }
}

/** `navigator.webdriver` in GoatCounter's list of what is no person. */
const DRIVEN = 153;

/** Counts what happens on the page of a tag; what the page calls is put on `said`, its settings. */
export function startGoatcounter(tag: HTMLElement, said: Goatcounter): void {
  const pick = (told: Told | undefined, usual: Text) =>
    typeof told === 'function' ? told(usual) : (told ?? usual);
  const path = () => {
    const canonical = document.querySelector<HTMLLinkElement>('link[rel="canonical"][href]');
    const at = canonical ? new URL(canonical.href, location.href) : location;
    const { pathname, search } =
      at.hostname.replace(/^www\./, '') === location.hostname.replace(/^www\./, '') ? at : location;
    return pathname + search || '/';
  };
  said.filter = () => {
    try {
      if (localStorage.getItem('skipgc') === 't') return 'disabled with #toggle-goatcounter';
    } catch {}
    if (!said.allow_frame && location !== parent.location) return 'frame';
    if (location.protocol === 'file:') return 'localfile';
    const local = /^(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|0\.0\.0\.0$)|^\[?::1/;
    return !said.allow_local && local.test(location.hostname) && 'localhost';
  };
  said.url = (vars = {}) => {
    const endpoint = said.endpoint || tag.dataset.goatcounter;
    const at = pick(vars.path ?? said.path, path());
    if (at === null || !endpoint) return;
    const url = new URL(endpoint, location.href);
    const texts: Record<string, string | number | null | undefined> = {
      p: at,
      r: pick(vars.referrer ?? said.referrer, document.referrer),
      t: pick(vars.title ?? said.title, document.title),
      e: vars.event ? 'true' : '',
      q: location.search,
      s: `${screen.width},${screen.height},${devicePixelRatio || 1}`,
      b: navigator.webdriver ? DRIVEN : 0,
      rnd: Math.random().toString(36).slice(2, 7),
    };
    for (const [name, text] of Object.entries(texts))
      if (text || text === 0) url.searchParams.set(name, `${text}`);
    return url.href;
  };
  said.count = (vars) => {
    const url = !said.filter?.() && said.url?.(vars);
    if (url && !navigator.sendBeacon?.(url)) new Image().src = url;
  };
  said.bind_events = () => {
    for (const element of document.querySelectorAll<HTMLElement>('[data-goatcounter-click]')) {
      const { goatcounterClick, goatcounterTitle, goatcounterReferrer, goatcounterBound } = element.dataset;
      if (goatcounterBound) continue;
      element.dataset.goatcounterBound = 'true';
      const click = () =>
        said.count?.({
          event: true,
          path: goatcounterClick || element.getAttribute('name') || element.id,
          title: goatcounterTitle || element.title || (element.textContent || '').trim().slice(0, 200),
          referrer: goatcounterReferrer || '',
        });
      element.addEventListener('click', click);
      element.addEventListener('auxclick', click);
    }
  };
  said.get_query = (name) => new URLSearchParams(location.search).get(name);

  const start = () => {
    if (!said.no_onload) said.count?.();
    if (!said.no_events) said.bind_events?.();
  };
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start);
  else start();
}

const tag = (document.currentScript ||
  document.querySelector('script[data-goatcounter]')) as HTMLElement | null;
if (tag && !window.goatcounter?.count) {
  const settings = JSON.parse(tag.dataset.goatcounterSettings || '{}') as Settings;
  window.goatcounter = Object.assign(window.goatcounter || {}, settings);
  startGoatcounter(tag, window.goatcounter);
}
