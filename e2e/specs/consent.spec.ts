import type { Browser, Page } from '@playwright/test';
import { expect, type Site, signIn, test } from '../harness/test';

/** Opens the site's rules, changes them with `change`, and saves them. */
async function decide(page: Page, site: Site, change: () => Promise<void>): Promise<void> {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: site.domain }).click();
  await page.getByRole('link', { name: 'Counting rules' }).click();
  await change();
  await page.getByRole('button', { name: /^Save as version/ }).click();
  await expect(page.getByText(/^Version \d+, since/).first()).toBeVisible();
}

/** How many events are kept under the id that the tracker drew. */
async function kept(page: Page, site: Site, id: string): Promise<string> {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: site.domain }).click();
  await page.getByRole('link', { name: 'People' }).click();
  await page.getByLabel('Id that a tag made for the browser').fill(id);
  await page.getByRole('button', { name: 'Find' }).click();
  return (await page.locator('[aria-live=polite] p').first().textContent()) ?? '';
}

const idOf = (page: Page) => page.evaluate(() => localStorage.getItem('luotsi_id'));

/** A page view, a consent in its midst, and an event after it; the id that was drawn. */
async function visit(browser: Browser, site: Site): Promise<string> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(site.page('/'));
  await page.waitForFunction('window.luotsi?.on');
  expect(await idOf(page)).toBeNull();
  expect(await context.cookies()).toEqual([]);
  await page.evaluate("luotsi.consent('granted')");
  const id = (await idOf(page)) ?? '';
  expect(id).not.toBe('');
  const sent = page.waitForRequest('**/api/event');
  await page.evaluate("luotsi('Signup')");
  expect((await sent).postDataJSON()).toMatchObject({ vid: id, consent: { analytics: true } });
  await expect.poll(() => site.total('events')).toEqual([2]);
  await page.goto(site.page('/shoes'));
  await expect.poll(() => site.total('events')).toEqual([3]);
  await context.close();
  return id;
}

test('a consent is believed in the midst of a visit, which goes on', async ({
  page,
  browser,
  server,
  site,
}) => {
  await signIn(page, server);
  await decide(page, site, () => page.getByText('By ids only with a consent').click());
  await visit(browser, site);
  expect(await site.total('visits', 'visitors', 'pageviews')).toEqual([1, 1, 2]);
});

test('who agreed is known again at the next visit, and erasing finds all of it', async ({
  page,
  browser,
  server,
  site,
}) => {
  await signIn(page, server);
  await decide(page, site, async () => {
    await page.getByText('By ids only with a consent').click();
    // A next visit without half an hour in between.
    await page.getByText('Another campaign begins a new visit').click();
  });
  const context = await browser.newContext();
  const visitor = await context.newPage();
  await visitor.goto(site.page('/'));
  await visitor.waitForFunction('window.luotsi?.on');
  await expect.poll(() => site.total('pageviews')).toEqual([1]);
  await visitor.evaluate("luotsi.consent('granted')");
  const id = (await idOf(visitor)) ?? '';
  await visitor.goto(site.page('/shoes'));
  await expect.poll(() => site.total('pageviews')).toEqual([2]);
  await visitor.goto(`${site.page('/sale')}?utm_source=letter&utm_campaign=spring`);
  await expect.poll(() => site.total('visits', 'visitors', 'pageviews')).toEqual([2, 1, 3]);

  // With what is said of the two pages that were left.
  await expect.poll(() => kept(page, site, id)).toBe('5 events are kept');
  const exported = await server.command(['export', 'person', '--site', site.domain, '--anonymous-id', id]);
  const rows = exported
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(rows).toHaveLength(5);
  const numbers = [...new Set(rows.flatMap((row) => [row.visitor_id, row.named_id ?? row.visitor_id]))];
  expect(numbers).toHaveLength(2);
  const ids = numbers.map(BigInt);
  expect(await server.filesWith([], ids)).not.toEqual([]);
  await server.command(['erase', '--site', site.domain, '--anonymous-id', id]);
  expect(await server.filesWith([id], ids)).toEqual([]);
  expect(await kept(page, site, id)).toBe('Nothing is kept under this id');
  expect(await site.total('visits', 'pageviews')).toEqual([0, 0]);
  await context.close();
});

test('a site that recognises nobody keeps no id, whatever was agreed to', async ({
  page,
  browser,
  server,
  site,
}) => {
  await signIn(page, server);
  await decide(page, site, () => page.getByText('Never: visitors are told apart by the day').click());
  const id = await visit(browser, site);
  expect(await site.total('visits', 'visitors', 'pageviews')).toEqual([1, 1, 2]);
  expect(await kept(page, site, id)).toBe('Nothing is kept under this id');
});

test('a consent that is taken back forgets the browser', async ({ page, browser, server, site }) => {
  await signIn(page, server);
  await decide(page, site, () => page.getByText('By ids only with a consent').click());
  const context = await browser.newContext();
  const visitor = await context.newPage();
  await visitor.goto(site.page('/'));
  await visitor.waitForFunction('window.luotsi?.on');
  await visitor.evaluate("luotsi.consent('granted')");
  await visitor.evaluate("luotsi.consent('denied')");
  expect(await idOf(visitor)).toBeNull();
  const sent = visitor.waitForRequest('**/api/event');
  await visitor.evaluate("luotsi('Signup')");
  const body = (await sent).postDataJSON();
  expect(body.consent).toEqual({ analytics: false });
  expect(body.vid).toBeUndefined();
  await expect.poll(() => site.total('events', 'visits')).toEqual([2, 1]);
  await context.close();
});

test('nothing is kept of who sends Global Privacy Control or Do Not Track, where the site honours it', async ({
  page,
  browser,
  server,
  site,
}) => {
  const look = async (headers: Record<string, string>) => {
    const context = await browser.newContext({ extraHTTPHeaders: headers });
    const visitor = await context.newPage();
    const acknowledged = visitor.waitForResponse((response) => response.url().endsWith('/api/event'));
    await visitor.goto(site.page('/'));
    expect((await acknowledged).status()).toBe(202);
    await context.close();
  };
  await look({ 'Sec-GPC': '1' });
  await expect.poll(() => site.total('pageviews')).toEqual([1]);
  await signIn(page, server);
  await decide(page, site, () => page.getByText('Keep nothing of visitors who send').click());
  await look({ 'Sec-GPC': '1' });
  await look({ DNT: '1' });
  await look({});
  await expect.poll(() => site.total('pageviews')).toEqual([2]);
  await page.getByRole('link', { name: 'Filtered traffic' }).click();
  await expect(page.getByText('Nothing was held back')).toBeVisible();
});
