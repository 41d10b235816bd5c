import { beforeEach, expect, test, vi } from 'vitest';
import { startMatomo } from '../src/matomo';
import { linkKind } from '../src/matomo/links';

const fetched = vi.fn((_url: string, _init: RequestInit) =>
  Promise.resolve(new Response(null, { status: 204 })),
);
const sent = () =>
  fetched.mock.calls.map(([, init]) => Object.fromEntries(new URLSearchParams(init.body as string)));

function clearCookies() {
  for (const pair of document.cookie.split('; ')) {
    // biome-ignore lint/suspicious/noDocumentCookie: as the script sets them.
    document.cookie = `${pair.split('=')[0]}=;expires=Thu, 01 Jan 1970 00:00:00 GMT;path=/`;
  }
}

function start(...calls: unknown[][]) {
  window._paq = calls as never;
  return startMatomo('https://stats.example/m/matomo.js');
}

beforeEach(() => {
  window.happyDOM.setURL('https://shop.example/shoes');
  document.body.innerHTML = '';
  document.title = 'Shoes';
  clearCookies();
  fetched.mockClear();
  vi.stubGlobal('fetch', fetched);
});

test('the queue of a page is worked through, what decides first', () => {
  start(
    ['trackPageView'],
    ['trackEvent', 'Video', 'play', 'Intro', 3],
    ['setCustomDimension', 2, 'team'],
    ['setTrackerUrl', 'https://own.example/matomo.php'],
    ['setSiteId', '7'],
    ['setUserId', 'u1'],
    ['nothingOfTheKind', 1],
  );
  window._paq?.push(['trackGoal', 3, 12.5, { dimension3: 'x' }] as never);
  expect(fetched.mock.calls[0]?.[0]).toBe('https://own.example/matomo.php');
  const [view, event, goal] = sent();
  expect(view).toMatchObject({
    idsite: '7',
    rec: '1',
    url: 'https://shop.example/shoes',
    action_name: 'Shoes',
    uid: 'u1',
    _id: expect.stringMatching(/^[0-9a-f]{16}$/),
  });
  expect(event).toMatchObject({ e_c: 'Video', e_a: 'play', e_n: 'Intro', e_v: '3', pv_id: view?.pv_id });
  expect(goal).toMatchObject({ idgoal: '3', revenue: '12.5', dimension2: 'team', dimension3: 'x' });
});

test('the visitor keeps the id that the browser has, and gets none where the page wants no cookies', () => {
  // biome-ignore lint/suspicious/noDocumentCookie: as Matomo's own script sets it.
  document.cookie = '_pk_id.71.1fff=0123456789abcdef.1700000000.;path=/';
  start(['setSiteId', 71], ['trackPageView']);
  start(['setSiteId', 72], ['trackPageView']);
  start(['setSiteId', 73], ['disableCookies'], ['trackPageView']);
  const ids = sent().map(({ _id }) => _id);
  expect(ids[0]).toBe('0123456789abcdef');
  expect(document.cookie).toContain(`_pk_id.72.0000=${ids[1]}.`);
  expect(ids[2]).toBeUndefined();
  expect(document.cookie).not.toContain('_pk_id.73');
});

test('what a shop does carries its goods', () => {
  const tracker = start(
    ['setSiteId', 7],
    ['setEcommerceView', 'S1', 'Tea', ['Drinks', 'Hot'], 4.5],
    ['trackPageView', 'Tea'],
    ['trackPageView'],
    ['addEcommerceItem', 'S1', 'Tea', 'Drinks', 4.5, 2],
    ['addEcommerceItem', 'S2', 'Mug', '', 5],
    ['removeEcommerceItem', 'S2'],
    ['trackEcommerceCartUpdate', 9],
    ['trackEcommerceOrder', 'O-7', 11.5, 9, 1.5, 1, false],
  );
  const [product, page, cart, order] = sent();
  expect(product).toMatchObject({
    _pks: 'S1',
    _pkn: 'Tea',
    _pkc: '["Drinks","Hot"]',
    _pkp: '4.5',
    action_name: 'Tea',
  });
  expect(page).not.toHaveProperty('_pks');
  expect(cart).toMatchObject({ idgoal: '0', revenue: '9', ec_items: '[["S1","Tea","Drinks",4.5,2]]' });
  expect(cart).not.toHaveProperty('ec_id');
  expect(order).toMatchObject({
    idgoal: '0',
    ec_id: 'O-7',
    revenue: '11.5',
    ec_st: '9',
    ec_tx: '1.5',
    ec_sh: '1',
  });
  expect(tracker.getEcommerceItems?.()).toEqual({});
});

test('nothing leaves before the person agreed, and all of it afterwards', () => {
  start(['setSiteId', 7], ['requireConsent'], ['trackPageView']);
  expect(sent()).toEqual([]);
  expect(document.cookie).toBe('');
  window._paq?.push(['rememberConsentGiven'] as never);
  expect(sent()).toMatchObject([{ url: 'https://shop.example/shoes' }]);
  start(['setSiteId', 7], ['requireConsent'], ['trackPageView']);
  expect(sent()).toHaveLength(2);
  window._paq?.push(['forgetConsentGiven'] as never, ['trackPageView'] as never);
  expect(sent()).toHaveLength(2);
});

test('browsers that ask not to be tracked are heeded where the page says so', () => {
  vi.stubGlobal('navigator', { doNotTrack: '1' });
  start(['setSiteId', 7], ['setDoNotTrack', true], ['trackPageView']);
  expect(sent()).toEqual([]);
});

test('links that lead away and files are measured, own domains are not', () => {
  document.body.innerHTML = `<a id="out" href="https://other.example/">o</a><a id="own" href="https://blog.shop.example/">b</a>
    <a id="file" href="/prices.pdf">p</a><a id="no" class="matomo_ignore" href="https://x.example/">x</a>
    <a id="marked" class="piwik_download" href="/get">g</a>`;
  const kinds = [...document.querySelectorAll('a')].map((link) => linkKind(link, ['*.shop.example']));
  expect(kinds).toEqual(['link', undefined, 'download', undefined, 'download']);
  start(['setSiteId', 7], ['enableLinkTracking'], ['enableLinkTracking']);
  document.getElementById('out')?.click();
  expect(sent()).toMatchObject([{ link: 'https://other.example/' }]);
  expect(sent()).toHaveLength(1);
});

test('pages get trackers of their own, on which unknown calls do nothing', () => {
  const ready = vi.fn();
  vi.stubGlobal('matomoAsyncInit', ready);
  start([
    function (this: { getSiteId: () => unknown }) {
      ready(this.getSiteId());
    },
  ]);
  expect(ready.mock.calls).toEqual([[], [undefined]]);
  const tracker = window.Matomo?.getTracker('https://own.example/matomo.php', 5);
  tracker?.setSomethingNew?.('x' as never);
  tracker?.trackSiteSearch?.(...(['tea', 'Drinks', 4] as never[]));
  expect(fetched.mock.calls[0]?.[0]).toBe('https://own.example/matomo.php');
  expect(sent()).toMatchObject([{ idsite: '5', search: 'tea', search_cat: 'Drinks', search_count: '4' }]);
});
