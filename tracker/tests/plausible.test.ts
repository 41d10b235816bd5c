import { beforeEach, expect, test, vi } from 'vitest';
import { tagOf } from '../src/plausible/tagged';

const fetched = vi.fn((_url: string, _init: RequestInit) =>
  Promise.resolve(new Response(null, { status: 202 })),
);
const sent = () => fetched.mock.calls.map(([, init]) => JSON.parse(init.body as string));
const pushState = history.pushState;
const replaceState = history.replaceState;

/** Loads the script as a tag of this name and these attributes does. */
async function load(name: string, attributes: Record<string, string> = {}): Promise<void> {
  const tag = document.createElement('script');
  tag.type = 'text/none';
  tag.src = `https://stats.example/js/${name}`;
  for (const [attribute, value] of Object.entries(attributes)) tag.setAttribute(attribute, value);
  vi.spyOn(document, 'currentScript', 'get').mockReturnValue(tag);
  vi.resetModules();
  await import('../src/plausible');
}

beforeEach(() => {
  Object.assign(history, { pushState, replaceState });
  window.happyDOM.setURL('https://shop.example/');
  document.body.innerHTML = '';
  delete window.plausible;
  localStorage.clear();
  fetched.mockClear();
  vi.stubGlobal('fetch', fetched);
});

test('the tag that is there measures the page, and calls from before it came are taken over', async () => {
  window.plausible = Object.assign(() => {}, {
    q: [['Signup', { props: { plan: 'team' }, u: 'https://shop.example/join' }]] as never,
  });
  await load('script.js', { 'data-domain': 'shop.example', 'event-author': 'Ana' });
  window.plausible?.('Early');
  expect(fetched.mock.calls[0]?.[0]).toBe('https://stats.example/api/event');
  expect(sent()).toMatchObject([
    { n: 'pageview', u: 'https://shop.example/', d: 'shop.example', p: { author: 'Ana' } },
    { n: 'Signup', u: 'https://shop.example/join', p: { author: 'Ana', plan: 'team' } },
    { n: 'Early' },
  ]);
});

test('the name of the script says what is measured', async () => {
  document.body.innerHTML = '<a href="https://other.example/">Other</a>';
  const link = document.querySelector('a') as HTMLAnchorElement;
  link.addEventListener('click', (event) => event.preventDefault());
  await load('script.manual.js', { 'data-domain': 'a.example' });
  link.click();
  expect(sent()).toEqual([]);
  delete window.plausible;
  await load('script.manual.outbound-links.js', { 'data-domain': 'b.example' });
  link.click();
  expect(sent()).toMatchObject([
    { n: 'Outbound Link: Click', d: 'b.example', p: { url: 'https://other.example/' } },
  ]);
});

test('pages that the tag leaves out are not measured', async () => {
  const tag = { 'data-domain': 'shop.example', 'data-exclude': '/admin/**, /*/draft' };
  window.happyDOM.setURL('https://shop.example/admin/users/7');
  await load('script.exclusions.js', tag);
  history.pushState(null, '', '/posts/draft');
  expect(sent()).toEqual([]);
  history.pushState(null, '', '/posts/7/draft');
  expect(sent()).toMatchObject([{ n: 'pageview', u: 'https://shop.example/posts/7/draft' }]);
});

test('the script of a site waits for what the page asks of it', async () => {
  await load('pa-Ab3.js');
  window.plausible?.('Early');
  expect(sent()).toEqual([]);
  window.plausible?.init?.({ endpoint: 'https://own.example/e', customProperties: { plan: 'team' } });
  expect(fetched.mock.calls[0]?.[0]).toBe('https://own.example/e');
  expect(sent()).toMatchObject([
    { n: 'pageview', d: 'shop.example', p: { plan: 'team' } },
    { n: 'Early', p: { plan: 'team' } },
  ]);
  window.plausible?.init?.();
  expect(sent()).toHaveLength(2);
});

test('classes name events, their properties and their money', () => {
  document.body.innerHTML = `<b class="big plausible-event-name=Sign+Up plausible-event-plan--team
    plausible-revenue-amount=9.5 plausible-revenue-currency=EUR"></b><i class="plausible-event-plan=x"></i>`;
  expect(tagOf(document.querySelector('b') as Element)).toEqual([
    'Sign Up',
    { props: { plan: 'team' }, revenue: { amount: '9.5', currency: 'EUR' } },
  ]);
  expect(tagOf(document.querySelector('i') as Element)).toBeUndefined();
});
