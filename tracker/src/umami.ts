/** The script that Umami's tags load: page views, events of the markup and of the page, and who it is. */

type Data = Record<string, unknown>;
type Change = (payload: Data) => Data;

interface Umami {
  track: (what?: string | Data | Change, data?: Data) => Promise<unknown>;
  identify: (who: string | Data, data?: Data) => Promise<unknown>;
}

declare global {
  interface Window {
    umami?: Umami;
  }
}

/** A page's title follows its address a moment later. */
const TITLE_MS = 300;

/** Measures the page of a tag; returns what the page's own scripts call. */
export function startUmami(tag: HTMLScriptElement): Umami {
  const says = (name: string) => tag.getAttribute(`data-${name}`);
  const website = says('website-id');
  const domains = says('domains')
    ?.split(',')
    .map((domain) => domain.trim());
  const base = says('host-url')?.replace(/\/$/, '') || tag.src.replace(/\/[^/]*$/, '');
  let id: string | undefined;
  let page = '';
  let before = document.referrer.startsWith(location.origin) ? '' : document.referrer;

  const address = () => {
    const url = new URL(location.href);
    if (says('exclude-search') === 'true') url.search = '';
    if (says('exclude-hash') === 'true') url.hash = '';
    return url.href;
  };
  const isOff = () => {
    try {
      if (localStorage.getItem('umami.disabled')) return true;
    } catch {}
    return (
      !website ||
      (domains && !domains.includes(location.hostname)) ||
      (says('do-not-track') === 'true' && navigator.doNotTrack === '1')
    );
  };
  const payload = (): Data => ({
    website,
    hostname: location.hostname,
    screen: `${screen.width}x${screen.height}`,
    language: navigator.language,
    title: document.title,
    url: page || address(),
    referrer: before,
    tag: says('tag') || undefined,
    id,
  });
  const send = async (said: Data, type = 'event') => {
    const change = (window as unknown as Record<string, unknown>)[says('before-send') || ''];
    const body = typeof change === 'function' ? change(type, said) : said;
    if (isOff() || !body) return;
    try {
      const answer = await fetch(`${base}/api/send`, {
        method: 'POST',
        keepalive: true,
        body: JSON.stringify({ type, payload: body }),
      });
      return await answer.json();
    } catch {}
  };
  const umami: Umami = {
    track(what, data) {
      if (typeof what === 'string') return send({ ...payload(), name: what, data });
      if (typeof what === 'function') return send(what(payload()));
      return send(what ? { website, ...what } : payload());
    },
    identify(who, data) {
      if (typeof who === 'string') id = who;
      return send({ ...payload(), data: typeof who === 'string' ? data : who }, 'identify');
    },
  };

  const view = () => {
    const next = address();
    if (next === page) return;
    before = page || before;
    const later = page ? TITLE_MS : 0;
    page = next;
    setTimeout(() => page === next && umami.track(), later);
  };
  const watch = () => {
    for (const name of ['pushState', 'replaceState'] as const) {
      const original = history[name];
      history[name] = function (...rest) {
        original.apply(this, rest);
        view();
      };
    }
    addEventListener('popstate', view);
    view();
  };
  document.addEventListener(
    'click',
    ({ target }) => {
      const element = (target as Element | null)?.closest?.('[data-umami-event]');
      const name = element?.getAttribute('data-umami-event');
      if (!element || !name) return;
      const said = [...element.attributes].flatMap((attribute) => {
        const [, key] = /^data-umami-event-(.+)$/.exec(attribute.name) || [];
        return key ? [[key, attribute.value]] : [];
      });
      umami.track(name, Object.fromEntries(said));
    },
    true,
  );
  if (says('auto-track') !== 'false') {
    if (document.readyState === 'complete') watch();
    else addEventListener('load', watch);
  }
  return umami;
}

const tag = (document.currentScript ||
  document.querySelector('script[data-website-id]')) as HTMLScriptElement | null;
if (tag && !window.umami) window.umami = startUmami(tag);
