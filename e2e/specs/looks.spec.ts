import { expect, test } from '@playwright/test';
import { history } from '../harness/history';
import { inspect, type Look, size, wear } from '../harness/looks';
import { Server } from '../harness/server';
import { signIn } from '../harness/test';

/** Screens below a workspace; `:site` and `:goal` are filled in. */
const SCREENS = {
  goals: '',
  goal: '/goals/:goal',
  'goal-wizard': '/goals/new?metric=visits',
  overview: '/sites/:site',
  snippet: '/sites/:site/snippet',
  objectives: '/objectives',
  templates: '/objectives/templates',
  calibration: '/calibration',
  conversions: '/settings/conversions',
  sites: '/settings/sites',
  members: '/settings/members',
  tokens: '/settings/tokens',
  profile: '/settings/profile',
  'sign-ins': '/settings/sign-ins',
  audit: '/settings/audit',
};

const LOOKS: Look[] = [
  { name: 'en-1280-light', locale: 'en', width: 1280, scheme: 'light' },
  { name: 'en-1280-dark', locale: 'en', width: 1280, scheme: 'dark' },
  { name: 'en-390-light', locale: 'en', width: 390, scheme: 'light' },
  { name: 'fa-1280-light', locale: 'fa', width: 1280, scheme: 'light' },
  { name: 'fa-390-dark', locale: 'fa', width: 390, scheme: 'dark' },
];

let server: Server;
let workspace: string;
let site: string;
let goalOnScreen: string;

// A workspace with a past, conversions and two goals under way: what the screens are made for.
test.beforeAll(async ({ browser }) => {
  server = await Server.start();
  await server.createOwner();
  await server.createSite('shop.example');
  await server.sendEvents(await server.createToken(), history('shop.example', Date.now(), 120));
  const page = await browser.newPage();
  await signIn(page, server);
  const call = async (method: string, path: string, data?: object) => {
    const response = await page.request.fetch(server.url + path, {
      method,
      headers: { Origin: server.url },
      data,
    });
    expect(response.ok(), `${method} ${path}: ${await response.text()}`).toBe(true);
    return response.json();
  };
  workspace = (await call('GET', '/api/v1/session')).workspaces[0].id;
  const base = `/api/v1/workspaces/${workspace}`;
  site = (await call('GET', `${base}/sites`)).items[0].id;
  const purchase = { kind: 'event', event_name: 'Purchase', display_name: 'Purchase', revenue: true };
  await call('POST', `${base}/sites/${site}/conversions`, purchase);
  const wish = { name: 'More first-time customers', description: 'People who never bought before' };
  const objective = (await call('POST', `${base}/objectives`, wish)).id;
  const goal = {
    site_id: site,
    objective_id: objective,
    filters: [],
    target_kind: 'percent',
    start_date: day(-40),
    deadline: day(50),
    words: {
      specific: '',
      measurable: '',
      achievable: '',
      relevant: 'Autumn decides the year.',
      time_bound: '',
    },
  };
  const visits = { metric: 'visits', target_input: 30, name: 'Autumn visits' };
  goalOnScreen = (await call('POST', `${base}/goals`, { ...goal, ...visits })).id;
  const bounces = { metric: 'bounce_rate', target_input: -15, deadline: day(80) };
  await call('POST', `${base}/goals`, { ...goal, ...bounces, name: 'Fewer who leave at once' });
  await page.close();
});
test.afterAll(() => server.stop());

/** The date so many days from today. */
function day(offset: number): string {
  return new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
}

for (const look of LOOKS) {
  test(`every screen is fit to be seen: ${look.name}`, async ({ page }) => {
    test.setTimeout(180_000);
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    await size(page, look);
    await signIn(page, server, look.width < 800);
    await wear(page, look);
    for (const [name, path] of Object.entries(SCREENS)) {
      await page.goto(
        `${server.url}/w/${workspace}${path.replace(':site', site).replace(':goal', goalOnScreen)}`,
      );
      await inspect(page, `${name}-${look.name}`);
    }
    expect(errors).toEqual([]);
  });
}

test('the screens before signing in are fit to be seen', async ({ page }) => {
  await page.goto(server.url);
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await inspect(page, 'sign-in-en-1280-light');
  const empty = await Server.start();
  try {
    await page.goto(empty.url);
    await expect(page.getByRole('heading', { name: 'Welcome aboard' })).toBeVisible();
    await inspect(page, 'setup-en-1280-light');
    await page.setViewportSize({ width: 390, height: 844 });
    await inspect(page, 'setup-en-390-light');
  } finally {
    await empty.stop();
  }
});
