import { expect, signIn, test } from '../harness/test';

test('conversions by page and by event are counted from the past on', async ({ page, server, site }) => {
  await site.live(20);
  await signIn(page, server);
  await page.getByRole('navigation').getByRole('link', { name: site.domain }).click();
  await page
    .getByRole('region', { name: 'Conversions' })
    .getByRole('link', { name: 'Define a conversion' })
    .click();

  await page.getByRole('button', { name: 'New conversion' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Path of the page').fill('/thank-you');
  await dialog.getByLabel('Name in reports').fill('Order');
  await dialog.getByRole('button', { name: 'Add' }).click();
  await expect(page.getByRole('cell', { name: 'Order', exact: true })).toBeVisible();

  await page.getByRole('button', { name: 'New conversion' }).click();
  await dialog.getByText('An event is sent').click();
  await dialog.getByLabel('Name of the event').fill('Purchase');
  await dialog.getByLabel('Carries revenue').click();
  await dialog.getByRole('button', { name: 'Add' }).click();
  await expect(page.getByRole('cell', { name: /^Purchase/ }).first()).toBeVisible();

  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: site.domain }).click();
  const conversions = page.getByRole('region', { name: 'Conversions' });
  await expect(conversions.getByRole('button', { name: 'Show only Order' })).toBeVisible();
  await expect(conversions.getByRole('button', { name: 'Show only Purchase' })).toBeVisible();

  const goal = { filters: [['is', 'event:goal', ['Purchase']]], date_range: '28d' };
  const [row] = await site.query({ metrics: ['visitors', 'events', 'total_revenue'], ...goal });
  expect(Number(row?.metrics[1])).toBeGreaterThan(0);
});
