import { beforeEach, expect, test, vi } from 'vitest';
import { startUmami } from '../src/umami';

const SITE = '94db1cb1-74f4-4a40-ad6c-962362670409';
const fetched = vi.fn((_url: string, _init: RequestInit) =>
  Promise.resolve(new Response('{"cache":"c"}', { status: 200 })),
);
const sent = () => fetched.mock.calls.map(([, init]) => JSON.parse(init.body as string));
const pushState = history.pushState;
const replaceState = history.replaceState;

function start(attributes: Record<string, string> = {}) {
  const tag = document.createElement('script');
  tag.type = 'text/none';
  tag.src = 'https://stats.example/script.js';
  for (const [name, value] of Object.entries({ 'website-id': SITE, ...attributes }))
    tag.setAttribute(`data-${name}`, value);
  return startUmami(tag);
}

beforeEach(() => {
  Object.assign(history, { pushState, replaceState });
  window.happyDOM.setURL('https://shop.example/shoes?colour=red#top');
  document.body.innerHTML = '';
  localStorage.clear();
  fetched.mockClear();
  vi.stubGlobal('fetch', fetched);
  vi.useFakeTimers();
});

test('a page and the ones that follow without a load are viewed', () => {
  start({ tag: 'b' });
  vi.runAllTimers();
  document.title = 'Hats';
  history.pushState(null, '', '/hats');
  history.replaceState(null, '', '/hats');
  vi.runAllTimers();
  expect(fetched.mock.calls[0]?.[0]).toBe('https://stats.example/api/send');
  expect(sent()).toMatchObject([
    {
      type: 'event',
      payload: {
        website: SITE,
        hostname: 'shop.example',
        url: 'https://shop.example/shoes?colour=red#top',
        tag: 'b',
      },
    },
    {
      type: 'event',
      payload: {
        url: 'https://shop.example/hats',
        referrer: 'https://shop.example/shoes?colour=red#top',
        title: 'Hats',
      },
    },
  ]);
  expect(sent()[0].payload).not.toHaveProperty('name');
});

test('pages call for events, change what is sent, and say who it is', async () => {
  const umami = start({ 'auto-track': 'false', 'host-url': 'https://own.example/' });
  await umami.track('Signup', { plan: 'team' });
  await umami.track((payload) => ({ ...payload, url: '/join' }));
  await umami.track({ url: '/thanks', name: 'Done' });
  await umami.identify('u1', { plan: 'pro' });
  expect(await umami.track()).toEqual({ cache: 'c' });
  expect(fetched.mock.calls[0]?.[0]).toBe('https://own.example/api/send');
  expect(sent()).toMatchObject([
    { payload: { name: 'Signup', data: { plan: 'team' } } },
    { payload: { website: SITE, url: '/join' } },
    { payload: { website: SITE, url: '/thanks', name: 'Done' } },
    { type: 'identify', payload: { id: 'u1', data: { plan: 'pro' } } },
    { type: 'event', payload: { id: 'u1' } },
  ]);
});

test('the markup names events and what they carry', () => {
  document.body.innerHTML =
    '<button data-umami-event="Buy" data-umami-event-sku="S1"><i>Buy</i></button><button id="no">No</button>';
  start({ 'auto-track': 'false', tag: 'markup' });
  document.querySelector<HTMLElement>('i')?.click();
  document.querySelector<HTMLElement>('#no')?.click();
  // Tags of the tests before listen to the same document.
  const own = sent().filter(({ payload }) => payload.tag === 'markup');
  expect(own).toMatchObject([{ payload: { name: 'Buy', data: { sku: 'S1' } } }]);
});

test('nothing is sent from other hosts, of who opted out, and of what the page takes back', () => {
  vi.stubGlobal('nothing', () => undefined);
  start({ domains: 'www.shop.example, other.example' }).track();
  start({ 'auto-track': 'false', 'before-send': 'nothing' }).track();
  localStorage.setItem('umami.disabled', '1');
  start({ 'auto-track': 'false' }).track();
  vi.runAllTimers();
  expect(sent()).toEqual([]);
});

test('query and fragment are left out where the tag says so', () => {
  start({ 'exclude-search': 'true', 'exclude-hash': 'true' });
  vi.runAllTimers();
  expect(sent()[0].payload.url).toBe('https://shop.example/shoes');
});
