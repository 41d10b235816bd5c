import { afterEach, expect, test, vi } from 'vitest';
import { linkEvent, watchActions } from '../src/actions';

// A click on a link leads the test's browser away.
const comeBack = () => window.happyDOM.setURL('https://shop.example/');
afterEach(() => document.body.replaceChildren());

const link = (href: string, attributes = {}) =>
  Object.assign(document.createElement('a'), { href, ...attributes });

test.each([
  ['https://shop.example/pricing', undefined],
  ['/pricing', undefined],
  ['#top', undefined],
  ['mailto:sales@shop.example', undefined],
  ['https://partner.example/', 'Outbound Link: Click'],
  ['https://blog.shop.example/', 'Outbound Link: Click'],
  ['/files/Price-List.PDF?v=2', 'File Download'],
  ['https://cdn.example/app.dmg', 'File Download'],
  ['/pdf', undefined],
])('a link to %s is %s', (href, name) => {
  expect(linkEvent(link(href))).toBe(name);
});

test('a link that asks for a download is one', () => {
  const anchor = link('/export');
  anchor.setAttribute('download', '');
  expect(linkEvent(anchor)).toBe('File Download');
});

test('a click inside a link counts, by the left and the middle button only', () => {
  document.body.innerHTML = '<a href="https://partner.example/x?y=1"><b>Partner</b></a><p>Text</p>';
  const act = vi.fn();
  watchActions(act);
  const click = (selector: string, type: string, button: number) => {
    document.querySelector(selector)?.dispatchEvent(new MouseEvent(type, { bubbles: true, button }));
    comeBack();
  };
  click('b', 'click', 0);
  click('b', 'auxclick', 1);
  click('b', 'auxclick', 2);
  click('p', 'click', 0);
  expect(act.mock.calls).toEqual([
    ['Outbound Link: Click', { url: 'https://partner.example/x?y=1' }],
    ['Outbound Link: Click', { url: 'https://partner.example/x?y=1' }],
  ]);
});

test('a form is reported by its page and name, never by what was typed', () => {
  document.body.innerHTML =
    '<form id="newsletter"><input name="id" value="1"><input name="email" value="a@b.example"></form><form></form>';
  const act = vi.fn();
  watchActions(act);
  for (const form of document.forms) form.dispatchEvent(new Event('submit', { bubbles: true }));
  expect(act.mock.calls).toEqual([
    ['Form: Submission', { path: '/', form: 'newsletter' }],
    ['Form: Submission', { path: '/' }],
  ]);
});
