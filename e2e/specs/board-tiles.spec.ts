import type { Page } from '@playwright/test';
import type { Server } from '../harness/server';
import { expect, type Site, signIn, test } from '../harness/test';

/** The word of each status, as goals' pages say it. */
const STATUS = {
  en: {
    not_started: 'Not started',
    on_track: 'On track',
    behind: 'Behind',
    ahead: 'Ahead',
    unknown: 'Not yet known',
  },
  fi: {
    not_started: 'Ei alkanut',
    on_track: 'Aikataulussa',
    behind: 'Jäljessä',
    ahead: 'Edellä',
    unknown: 'Ei vielä tiedossa',
  },
  fa: {
    not_started: 'آغاز نشده',
    on_track: 'در مسیر',
    behind: 'عقب',
    ahead: 'جلو',
    unknown: 'هنوز معلوم نیست',
  },
} as const;

const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

/** Signed in; asks the workspace's API in the owner's name. */
async function caller(page: Page, server: Server) {
  await signIn(page, server);
  const workspace = /\/w\/([^/?#]+)/.exec(page.url())?.[1] ?? '';
  return {
    home: `${server.url}/w/${workspace}`,
    call: async (method: string, path: string, data?: object) => {
      const url = `${server.url}/api/v1/workspaces/${workspace}${path}`;
      const response = await page.request.fetch(url, { method, headers: { Origin: server.url }, data });
      expect(response.ok(), `${method} ${path}: ${await response.text()}`).toBe(true);
      return response.status() === 204 ? undefined : response.json();
    },
  };
}

/** A board with goals, a table, a funnel and a figure of a site that has a past. */
async function monday(call: Awaited<ReturnType<typeof caller>>['call'], site: Site) {
  await site.live(90);
  const { items } = await call('GET', '/sites');
  const id = items.find((one: { domain: string }) => one.domain === site.domain).id;
  const purchase = { kind: 'event', event_name: 'Purchase', display_name: 'Purchase', revenue: true };
  await call('POST', `/sites/${id}/conversions`, purchase);
  const goal = (name: string, wanted: object) =>
    call('POST', '/goals', { site_id: id, name, start_date: day(-20), deadline: day(40), ...wanted });
  const visits = { metric: 'visits', target_kind: 'percent' };
  const goals = [
    await goal('Visits in reach', { ...visits, target_input: 1 }),
    await goal('Visits far away', { ...visits, target_input: 400 }),
    await goal('Visits later', { ...visits, target_input: 5, start_date: day(5) }),
  ];
  const tile = { site_id: id, width: 6, height: 4 };
  const pace = goals.map(({ id, name }, at) => {
    return { id: `p${at}`, kind: 'pace', title: name, width: 4, height: 4, goal_id: id };
  });
  const table = { id: 't', kind: 'table', title: 'By device', dimension: 'visit:device', rows: 5 };
  const funnel = {
    id: 'f',
    kind: 'funnel',
    title: 'To the order',
    steps: [{ page: '/' }, { name: 'Bought', conversion: 'Purchase' }],
    window_days: 7,
  };
  const board = await call('POST', '/boards', {
    name: 'Wall of the shop',
    tiles: [
      ...pace,
      { ...tile, ...table, metrics: ['visits', 'pageviews'] },
      { ...tile, ...funnel },
      { id: 'n', kind: 'number', title: 'Visits', ...tile, metric: 'visits' },
    ],
  });
  return { board, goals };
}

test('goals, tables and funnels say on a board what they say elsewhere', async ({ page, server, site }) => {
  test.setTimeout(180_000);
  const { home, call } = await caller(page, server);
  const { board, goals } = await monday(call, site);
  for (const locale of ['en', 'fi', 'fa'] as const) {
    await page.evaluate((chosen) => localStorage.setItem('luotsi-locale', chosen), locale);
    await page.goto(`${home}/boards/${board.id}`);
    const tones = [];
    for (const { id, name } of goals) {
      const { progress } = await call('GET', `/goals/${id}`);
      const shown = page.getByRole('region', { name });
      await expect(shown.locator('[data-tone]')).toHaveText(STATUS[locale][progress.status as 'behind']);
      tones.push(await shown.locator('[data-tone]').getAttribute('data-tone'));
    }
    expect(tones).toEqual(['good', 'warn', 'calm']);
  }
  await page.evaluate(() => localStorage.setItem('luotsi-locale', 'en'));
  await page.reload();

  const table = page.getByRole('region', { name: 'By device' }).getByRole('table');
  await expect(table.getByRole('columnheader')).toHaveText(['Device', 'Visits', 'Page views']);
  const answer = await call('GET', `/boards/${board.id}/tiles/t/data`);
  expect(answer.rows.length).toBeGreaterThan(1);
  await expect(table.locator('tbody tr')).toHaveCount(answer.rows.length);
  const [first] = answer.rows;
  const cells = table.locator('tbody tr').first();
  await expect(cells.getByRole('rowheader')).toHaveText(first.name);
  const written = (value: number) => new Intl.NumberFormat('en').format(value);
  for (const [at, { value }] of first.figures.entries()) {
    await expect(cells.getByRole('cell').nth(at)).toHaveText(written(value));
  }

  const { steps } = await call('GET', `/boards/${board.id}/tiles/f/data`);
  const funnel = page.getByRole('region', { name: 'To the order' }).locator('tbody tr');
  await expect(funnel).toHaveCount(2);
  await expect(funnel.last().getByRole('rowheader')).toHaveText('Bought');
  for (const [at, step] of steps.entries()) {
    await expect(funnel.nth(at).getByRole('cell').first()).toHaveText(written(step.visitors));
  }
  expect(steps[0].visitors).toBeGreaterThan(steps[1].visitors);
});

test('a board fills the screen, and a page that may frame it shows it', async ({
  page,
  server,
  site,
  pages,
  browser,
}) => {
  const { home, call } = await caller(page, server);
  const { board } = await monday(call, site);
  await page.goto(`${home}/boards/${board.id}`);
  await page.getByRole('button', { name: 'Full screen' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Wall of the shop' })).toBeVisible();
  await expect(page.getByRole('region', { name: 'By device' })).toBeVisible();
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeHidden();
  expect(await page.evaluate(() => document.fullscreenElement !== null)).toBe(true);
  await page.getByRole('button', { name: 'Leave full screen' }).click();
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible();
  expect(await page.evaluate(() => document.fullscreenElement)).toBeNull();

  // One page may frame the link's page, another may not.
  const origin = `http://wiki.example:${pages.port}`;
  const { url } = await call('POST', `/boards/${board.id}/shares`, { name: 'Wiki', origins: [origin] });
  const frame = `<iframe src="${url}" width="1000" height="700" title="Board"></iframe>`;
  const reader = await (await browser.newContext({ locale: 'en-GB' })).newPage();
  await reader.goto(pages.put('wiki.example', '/team', frame));
  const shown = reader.frameLocator('iframe');
  await expect(shown.getByRole('heading', { name: 'Wall of the shop' })).toBeVisible();
  await expect(shown.getByRole('region', { name: 'Visits', exact: true })).toContainText(/\d/);
  await expect(shown.getByRole('region', { name: 'Visits far away' })).toContainText('Behind');
  expect(await reader.context().cookies()).toEqual([]);
  const refused = reader.waitForEvent('console', (message) => /frame-ancestors/.test(message.text()));
  await reader.goto(pages.put('other.example', '/team', frame));
  await refused;
  await expect(reader.frameLocator('iframe').getByRole('heading')).toHaveCount(0);
  await reader.context().close();
});
