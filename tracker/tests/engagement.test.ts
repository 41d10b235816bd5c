import { beforeEach, expect, test, vi } from 'vitest';
import { measureEngagement } from '../src/engagement';

let visibility: DocumentVisibilityState;
let focused: boolean;

const become = (state: DocumentVisibilityState) => {
  visibility = state;
  document.dispatchEvent(new Event('visibilitychange'));
};
const scrollTo = (top: number) => {
  vi.stubGlobal('scrollY', top);
  dispatchEvent(new Event('scroll'));
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  vi.advanceTimersByTime(1);
  visibility = 'visible';
  focused = true;
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => visibility);
  vi.spyOn(document, 'hidden', 'get').mockImplementation(() => visibility === 'hidden');
  vi.spyOn(document, 'hasFocus').mockImplementation(() => focused);
  vi.spyOn(document.documentElement, 'scrollHeight', 'get').mockReturnValue(4000);
  vi.stubGlobal('innerHeight', 1000);
  vi.stubGlobal('scrollY', 0);
});

test('time counts while the page is visible and in focus', () => {
  const report = vi.fn();
  measureEngagement(report)('https://shop.example/');
  vi.advanceTimersByTime(5000);
  focused = false;
  dispatchEvent(new Event('blur'));
  vi.advanceTimersByTime(60_000);
  focused = true;
  dispatchEvent(new Event('focus'));
  vi.advanceTimersByTime(2000);
  become('hidden');
  vi.advanceTimersByTime(60_000);
  expect(report.mock.calls).toEqual([['https://shop.example/', 7000, 25]]);
});

test('a report tells the time since the last one and the depth so far', () => {
  const report = vi.fn();
  measureEngagement(report)('https://shop.example/');
  scrollTo(1400);
  scrollTo(200);
  vi.advanceTimersByTime(3000);
  become('hidden');
  become('visible');
  vi.advanceTimersByTime(4000);
  become('hidden');
  expect(report.mock.calls).toEqual([
    ['https://shop.example/', 3000, 60],
    ['https://shop.example/', 4000, 60],
  ]);
});

test('leaving twice at once is told once', () => {
  const report = vi.fn();
  measureEngagement(report)('https://shop.example/');
  vi.advanceTimersByTime(3000);
  become('hidden');
  dispatchEvent(new Event('pagehide'));
  expect(report).toHaveBeenCalledTimes(1);
});

test('less than a second waits for the next report unless the page was read further', () => {
  const report = vi.fn();
  measureEngagement(report)('https://shop.example/');
  vi.advanceTimersByTime(2000);
  become('hidden');
  become('visible');
  vi.advanceTimersByTime(600);
  become('hidden');
  become('visible');
  vi.advanceTimersByTime(300);
  scrollTo(3000);
  become('hidden');
  expect(report.mock.calls).toEqual([
    ['https://shop.example/', 2000, 25],
    ['https://shop.example/', 900, 100],
  ]);
});

test('the next page starts from nothing and reports the last one', () => {
  const report = vi.fn();
  const startPage = measureEngagement(report);
  startPage('https://shop.example/a');
  scrollTo(3000);
  vi.advanceTimersByTime(4000);
  startPage('https://shop.example/b');
  vi.stubGlobal('scrollY', 0);
  vi.advanceTimersByTime(1500);
  become('hidden');
  expect(report.mock.calls).toEqual([
    ['https://shop.example/a', 4000, 100],
    ['https://shop.example/b', 1500, 25],
  ]);
});

test('nothing is reported before a page was viewed', () => {
  const report = vi.fn();
  measureEngagement(report);
  vi.advanceTimersByTime(5000);
  become('hidden');
  expect(report).not.toHaveBeenCalled();
});
