import { beforeEach, expect, test, vi } from 'vitest';
import { startGoatcounter } from '../src/goatcounter';

const beacon = vi.fn((_url: string) => true);
const counted = () => beacon.mock.calls.map(([url]) => Object.fromEntries(new URL(url).searchParams));

function start(settings: Parameters<typeof startGoatcounter>[1] = {}) {
  const tag = document.createElement('script');
  tag.dataset.goatcounter = 'https://stats.example/count';
  startGoatcounter(tag, settings);
  return settings;
}

beforeEach(() => {
  window.happyDOM.setURL('https://shop.example/shoes?ref=mail');
  document.head.innerHTML = '';
  document.body.innerHTML = '';
  document.title = 'Shoes';
  localStorage.clear();
  beacon.mockClear();
  vi.stubGlobal('navigator', { sendBeacon: beacon, webdriver: false });
});

test('a page is counted once it is there', () => {
  start();
  expect(beacon.mock.calls[0]?.[0]).toMatch(/^https:\/\/stats\.example\/count\?/);
  expect(counted()).toMatchObject([{ p: '/shoes?ref=mail', t: 'Shoes', q: '?ref=mail', b: '0' }]);
  expect(counted()[0]).not.toHaveProperty('e');
});

test('the page says what it is called, and what is not counted', () => {
  document.head.innerHTML = '<link rel="canonical" href="https://www.shop.example/all-shoes">';
  start();
  start({ path: (usual) => `${usual}!`, title: 'Own' });
  start({ path: () => null });
  start({ no_onload: true });
  expect(counted()).toMatchObject([{ p: '/all-shoes' }, { p: '/all-shoes!', t: 'Own' }]);
});

test('clicks on what the markup names are events', () => {
  document.body.innerHTML = '<button data-goatcounter-click="buy" title="Buy now">Buy</button>';
  const settings = start({ no_onload: true });
  settings.bind_events?.();
  document.querySelector('button')?.click();
  expect(counted()).toMatchObject([{ p: 'buy', t: 'Buy now', e: 'true' }]);
});

test('who opted out and pages on the own machine are not counted', () => {
  localStorage.setItem('skipgc', 't');
  start();
  localStorage.clear();
  window.happyDOM.setURL('http://localhost:8080/');
  start();
  expect(counted()).toEqual([]);
  start({ allow_local: true });
  expect(counted()).toHaveLength(1);
});
