import { beforeEach, expect, test, vi } from 'vitest';
import { flush, send } from '../src/send';

const API = 'https://stats.example/api/event';
const answer = (status: number, headers = {}) => Promise.resolve(new Response(null, { status, headers }));
const fetched = vi.fn<(url: string, init: RequestInit) => Promise<Response>>();
const body = (call: number) => JSON.parse(fetched.mock.calls[call]?.[1].body as string);

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  fetched.mockReset();
  vi.stubGlobal('fetch', fetched);
});

test('an event is posted as text that outlives the page, with a random id', async () => {
  fetched.mockImplementation(() => answer(202));
  const done = vi.fn();
  send(API, { n: 'pageview' }, done);
  send(API, { n: 'pageview' });
  await vi.runAllTimersAsync();
  expect(fetched).toHaveBeenCalledTimes(2);
  expect(fetched.mock.calls[0]?.[0]).toBe(API);
  expect(fetched.mock.calls[0]?.[1]).toMatchObject({ method: 'POST', keepalive: true });
  expect(fetched.mock.calls[0]?.[1].headers).toBeUndefined();
  expect(body(0).id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(body(0).id).not.toBe(body(1).id);
  expect(done.mock.calls).toEqual([[{ status: 202 }]]);
});

test('a retry carries the same id after a growing pause', async () => {
  fetched.mockImplementationOnce(() => Promise.reject(new TypeError('offline')));
  fetched.mockImplementationOnce(() => answer(500));
  fetched.mockImplementation(() => answer(202));
  const done = vi.fn();
  send(API, { n: 'pageview' }, done);
  await vi.advanceTimersByTimeAsync(1999);
  expect(fetched).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(fetched).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(3999);
  expect(fetched).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(1);
  expect(fetched).toHaveBeenCalledTimes(3);
  expect(body(2)).toEqual(body(0));
  expect(done.mock.calls).toEqual([[{ status: 202 }]]);
});

test('a server that names a pause is given it', async () => {
  fetched.mockImplementationOnce(() => answer(503, { 'Retry-After': '30' }));
  fetched.mockImplementation(() => answer(202));
  send(API, {});
  await vi.advanceTimersByTimeAsync(29_999);
  expect(fetched).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(fetched).toHaveBeenCalledTimes(2);
});

test('a refused event is not sent again', async () => {
  fetched.mockImplementation(() => answer(400));
  const done = vi.fn();
  send(API, {}, done);
  await vi.runAllTimersAsync();
  expect(fetched).toHaveBeenCalledTimes(1);
  expect(done.mock.calls).toEqual([[{ status: 400 }]]);
});

test('an event is given up after seven tries', async () => {
  fetched.mockImplementation(() => answer(503));
  const done = vi.fn();
  send(API, {}, done);
  await vi.runAllTimersAsync();
  expect(fetched).toHaveBeenCalledTimes(7);
  expect(done.mock.calls).toEqual([[{}]]);
});

test('what waits is tried once more when the page goes', async () => {
  fetched.mockImplementationOnce(() => answer(503, { 'Retry-After': '3600' }));
  fetched.mockImplementation(() => answer(202));
  send(API, { n: 'Signup' });
  await vi.advanceTimersByTimeAsync(0);
  flush();
  await vi.runAllTimersAsync();
  flush();
  expect(fetched).toHaveBeenCalledTimes(2);
  expect(body(1)).toEqual(body(0));
});

test('a browser whose fetch ends with the page sends a beacon', () => {
  vi.stubGlobal('Request', class {});
  const beacon = vi.fn(() => true);
  vi.stubGlobal('navigator', { sendBeacon: beacon });
  send(API, { n: 'pageview' });
  expect(beacon).toHaveBeenCalledWith(API, expect.stringContaining('"n":"pageview"'));
  expect(fetched).not.toHaveBeenCalled();
});
