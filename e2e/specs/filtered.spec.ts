import type { Page } from '@playwright/test';
import { FIREFOX, GOOGLEBOT, GPTBOT, HEADLESS, post } from '../harness/senders';
import { expect, type Site, signIn, test } from '../harness/test';

const open = async (page: Page, site: Site, tab: string) => {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: site.domain }).click();
  if (tab !== 'Figures') {
    await page.getByRole('navigation', { name: 'This site' }).getByRole('link', { name: tab }).click();
  }
};

test('what no person did is kept with its reason, and counts while the reason is lifted', async ({
  page,
  server,
  site,
}) => {
  await signIn(page, server);
  // The team's own network, as the team says.
  await open(page, site, 'Counting rules');
  await page.getByLabel('Your own addresses').fill('198.51.100.0/24');
  await page.getByRole('button', { name: 'Save as version 1' }).click();
  await expect(page.getByText(/^Version 1, since/).first()).toBeVisible();

  const view = { n: 'pageview', u: `https://${site.domain}/`, d: site.domain };
  const api = `${server.url}/api/event`;
  await post(api, view, { agent: FIREFOX });
  await post(api, view, { agent: GPTBOT });
  await post(api, view, { agent: GPTBOT });
  await post(api, view, { agent: GOOGLEBOT });
  await post(api, view, { agent: HEADLESS });
  await post(api, { ...view, r: 'https://semalt.com/crawler' });
  await post(api, view, { address: '198.51.100.7' });
  await post(api, view, { headers: { 'Sec-Purpose': 'prefetch;prerender' } });
  expect(await site.total('pageviews')).toEqual([1]);

  await open(page, site, 'Filtered traffic');
  await expect(page.getByText(/^7 of 8 events held back \(87\.5.?%\)$/)).toBeVisible();
  const reasons = page.getByRole('table').first();
  const held = {
    'AI crawlers': 2,
    'Crawlers and programs': 1,
    'Headless browsers': 1,
    'Spam referrers': 1,
    'Own traffic': 1,
    'Loaded ahead': 1,
  };
  for (const [reason, events] of Object.entries(held)) {
    const row = reasons.getByRole('row').filter({ has: page.getByText(reason, { exact: true }) });
    await expect(row.getByRole('cell').nth(1), reason).toHaveText(String(events));
  }
  // Who it was.
  await expect
    .poll(async () => {
      await page.reload();
      const robot = page.getByRole('row', { name: /GPTBot/ });
      await robot
        .first()
        .waitFor({ timeout: 3_000 })
        .catch(() => undefined);
      return robot.count();
    })
    .toBe(1);

  await page.getByRole('button', { name: 'Lift: AI crawlers' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Lift', exact: true }).click();
  await expect(dialog).toHaveCount(0);
  await expect(page.getByRole('heading', { name: 'Lifted' })).toBeVisible();
  await open(page, site, 'Figures');
  const views = page.getByRole('button', { name: /^Page views(?!:)/ });
  await expect(views).toContainText('3');
  expect(await site.total('pageviews')).toEqual([3]);

  await open(page, site, 'Filtered traffic');
  await expect(page.getByText(/^5 of 8 events held back/)).toBeVisible();
  await page.getByRole('button', { name: /^Hold back again/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Hold back again' }).click();
  await expect(page.getByRole('heading', { name: 'Lifted' })).toHaveCount(0);
  await open(page, site, 'Figures');
  await expect(views).toContainText('1');
  expect(await site.total('pageviews')).toEqual([1]);
});

test('a browser without a window is told by its own words', async ({ browser, site }) => {
  const robot = await browser.newContext({ userAgent: HEADLESS });
  const page = await robot.newPage();
  const acknowledged = page.waitForResponse((response) => response.url().endsWith('/api/event'));
  await page.goto(site.page('/'));
  expect((await acknowledged).status()).toBe(202);
  expect(await site.total('events')).toEqual([0]);
  await robot.close();
});

test('a browser that a program drives is told by what the tracker says of it', async ({ browser, site }) => {
  const driven = await browser.newContext();
  await driven.addInitScript(() => Object.defineProperty(navigator, 'webdriver', { get: () => true }));
  const page = await driven.newPage();
  const acknowledged = page.waitForResponse((response) => response.url().endsWith('/api/event'));
  await page.goto(site.page('/'));
  expect((await acknowledged).status()).toBe(202);
  expect(await site.total('events')).toEqual([0]);
  await driven.close();
});
