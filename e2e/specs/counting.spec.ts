import type { Page } from '@playwright/test';
import { post } from '../harness/senders';
import { choose, expect, type Site, signIn, test } from '../harness/test';

const rules = async (page: Page, site: Site) => {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: site.domain }).click();
  await page.getByRole('link', { name: 'Counting rules' }).click();
  await expect(page.getByRole('heading', { name: 'Counting rules' })).toBeVisible();
};

/** The name of the first channel in the form. */
const channel = (page: Page) =>
  page
    .locator('input:not([type=hidden])')
    .and(page.getByLabel('Channel', { exact: true }))
    .first();

test('a channel of the site’s own is previewed, saved as a version, and holds from then on', async ({
  page,
  server,
  site,
}) => {
  const visit = (address: string, source = 'partner-nord') =>
    post(
      `${server.url}/api/event`,
      {
        n: 'pageview',
        u: `https://${site.domain}/?utm_source=${source}&utm_medium=cpa`,
        d: site.domain,
      },
      { address },
    );
  await visit('203.0.113.1');
  await visit('203.0.113.2');
  await signIn(page, server);
  await rules(page, site);
  await expect(page.getByText('Nothing has been changed yet: the standard definitions hold.')).toBeVisible();
  await page.getByRole('button', { name: 'Add a channel' }).click();
  await channel(page).fill('Partners');
  await choose(page, 'Comparison', 'starts with');
  await page.getByRole('textbox', { name: 'Value' }).fill('partner-');
  await page.getByRole('button', { name: 'Preview' }).click();
  await expect(page.getByRole('row', { name: /Paid Other → Partners/ })).toContainText('2');
  await page.getByLabel('Why (optional)').fill('The partners of the spring');
  await page.getByRole('button', { name: 'Save as version 1' }).click();
  const versions = page.getByRole('listitem');
  await expect(versions.filter({ hasText: 'Version 1' })).toContainText('The partners of the spring');
  await expect(versions.filter({ hasText: 'Version 1' })).toContainText(/Olivia|owner@luotsi\.example/);

  // What was counted stays; what comes is counted anew.
  await visit('203.0.113.3');
  const byChannel = { metrics: ['visits'], dimensions: ['visit:channel'], order_by: [['visits', 'desc']] };
  await expect
    .poll(() => site.query(byChannel))
    .toEqual([
      { dimensions: ['Paid Other'], metrics: [2] },
      { dimensions: ['Partners'], metrics: [1] },
    ]);

  // What is wrong is told where it is wrong, and changes nothing.
  await page.getByLabel('Your own addresses').fill('not a network');
  await page.getByRole('button', { name: 'Save as version 2' }).click();
  await expect(page.getByLabel('Your own addresses')).toHaveAttribute('aria-invalid', 'true');
  await page.getByLabel('Your own addresses').fill('');
  await channel(page).fill('Affiliates of ours');
  await page.getByRole('button', { name: 'Save as version 2' }).click();
  await expect(page.getByText(/^Version 2, since/).first()).toBeVisible();
  await visit('203.0.113.4');
  await expect
    .poll(async () => (await site.query(byChannel)).map(({ dimensions }) => dimensions[0]).sort())
    .toEqual(['Affiliates of ours', 'Paid Other', 'Partners']);

  // An old version can be had again.
  const first = page.getByRole('listitem').filter({ hasText: 'Version 1' });
  await first.getByRole('button', { name: /^Load into the form/ }).click();
  await expect(channel(page)).toHaveValue('Partners');
  await page.getByRole('button', { name: 'Save as version 3' }).click();
  await expect(page.getByText(/^Version 3, since/).first()).toBeVisible();
});

test('a host that visitors pass through is no source', async ({ page, server, site }) => {
  const from = (referrer: string, address: string) =>
    post(
      `${server.url}/api/event`,
      { n: 'pageview', u: `https://${site.domain}/paid`, d: site.domain, r: referrer },
      { address },
    );
  await from('https://pay.bank.example/done', '203.0.113.1');
  await signIn(page, server);
  await rules(page, site);
  await page.getByLabel('Hosts that visitors pass through').fill('bank.example');
  await page.getByRole('button', { name: 'Save as version 1' }).click();
  await expect(page.getByText(/^Version 1, since/).first()).toBeVisible();
  await from('https://pay.bank.example/done', '203.0.113.2');
  await from('https://news.example/post', '203.0.113.3');
  const sources = { metrics: ['visits'], dimensions: ['visit:source'], order_by: [['visit:source', 'asc']] };
  await expect
    .poll(() => site.query(sources))
    .toEqual([
      { dimensions: ['Direct / None'], metrics: [1] },
      { dimensions: ['news.example'], metrics: [1] },
      { dimensions: ['pay.bank.example'], metrics: [1] },
    ]);
});
