import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { choose, expect, signIn, test } from '../harness/test';

/** Nothing that a person with a screen reader or weak eyes would stumble over. */
async function sound(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).disableRules(['region']).analyze();
  const bad = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(bad.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120))}`)).toEqual([]);
}

const titles = (page: Page) => page.locator('[data-tile] h2').allInnerTexts();

test('a board is made, arranged by keyboard, kept, and shown by a link', async ({
  page,
  server,
  site,
  browser,
}) => {
  await site.live(40);
  await signIn(page, server);
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Boards' }).click();
  await page.getByRole('button', { name: 'New board' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Monday');
  await page.getByRole('button', { name: 'Create board' }).click();

  const add = async (kind: string, fill?: () => Promise<void>) => {
    await page.getByRole('button', { name: 'Add tile' }).click();
    await choose(page, 'What it shows', kind);
    const sites = page.getByRole('textbox', { name: 'Site', exact: true });
    if (await sites.count()) await choose(page, 'Site', site.domain);
    await fill?.();
    await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).click();
    await expect(page.getByRole('dialog')).toHaveCount(0);
  };
  await expect(page.getByRole('heading', { name: 'Monday' })).toBeVisible();
  await add('Number');
  await add('Course', () => page.getByLabel('Title').fill('Day by day'));
  await add('Breakdown', () => page.getByLabel('Title').fill('Where from'));
  await add('Note', () => page.getByLabel('Text').fill('**Ask** why <b>this</b>'));
  expect(await titles(page)).toEqual(['Visitors', 'Day by day', 'Where from', 'Note']);

  const handle = page.getByRole('button', { name: 'Move the tile Where from' });
  await handle.focus();
  await page.keyboard.press('ArrowLeft');
  await expect(page.getByText('Where from: place 2 of 4')).toBeAttached();
  await expect(handle).toBeFocused();
  await page.keyboard.press('Shift+ArrowRight');
  await expect(page.getByText('Where from: 5 of 12 columns wide, 5 rows high')).toBeAttached();
  expect(await titles(page)).toEqual(['Visitors', 'Where from', 'Day by day', 'Note']);
  await page.getByRole('button', { name: 'Save board' }).click();
  await expect(page.getByRole('button', { name: 'Edit board' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('region', { name: 'Visitors' })).toContainText(/before/);
  expect(await titles(page)).toEqual(['Visitors', 'Where from', 'Day by day', 'Note']);
  await expect(page.getByText('<b>this</b>')).toBeVisible();
  await sound(page);

  const dragged = page.getByRole('region', { name: 'Note' });
  await page.getByRole('button', { name: 'Edit board' }).click();
  const from = await page.getByRole('button', { name: 'Move the tile Note' }).boundingBox();
  const to = await page.getByRole('region', { name: 'Visitors' }).boundingBox();
  if (!from || !to) throw new Error('not on screen');
  await page.mouse.move(from.x + 10, from.y + 10);
  await page.mouse.down();
  await page.mouse.move(to.x + 20, to.y + 40, { steps: 8 });
  await page.mouse.up();
  await expect(dragged).toBeVisible();
  expect((await titles(page))[0]).toBe('Note');
  await page.getByRole('button', { name: 'Cancel' }).click();

  const menu = page.getByRole('button', { name: 'Menu of the tile Where from' });
  for (const [item, ending] of [
    ['Download as CSV', '.csv'],
    ['Download as PNG', '.png'],
  ] as const) {
    await menu.click();
    const file = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: item }).click();
    expect((await file).suggestedFilename()).toBe(`Where from${ending}`);
  }

  await page.getByRole('button', { name: 'Share' }).click();
  await page.getByRole('button', { name: 'New link' }).click();
  await page.getByLabel('For whom').fill('Agency');
  await page.getByLabel('Password (optional)').fill('open sesame 1');
  await page.getByRole('button', { name: 'Make link' }).click();
  const url = ((await page.getByRole('dialog').locator('pre').first().textContent()) ?? '').trim();
  expect(url).toMatch(/\/share\/[A-Za-z0-9]{43}$/);

  const stranger = await (await browser.newContext({ locale: 'fa-IR' })).newPage();
  await stranger.goto(url);
  await stranger.getByLabel('گذرواژه').fill('not this one 1');
  await stranger.getByRole('button', { name: 'باز کردن' }).click();
  await expect(stranger.getByText('این گذرواژهٔ این پیوند نیست.')).toBeVisible();
  await stranger.getByLabel('گذرواژه').fill('open sesame 1');
  await stranger.getByRole('button', { name: 'باز کردن' }).click();
  await expect(stranger.getByRole('heading', { name: 'Monday' })).toBeVisible();
  await expect(stranger.getByRole('region', { name: 'بازدیدکنندگان' })).toBeVisible();
  await expect(stranger.getByRole('button', { name: 'ویرایش تابلو' })).toHaveCount(0);
  await sound(stranger);
  expect(await stranger.context().cookies()).toEqual([]);

  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^Revoke/ })
    .click();
  await page.getByRole('button', { name: 'Revoke', exact: true }).last().click();
  await expect(page.getByText('No links yet')).toBeVisible();
  await stranger.reload();
  await expect(stranger.getByRole('heading', { name: 'این پیوند چیزی نشان نمی‌دهد' })).toBeVisible();
});

test('what a role sees first is a board, in Persian and on a phone too', async ({ page, server, site }) => {
  await site.live(20);
  await signIn(page, server);
  const workspace = /\/w\/([^/]+)/.exec(page.url())?.[1] ?? '';
  const call = (method: string, path: string, body: object) =>
    page.evaluate(
      async ([method, path, body]) => {
        const headers = { 'content-type': 'application/json' };
        return (
          await fetch(path as string, { method: method as string, headers, body: JSON.stringify(body) })
        ).json();
      },
      [method, `/api/v1/workspaces/${workspace}${path}`, body] as const,
    );
  const board = await call('POST', '/boards', {
    name: 'دوشنبه',
    tiles: [{ kind: 'note', width: 4, height: 2, text: 'سلام' }],
  });
  await call('PATCH', '/homes', { role: 'owner', board_id: board.id });
  await page.evaluate(() => localStorage.setItem('luotsi-locale', 'fa'));
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(server.url);
  await expect(page.getByRole('heading', { name: 'دوشنبه' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('dir', 'rtl');
  await sound(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  await call('PATCH', '/homes', { role: 'owner', board_id: null });
  await page.evaluate(() => localStorage.setItem('luotsi-locale', 'en'));
});
