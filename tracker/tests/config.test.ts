import { afterEach, expect, test } from 'vitest';
import { isIgnored, readConfig } from '../src/config';

const tag = (attributes: Record<string, string>) => {
  const script = document.createElement('script');
  for (const [name, value] of Object.entries(attributes)) script.setAttribute(name, value);
  return script;
};
const visit = (url: string) => window.happyDOM.setURL(url);

afterEach(() => {
  localStorage.clear();
  visit('https://shop.example/');
});

test('a bare tag measures the host of the page and reports to the host of the script', () => {
  visit('https://www.shop.example/');
  expect(readConfig(tag({ src: 'https://stats.example/js/luotsi.js' }))).toEqual({
    api: 'https://stats.example/api/event',
    domain: 'shop.example',
    hash: false,
    manual: false,
    local: false,
  });
});

test('attributes decide where they are given', () => {
  const attributes = {
    src: 'https://cdn.example/luotsi.js',
    'data-api': 'https://stats.example/api/event',
    'data-domain': 'a.example,b.example',
    'data-hash': '',
    'data-manual': '',
    'data-local': '',
  };
  expect(readConfig(tag(attributes))).toEqual({
    api: 'https://stats.example/api/event',
    domain: 'a.example,b.example',
    hash: true,
    manual: true,
    local: true,
  });
});

test.each(['luotsi_ignore', 'plausible_ignore'])('a person who set %s is not measured', (flag) => {
  const config = readConfig(tag({ src: 'https://stats.example/js/luotsi.js' }));
  expect(isIgnored(config)).toBe(false);
  localStorage.setItem(flag, 'true');
  expect(isIgnored(config)).toBe(true);
});

test.each(['http://localhost:3000/', 'http://shop.localhost/', 'http://127.0.0.1/', 'http://127.1.2.3:80/'])(
  'a page on %s is measured only when asked to',
  (url) => {
    visit(url);
    const src = 'https://stats.example/js/luotsi.js';
    expect(isIgnored(readConfig(tag({ src })))).toBe(true);
    expect(isIgnored(readConfig(tag({ src, 'data-local': '' })))).toBe(false);
  },
);

test('a public host whose name only resembles a local one is measured', () => {
  visit('https://127.example/');
  expect(isIgnored(readConfig(tag({ src: 'https://stats.example/js/luotsi.js' })))).toBe(false);
});
