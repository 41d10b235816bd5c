import { expect, signIn, test } from '../harness/test';

test('figures, breakdowns and filters agree with the query API', async ({ page, server, site }) => {
  await site.live(60);
  await signIn(page, server);
  await page.getByRole('navigation').getByRole('link', { name: site.domain }).click();
  const last30 = { date_range: '30d' };
  const [row] = await site.query({ metrics: ['visitors', 'visits', 'pageviews'], ...last30 });
  await page.getByRole('button', { name: /^Period/ }).click();
  await page.getByRole('menuitem', { name: /^Last 30 days/ }).click();
  const figure = (name: string) => page.getByRole('button', { name: new RegExp(`^${name}(?!:)`) });
  await expect(figure('Visitors')).toContainText(String(row?.metrics[0]));
  await expect(figure('Page views')).toContainText(String(row?.metrics[2]));

  const sources = page.getByRole('region', { name: 'Sources' });
  await expect(sources.getByRole('button', { name: 'Show only E-mail' })).toBeVisible();
  await sources.getByRole('button', { name: 'Show only E-mail' }).click();
  const email = { filters: [['is', 'visit:channel', ['Email']]] };
  const [filtered] = await site.query({ metrics: ['visitors'], ...last30, ...email });
  expect(Number(filtered?.metrics[0])).toBeLessThan(Number(row?.metrics[0]));
  await expect(figure('Visitors')).toContainText(String(filtered?.metrics[0]));
  await expect(page).toHaveURL(/Email/);

  // The same card by the visitors' last source: the API's figures, and what they mean.
  await page.getByRole('button', { name: 'Clear all' }).click();
  await sources.getByRole('combobox', { name: 'Which visit' }).click();
  await page.getByRole('option', { name: 'Last non-direct' }).click();
  await expect(sources).toContainText('up to 90 days before');
  const [most] = await site.query({
    metrics: ['visitors'],
    dimensions: ['visit:last_non_direct_source'],
    ...last30,
  });
  await sources.getByRole('tab', { name: 'Sources' }).click();
  await expect(sources.getByRole('listitem').first()).toContainText(String(most?.metrics[0]));
  await sources.getByRole('combobox', { name: 'Which visit' }).click();
  await page.getByRole('option', { name: 'This visit' }).click();

  await expect(figure('Visitors')).toContainText(String(row?.metrics[0]));

  const devices = page.getByRole('region', { name: 'Devices' });
  await devices.getByRole('tab', { name: 'Browsers' }).click();
  await expect(devices.getByRole('button', { name: 'Show only Firefox' })).toBeVisible();
  const places = page.getByRole('region', { name: 'Places' });
  await expect(places.getByRole('button', { name: 'Show only Finland' })).toBeVisible();
});

test('a visit shows up while one watches', async ({ page, server, site, context }) => {
  await signIn(page, server);
  await page.getByRole('navigation').getByRole('link', { name: site.domain }).click();
  await expect(page.getByText('No events have arrived yet')).toBeVisible();
  const visitor = await context.newPage();
  await visitor.goto(site.page('/'));
  await expect(page.getByText('1 visitor now')).toBeVisible();
  await visitor.close();
});

test('a metric’s course can be read as a table', async ({ page, server, site }) => {
  await site.live(20);
  await signIn(page, server);
  await page.getByRole('navigation').getByRole('link', { name: site.domain }).click();
  await page.getByRole('button', { name: /^Bounce rate(?!:)/ }).click();
  await expect(page.getByRole('button', { name: /^Bounce rate(?!:)/ })).toHaveAttribute(
    'aria-pressed',
    'true',
  );
  await page.getByRole('button', { name: 'Show as table' }).click();
  await expect(page.getByRole('table').first()).toBeVisible();
});
