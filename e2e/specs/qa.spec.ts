import { post, type Sender, segmentBatch } from '../harness/senders';
import { choose, expect, type Site, signIn, test } from '../harness/test';

/** A report of the tracker. */
const report = (site: Site, name: string, more: object = {}) => ({
  n: name,
  u: `https://${site.domain}/shoes`,
  d: site.domain,
  ...more,
});

test('what arrives is seen as it arrives, with why it was refused and the request masked', async ({
  page,
  server,
  site,
  context,
}) => {
  await signIn(page, server);
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: site.domain }).click();
  await page.getByRole('link', { name: 'Event QA' }).click();
  await expect(page.getByText('Waiting for events')).toBeVisible();

  // A visitor's browser, with the tracker.
  const visitor = await context.newPage();
  await visitor.goto(site.page('/shoes'));
  const counted = page.getByRole('row', { name: /pageview/ }).filter({ hasText: 'Counted' });
  await expect(counted).toBeVisible();
  await expect(counted).toContainText(`${site.domain}/shoes`);
  await visitor.close();

  // A report that is of no page, and tells whose it is.
  const wrong = { u: 'nowhere', p: { email: 'aino@shop.example' } };
  const answer = await post(`${server.url}/api/event`, report(site, 'Order', wrong));
  expect(answer.status).toBe(400);
  const live = page.getByRole('table').first();
  const refused = live.getByRole('row', { name: /Order/ });
  await expect(refused).toContainText('Refused');
  await expect(refused).toContainText('nowhere is no absolute URL');
  await refused.getByRole('button', { name: 'Show the request' }).click();
  const request = live.locator('pre');
  await expect(request).toContainText('"email":"•••"');
  await expect(request).not.toContainText('aino');

  // What Plausible leaves out is left out, and told; the event counts.
  const part = report(site, 'Donation', { $: { amount: 5, currency: 'EURO' } });
  expect((await post(`${server.url}/api/event`, part)).status).toBe(202);
  const donation = live.getByRole('row', { name: /Donation/ });
  await expect(donation).toContainText('Left out');
  await expect(donation).toContainText('must be an ISO 4217 code');

  // A message of Segment's server library.
  await segmentBatch(server.url, site.keys.segment ?? '', [
    { type: 'track', event: 'Trial Started', userId: 'u-1', properties: { plan: 'team' } },
  ]);
  const trial = live.getByRole('row', { name: /Trial Started/ });
  await expect(trial).toContainText('Segment');
  await expect(trial).toContainText('First event of this name');

  // One protocol, then only what was refused.
  await choose(page, 'Protocol', 'Segment');
  await expect(trial).toBeVisible();
  await expect(refused).toHaveCount(0);
  await choose(page, 'Protocol', 'Segment');
  const which = page.getByRole('radiogroup', { name: 'Result' });
  await which.getByText('Refused').click();
  await expect(refused).toBeVisible();
  await expect(trial).toHaveCount(0);
  await which.getByText('All').click();

  // While it is paused nothing moves.
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Paused' })).toBeVisible();
  await post(`${server.url}/api/event`, report(site, 'Later'));
  await page.waitForTimeout(3000);
  await expect(live.getByRole('row', { name: /Later/ })).toHaveCount(0);
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(live.getByRole('row', { name: /Later/ })).toBeVisible();
});

test('an unknown name, a new property and a change of kind are pointed out', async ({
  page,
  server,
  site,
}) => {
  const send = (name: string, p: object, sender: Sender = {}) =>
    post(`${server.url}/api/event`, report(site, name, { p }), sender);
  await send('Signup', { seats: 3 });
  await send('Signup', { seats: 4 });
  await send('Signup', { seats: 'four', plan: 'team' });
  await signIn(page, server);
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: site.domain }).click();
  await page.getByRole('link', { name: 'Event QA' }).click();
  await expect(page.getByText('seats was a number and is text now')).toBeVisible();
  await expect(page.getByText('New property: plan')).toBeVisible();
  await expect(page.getByText('First event of this name')).toHaveCount(1);
  const live = page.getByRole('table').first();
  await expect(live.getByRole('row', { name: /Signup/ })).toHaveCount(3);
  await page.getByRole('radiogroup', { name: 'Result' }).getByText('With notices').click();
  await expect(live.getByRole('row', { name: /Signup/ })).toHaveCount(2);
  // What the site's events look like, for good.
  const known = page.getByRole('table').last();
  await expect(known.getByRole('row', { name: /Signup/ })).toContainText('seats: text');
});

test('what came under a key of nobody waits, and is taken when a site is given the key', async ({
  page,
  server,
  site,
}) => {
  const key = `write-key-${site.domain}`;
  await segmentBatch(server.url, key, [
    {
      type: 'track',
      event: 'Order Completed',
      messageId: 'm-1',
      userId: 'u-1',
      properties: { order_id: 'O-1', revenue: 129.8, currency: 'EUR' },
    },
  ]);
  await signIn(page, server);
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: site.domain }).click();
  await page.getByRole('link', { name: 'Event QA' }).click();
  await expect(page.getByRole('heading', { name: 'Keys that no site has' })).toBeVisible();
  await expect(page.getByRole('row', { name: key })).toContainText('Segment');
  expect(await site.total('events')).toEqual([0]);

  const qa = page.url();
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('link', { name: 'Sites' }).click();
  await page
    .getByRole('link', { name: new RegExp(site.domain) })
    .last()
    .click();
  await page.getByRole('button', { name: 'Add a key' }).first().click();
  const dialog = page.getByRole('dialog');
  await choose(page, 'Client', 'Segment');
  await dialog.getByLabel('Key', { exact: true }).fill(key);
  await dialog.getByRole('button', { name: 'Add a key' }).click();
  await expect(page.getByRole('row', { name: key })).toBeVisible();

  await page.goto(qa);
  await expect(page.getByRole('row', { name: key })).toContainText('is no key of a site here');
  await expect(page.getByRole('row', { name: /Order Completed|purchase/ })).toBeVisible();
  await page.getByRole('button', { name: 'Take all again' }).click();
  await expect(page.getByText('Taken: messages 1, events 1. Refused again: 0')).toBeVisible();
  await expect(page.getByText('Nothing was refused')).toBeVisible();
  await expect.poll(() => site.total('events')).toEqual([1]);
  const [order] = await site.query({ metrics: ['total_revenue'], dimensions: ['event:name'] });
  expect(order?.dimensions).toEqual(['purchase']);
  expect(order?.metrics[0]).toMatchObject({ currency: 'EUR', value: 129.8 });

  for (const screen of ['', '/qa', '/filtered', '/snippet']) {
    await page.goto(qa.replace(/sites\/.*/, `sites/gone${screen}`));
    await expect(page.getByRole('heading', { name: 'There is nothing at this address' })).toBeVisible();
  }

  // From now on events under the key count at once.
  await segmentBatch(server.url, key, [{ type: 'track', event: 'Trial Started', userId: 'u-2' }]);
  await expect.poll(() => site.total('events')).toEqual([2]);
});
