import { beforeEach, expect, test, vi } from 'vitest';
import { consent, recognised } from '../src/consent';

beforeEach(() => {
  localStorage.clear();
});

test('before the page says anything nothing is kept and nothing is said', () => {
  expect(recognised()).toEqual({});
  expect(localStorage.length).toBe(0);
});

test('who agrees has one id until they refuse', () => {
  consent('granted');
  const { vid } = recognised();
  expect(vid).toMatch(/^[0-9a-z]{12,}$/);
  consent('granted');
  expect(recognised()).toEqual({ vid, consent: { analytics: true } });
  expect(localStorage.luotsi_id).toBe(vid);
  consent('denied');
  expect(recognised()).toEqual({ vid: undefined, consent: { analytics: false } });
  expect(localStorage.length).toBe(0);
});

test('who agreed on an earlier page is known until they refuse', async () => {
  vi.resetModules();
  localStorage.luotsi_id = 'kept';
  const next = await import('../src/consent');
  expect(next.recognised()).toEqual({ vid: 'kept', consent: { analytics: true } });
  next.consent('denied');
  expect(next.recognised()).toEqual({ vid: undefined, consent: { analytics: false } });
  expect(localStorage.length).toBe(0);
});
