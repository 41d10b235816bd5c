import { expect, type Page, test } from '@playwright/test';
import { history } from '../harness/history';
import { inspect, type Look, size, wear } from '../harness/looks';
import { FIREFOX, GOOGLEBOT, GPTBOT, HEADLESS, post, segmentBatch } from '../harness/senders';
import { Server } from '../harness/server';
import { signIn } from '../harness/test';

/** Screens of one site that show what stands behind its figures. */
const SCREENS = {
  qa: '/sites/:site/qa',
  filtered: '/sites/:site/filtered',
  counting: '/sites/:site/counting',
  people: '/sites/:site/people',
  'site-settings': '/settings/sites/:site',
};

const LOOKS: Look[] = [
  { name: 'en-1280-light', locale: 'en', width: 1280, scheme: 'light' },
  { name: 'en-390-dark', locale: 'en', width: 390, scheme: 'dark' },
  { name: 'fi-1280-dark', locale: 'fi', width: 1280, scheme: 'dark' },
  { name: 'fi-390-light', locale: 'fi', width: 390, scheme: 'light' },
  { name: 'fa-1280-light', locale: 'fa', width: 1280, scheme: 'light' },
  { name: 'fa-390-dark', locale: 'fa', width: 390, scheme: 'dark' },
];

let server: Server;
let workspace: string;
let site: string;

/** Asks the API in the name of who is signed in. */
async function call(page: Page, method: string, path: string, data?: object) {
  const headers = { Origin: server.url };
  const response = await page.request.fetch(server.url + path, { method, headers, data });
  expect(response.ok(), `${method} ${path}: ${await response.text()}`).toBe(true);
  return response.json();
}

// A site with robots, refusals, versions of its rules, a lift and a key that nobody has.
test.beforeAll(async ({ browser }) => {
  server = await Server.start();
  await server.createOwner();
  await server.createSite('shop.example');
  await server.sendEvents(await server.createToken(), history('shop.example', Date.now(), 20));
  const page = await browser.newPage();
  await signIn(page, server);
  workspace = (await call(page, 'GET', '/api/v1/session')).workspaces[0].id;
  site = (await call(page, 'GET', `/api/v1/workspaces/${workspace}/sites`)).items[0].id;
  const base = `/api/v1/workspaces/${workspace}/sites/${site}`;
  const { rules } = await call(page, 'GET', `${base}/counting`);
  const channels = [
    {
      channel: 'Partners',
      conditions: [
        { field: 'medium', operator: 'is', value: 'cpa' },
        { field: 'source', operator: 'starts_with', value: 'partner' },
      ],
    },
    { channel: 'Brand', conditions: [{ field: 'campaign', operator: 'matches', value: '^brand-' }] },
  ];
  const changed = { ...rules, channels, own_networks: ['198.51.100.0/24'], hostnames: ['shop.example'] };
  await call(page, 'POST', `${base}/counting`, { after: 0, note: 'Partners of the spring', rules: changed });
  const again = { ...changed, trailing_slash: 'remove', excluded_referrers: ['pay.example'] };
  await call(page, 'POST', `${base}/counting`, { after: 1, note: '', rules: again });
  await call(page, 'POST', `${base}/keys`, { protocol: 'segment', key: 'old-write-key', history: true });
  await call(page, 'POST', `${base}/keys`, { protocol: 'ga4', key: 'G-SHOP1234', secret: 's3cret' });

  const view = (url: string) => ({ n: 'pageview', u: url, d: 'shop.example' });
  const api = `${server.url}/api/event`;
  const home = 'https://shop.example/';
  for (const agent of [GPTBOT, GPTBOT, GOOGLEBOT, HEADLESS, FIREFOX, FIREFOX]) {
    await post(api, view(home), { agent });
  }
  await post(api, { ...view(home), r: 'https://semalt.com/' });
  await post(api, view(home), { address: '198.51.100.7' });
  await post(api, view('https://copy.example/'));
  await post(api, { ...view(home), n: 'Signup', p: { plan: 'team', seats: 3, email: 'aino@shop.example' } });
  await post(api, { ...view(home), n: 'Signup', p: { plan: 'team', seats: 'three', newsletter: true } });
  await post(api, { n: 'Order', u: 'nowhere', d: 'shop.example', $: { amount: 5, currency: 'EURO' } });
  await segmentBatch(server.url, 'old-write-key', [
    { type: 'track', event: 'Order Completed', userId: 'u-1', properties: { revenue: 5, currency: 'EURO' } },
    { type: 'identify', userId: 'u-1', anonymousId: 'a-1', traits: { plan: 'team' } },
  ]);
  await segmentBatch(server.url, 'a-key-of-nobody', [{ type: 'track', event: 'Lost', userId: 'u-2' }]);
  const today = new Date().toISOString().slice(0, 10);
  await call(page, 'POST', `${base}/lifts`, { reason: 'ai_crawler', from: today, to: today });
  await page.close();
});
test.afterAll(() => server.stop());

for (const look of LOOKS) {
  test(`what stands behind figures is fit to be seen: ${look.name}`, async ({ page }) => {
    test.setTimeout(180_000);
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    await size(page, look);
    await signIn(page, server, look.width < 800);
    await wear(page, look);
    const open = (path: string) => page.goto(`${server.url}/w/${workspace}${path.replace(':site', site)}`);
    for (const [name, path] of Object.entries(SCREENS)) {
      await open(path);
      if (name === 'qa') await page.locator('main td button[aria-expanded]').first().click();
      if (name === 'people') {
        await page.locator('main form input').first().fill('u-1');
        await page.locator('main form button[type=submit]').click();
        await expect(page.locator('main pre')).toBeVisible();
      }
      await inspect(page, `${name}-${look.name}`);
    }
    // Dialogs and the drawer of a number.
    await open('/sites/:site/filtered');
    await page.locator('main table').first().getByRole('button').first().click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await inspect(page, `lift-${look.name}`);
    await open('/settings/sites/:site');
    await page.locator('main section header button').first().click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await inspect(page, `tag-key-${look.name}`);
    await open('/sites/:site');
    await page.locator('main button[title]:has(svg)').first().click();
    await expect(page.getByRole('dialog').getByRole('table').first()).toBeVisible();
    await inspect(page, `explain-${look.name}`);
    expect(errors).toEqual([]);
  });
}
