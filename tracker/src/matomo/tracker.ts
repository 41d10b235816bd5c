/** A tracker as Matomo's pages know it: its calls become requests of `matomo.php`. */

import { measureEngagement } from '../engagement';
import { setCookie, startConsent } from './consent';
import { watchLinks } from './links';

type Value = string | number | boolean | null | undefined;
/** Parameters of a request; also what a page adds to one call: `{ dimension1: 'team' }`. */
type Params = Record<string, Value>;
/** Number, name, category, price and quantity of what lies in the basket. */
type Line = [string, Value, Value | string[], number, number];

/** What is called on a tracker; names that it does not know do nothing. */
export type Tracker = Record<string, (...rest: never[]) => unknown>;

/** So many seconds a page is looked at before its end is told. */
const HEARTBEAT_S = 15;

const random = (length: number) =>
  [...crypto.getRandomValues(new Uint8Array(length))].map((byte) => (byte % 16).toString(16)).join('');

function post(url: string, body: string): void {
  // Where fetch does not outlive its page, only a beacon does.
  if (!('keepalive' in Request.prototype) && navigator.sendBeacon(url, body)) return;
  fetch(url, { method: 'POST', keepalive: true, body }).catch(() => {});
}

/** Makes the tracker of a site, which reports to `url`. */
export function makeTracker(url: string, siteId?: Value): Tracker {
  const page: Params = { url, siteId };
  let id: string | undefined;
  let view = random(6);
  let product: Params = {};
  let domains: string[] = [];
  let watching = false;
  const dimensions: Params = {};
  const variables: Record<string, Params> = { visit: {}, page: {} };
  const cart = new Map<string, Line>();
  const held: string[] = [];
  const consent = startConsent(() => {
    for (const body of held.splice(0)) post(`${page.url}`, body);
  });
  const set = (name: string) => (to?: Value) => {
    page[name] = to;
  };

  /** The visitor's id; none where nothing may be kept and the page gives none. */
  const visitor = () => {
    const name = `_pk_id.${page.siteId}.`;
    // One that Matomo's own script left, or ours.
    const kept = document.cookie.split('; ').find((pair) => pair.startsWith(name));
    const mayKeep = consent.mayKeep();
    if (!id && (kept || mayKeep)) id = kept?.split('=')[1]?.slice(0, 16) || random(16);
    if (id && !kept && mayKeep && consent.mayMeasure())
      setCookie(`${name}0000`, `${id}.${Math.floor(Date.now() / 1000)}`);
    return id;
  };
  const send = (said: Params, custom?: Params | null) => {
    const variablesOf = (scope: string) => {
      const text = JSON.stringify(variables[scope]);
      return text === '{}' ? undefined : text;
    };
    const all: Params = {
      idsite: page.siteId,
      rec: 1,
      send_image: 0,
      rand: random(6),
      url: new URL(`${page.address ?? ''}`, location.href).href,
      urlref: page.referrer ?? document.referrer,
      action_name: page.title ?? document.title,
      _id: visitor(),
      uid: page.user,
      pv_id: view,
      res: `${screen.width}x${screen.height}`,
      _cvar: variablesOf('visit'),
      cvar: variablesOf('page'),
      ...dimensions,
      ...custom,
      ...said,
    };
    const body = new URLSearchParams();
    for (const [name, value] of Object.entries(all)) if (value || value === 0) body.set(name, `${value}`);
    const text = body + (page.more ? `&${page.more}` : '');
    if (consent.mayMeasure()) post(`${page.url}`, text);
    else held.push(text);
  };
  const order = (said: Params) =>
    send({ idgoal: 0, ec_items: cart.size ? JSON.stringify([...cart.values()]) : undefined, ...said });

  const calls = {
    ...consent.calls,
    setTrackerUrl: set('url'),
    getTrackerUrl: () => page.url,
    setSiteId: set('siteId'),
    getSiteId: () => page.siteId,
    setUserId: set('user'),
    resetUserId: () => set('user')(),
    getUserId: () => page.user,
    getVisitorId: () => visitor() ?? '',
    setCustomUrl: set('address'),
    getCurrentUrl: () => page.address ?? location.href,
    setDocumentTitle: set('title'),
    setReferrerUrl: set('referrer'),
    appendToTrackingUrl: set('more'),
    setVisitorId(to: string) {
      if (/^[0-9a-f]{16}$/i.test(to)) id = to;
    },
    setDomains(of: string | string[]) {
      domains = [of].flat();
    },
    setCustomDimension(of: number, to: Value) {
      dimensions[`dimension${of}`] = to;
    },
    deleteCustomDimension(of: number) {
      delete dimensions[`dimension${of}`];
    },
    getCustomDimension: (of: number) => dimensions[`dimension${of}`],
    setCustomVariable(at: number, name: Value, value: Value, scope = 'visit') {
      Object.assign(variables[scope] ?? {}, { [at]: [name, value] });
    },
    deleteCustomVariable(at: number, scope = 'visit') {
      delete variables[scope]?.[at];
    },
    trackPageView(name?: Value, custom?: Params) {
      view = random(6);
      send({ ...product, ...(name && { action_name: name }) }, custom);
      product = {};
    },
    trackEvent: (e_c: Value, e_a: Value, e_n?: Value, e_v?: Value, custom?: Params) =>
      send({ e_c, e_a, e_n, e_v }, custom),
    trackGoal: (idgoal: Value, revenue?: Value, custom?: Params) => send({ idgoal, revenue }, custom),
    trackSiteSearch: (search: Value, search_cat?: Value, search_count?: Value, custom?: Params) =>
      send({ search, search_cat, search_count }, custom),
    trackLink: (to: string, kind: string, custom?: Params) => send({ [kind]: to }, custom),
    trackContentImpression: (c_n: Value, c_p?: Value, c_t?: Value) => send({ c_n, c_p, c_t }),
    trackContentInteraction: (c_i: Value, c_n: Value, c_p?: Value, c_t?: Value) =>
      send({ c_i, c_n, c_p, c_t }),
    ping: () => send({ ping: 1 }),
    enableLinkTracking() {
      if (!watching) watchLinks(() => domains, calls.trackLink);
      watching = true;
    },
    enableHeartBeatTimer(seconds = HEARTBEAT_S) {
      measureEngagement((_, engaged) => {
        if (engaged >= seconds * 1000) calls.ping();
      })(location.href);
    },
    setEcommerceView(sku: Value, name?: Value, category?: Value | string[], price?: Value) {
      const kind = Array.isArray(category) ? JSON.stringify(category) : category;
      product = { _pks: sku, _pkn: name, _pkc: kind, _pkp: price };
    },
    addEcommerceItem(sku: string, name?: Value, category?: Value | string[], price = 0, quantity = 1) {
      cart.set(sku, [sku, name ?? '', category ?? '', Number(price), Number(quantity)]);
    },
    removeEcommerceItem: (sku: string) => cart.delete(sku),
    clearEcommerceCart: () => cart.clear(),
    getEcommerceItems: () => Object.fromEntries(cart),
    trackEcommerceCartUpdate: (revenue: Value) => order({ revenue }),
    trackEcommerceOrder(id: Value, revenue: Value, st?: Value, tx?: Value, sh?: Value, dt?: Value) {
      if (!id) return;
      order({ ec_id: id, revenue, ec_st: st, ec_tx: tx, ec_sh: sh, ec_dt: dt });
      cart.clear();
    },
  };
  return new Proxy(calls as Tracker, {
    get: (known, name: string) => (name in known || name === 'then' ? known[name] : () => undefined),
  });
}
