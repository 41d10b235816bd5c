import { readFile } from 'node:fs/promises';
import { segmentBatch } from '../harness/senders';
import { expect, signIn, test } from '../harness/test';

test('what is kept of a person is given out, and gone once it is erased', async ({ page, server, site }) => {
  const answer = await segmentBatch(server.url, site.keys.segment ?? '', [
    { type: 'track', event: 'Product Viewed', anonymousId: 'anon-7', properties: { sku: 'SKU-1' } },
    { type: 'identify', anonymousId: 'anon-7', userId: 'u-77', traits: { plan: 'team-seventy-seven' } },
    { type: 'track', event: 'Trial Started', userId: 'u-77', anonymousId: 'anon-7' },
    { type: 'track', event: 'Trial Started', userId: 'u-78', anonymousId: 'anon-8' },
    // Refused, and kept in the quarantine.
    { type: 'track', event: 'Order Completed', userId: 'u-77', properties: { revenue: 5, currency: 'EURO' } },
  ]);
  expect(answer.status).toBe(200);
  expect(await site.total('events', 'visitors')).toEqual([3, 2]);

  await signIn(page, server);
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: site.domain }).click();
  await page.getByRole('link', { name: 'People' }).click();
  const find = page.getByRole('button', { name: 'Find' });
  await expect(find).toBeDisabled();
  await page.getByLabel('Id that your team gave the person').fill('u-77');
  await find.click();
  await expect(page.getByText('3 events are kept')).toBeVisible();
  await expect(page.locator('pre')).toContainText('team-seventy-seven');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download as JSON' }).click(),
  ]);
  const given = JSON.parse(await readFile(await download.path(), 'utf8'));
  expect(given.rows.map((row: { name: string }) => row.name).sort()).toEqual([
    'Trial Started',
    'identify',
    'view_item',
  ]);

  await page.getByRole('button', { name: /^Erase/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Erase' }).click();
  await expect(page.getByText('Erased: events 3, refused messages 1')).toBeVisible();
  await find.click();
  await expect(page.getByText('Nothing is kept under this id')).toBeVisible();
  await page.getByLabel('Id that your team gave the person').fill('');
  await page.getByLabel('Id that a tag made for the browser').fill('anon-7');
  await find.click();
  await expect(page.getByText('Nothing is kept under this id')).toBeVisible();
  expect(await site.total('events', 'visitors')).toEqual([1, 1]);
  await page.getByRole('link', { name: 'Event QA' }).click();
  await expect(page.getByText('Nothing was refused')).toBeVisible();

  // The other person is still there.
  await page.getByRole('link', { name: 'People' }).click();
  await page.getByLabel('Id that a tag made for the browser').fill('anon-8');
  await find.click();
  await expect(page.getByText('1 event is kept')).toBeVisible();
});
