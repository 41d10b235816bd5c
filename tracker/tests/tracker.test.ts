import { beforeEach, expect, test, vi } from 'vitest';
import type { Config } from '../src/config';
import { startTracker } from '../src/tracker';

const config: Config = {
  api: 'https://stats.example/api/event',
  domain: 'shop.example',
  hash: false,
  manual: false,
  local: false,
};
const fetched = vi.fn((_url: string, _init: RequestInit) =>
  Promise.resolve(new Response(null, { status: 202 })),
);
const sent = () => fetched.mock.calls.map(([, init]) => JSON.parse(init.body as string));
const pages = () => sent().flatMap((event) => (event.n === 'pageview' ? [event.u] : []));
const pushState = history.pushState;
const replaceState = history.replaceState;

beforeEach(() => {
  Object.assign(history, { pushState, replaceState });
  window.happyDOM.setURL('https://shop.example/');
  localStorage.clear();
  fetched.mockClear();
  vi.stubGlobal('fetch', fetched);
});

test('a page view names page, site and the page before', () => {
  vi.spyOn(document, 'referrer', 'get').mockReturnValue('https://search.example/');
  window.happyDOM.setURL('https://shop.example/shoes?utm_source=mail&gclid=x#top');
  startTracker(config);
  expect(sent()).toEqual([
    {
      n: 'pageview',
      u: 'https://shop.example/shoes?utm_source=mail&gclid=x#top',
      d: 'shop.example',
      r: 'https://search.example/',
      id: expect.any(String),
    },
  ]);
});

test('navigation without a load is a page view when the path changes', () => {
  startTracker(config);
  history.pushState(null, '', '/shoes');
  history.replaceState(null, '', '/shoes?colour=red');
  history.pushState(null, '', '/shoes#sizes');
  history.replaceState(null, '', '/hats');
  window.happyDOM.setURL('https://shop.example/shoes');
  dispatchEvent(new Event('popstate'));
  expect(pages()).toEqual([
    'https://shop.example/',
    'https://shop.example/shoes',
    'https://shop.example/hats',
    'https://shop.example/shoes',
  ]);
  expect(sent().filter((event) => event.n === 'pageview')[1].r).toBe('https://shop.example/');
});

test('where the fragment is the route, its change is a page view', () => {
  startTracker({ ...config, hash: true });
  history.pushState(null, '', '/#/shoes');
  expect(pages()).toEqual(['https://shop.example/', 'https://shop.example/#/shoes']);
  expect(sent().every((event) => event.h === 1)).toBe(true);
});

test('a page kept by the browser is viewed again when the person comes back', () => {
  // Trackers of the tests before listen to the same window.
  startTracker({ ...config, domain: 'kept.example' });
  const views = () => sent().filter((event) => event.d === 'kept.example' && event.n === 'pageview');
  dispatchEvent(Object.assign(new Event('pageshow'), { persisted: false }));
  expect(views()).toHaveLength(1);
  dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
  expect(views()).toHaveLength(2);
});

test('a browser that a program drives says so with every event', () => {
  const driven = vi.spyOn(navigator, 'webdriver', 'get').mockReturnValue(true);
  const track = startTracker(config);
  track('Signup');
  expect(sent().map((event) => event.wd)).toEqual([1, 1]);
  fetched.mockClear();
  driven.mockReturnValue(false);
  startTracker(config);
  expect(sent().every((event) => !('wd' in event))).toBe(true);
});

test('an event carries properties, revenue and whether the person acted', () => {
  const track = startTracker({ ...config, manual: true });
  track('Purchase', {
    props: { plan: 'team' },
    revenue: { amount: 12.5, currency: 'EUR' },
    interactive: false,
  });
  expect(sent()).toMatchObject([
    { n: 'Purchase', p: { plan: 'team' }, $: { amount: 12.5, currency: 'EUR' }, i: false },
  ]);
});

test('in manual mode the page says what is viewed', () => {
  const track = startTracker({ ...config, manual: true });
  history.pushState(null, '', '/checkout/8341');
  track('pageview', { url: 'https://shop.example/checkout' });
  expect(pages()).toEqual(['https://shop.example/checkout']);
});

test('a person who opted out sends nothing, and callers go on', () => {
  localStorage.setItem('luotsi_ignore', 'true');
  const track = startTracker(config);
  const callback = vi.fn();
  track('Signup', { callback });
  expect(fetched).not.toHaveBeenCalled();
  expect(callback).toHaveBeenCalledOnce();
});

test('no cookie and nothing else is kept in the browser', () => {
  startTracker(config)('Signup');
  expect(document.cookie).toBe('');
  expect(localStorage.length + sessionStorage.length).toBe(0);
});
