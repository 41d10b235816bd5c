import { GPTBOT, post } from '../harness/senders';
import { expect, signIn, test } from '../harness/test';

test('every number opens: definition, query, rows, and what was left out', async ({
  page,
  server,
  site,
  token,
}) => {
  const view = (path: string, address: string, agent?: string) =>
    post(
      `${server.url}/api/event`,
      { n: 'pageview', u: `https://${site.domain}${path}`, d: site.domain },
      { address, ...(agent && { agent }) },
    );
  await view('/', '203.0.113.1');
  await view('/shoes', '203.0.113.1');
  await view('/hats', '203.0.113.2');
  await view('/robots', '203.0.113.3', GPTBOT);
  await signIn(page, server);
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: site.domain }).click();
  await page.getByRole('button', { name: 'Page views: What is this number?' }).click();
  const drawer = page.getByRole('dialog', { name: 'Page views' });
  for (const part of ['Definition', 'The query', 'What was left out', 'Some of the rows behind it']) {
    await expect(drawer.getByRole('heading', { name: part })).toBeVisible();
  }
  await expect(drawer.getByText('Counting rules: none were changed')).toBeVisible();
  await expect(drawer.getByRole('row', { name: 'AI crawlers' })).toContainText('1');
  const rows = drawer.getByRole('table').last();
  await expect(rows.getByRole('row')).toHaveCount(3);
  await expect(rows.getByRole('row', { name: /\/hats/ })).toContainText('pageview');
  await expect(rows.getByRole('row', { name: /\/robots/ })).toHaveCount(0);

  // The query as it stands gives the number that is shown.
  const query = (await drawer.locator('pre').first().textContent()) ?? '';
  const response = await fetch(`${server.url}/api/v2/query`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body: query,
  });
  expect((await response.json()).results[0].metrics).toEqual([3]);
  await drawer.getByRole('link', { name: 'Open filtered traffic' }).click();
  await expect(page.getByRole('heading', { name: 'Filtered traffic' })).toBeVisible();

  // By keyboard: opened, and the focus comes back to where it was.
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Filtered traffic' })).toHaveCount(0);
  const opener = page.getByRole('button', { name: 'Visits: What is this number?' });
  await opener.focus();
  await expect(opener).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'Visits' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(opener).toBeFocused();
});

test('the number of a goal opens too, with the rules it is counted by', async ({ page, server, site }) => {
  await site.live(20);
  await signIn(page, server);
  const headers = { Origin: server.url };
  const ask = async (method: string, path: string, data?: object) => {
    const response = await page.request.fetch(server.url + path, { method, headers, data });
    expect(response.ok(), `${method} ${path}: ${await response.text()}`).toBe(true);
    return response.json();
  };
  const workspace = (await ask('GET', '/api/v1/session')).workspaces[0].id;
  const base = `/api/v1/workspaces/${workspace}`;
  const sites = (await ask('GET', `${base}/sites`)).items as { id: string; domain: string }[];
  const id = sites.find(({ domain }) => domain === site.domain)?.id;
  const { rules } = await ask('GET', `${base}/sites/${id}/counting`);
  await ask('POST', `${base}/sites/${id}/counting`, { after: 0, note: '', rules });
  const objective = (await ask('POST', `${base}/objectives`, { name: 'Grow', description: '' })).id;
  const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
  const goal = await ask('POST', `${base}/goals`, {
    name: 'More visits',
    site_id: id,
    objective_id: objective,
    metric: 'visits',
    filters: [],
    target_kind: 'percent',
    target_input: 30,
    start_date: day(-7),
    deadline: day(30),
    words: { specific: '', measurable: '', achievable: '', relevant: 'It is.', time_bound: '' },
  });
  await page.goto(`${server.url}/w/${workspace}/goals/${goal.id}`);
  await page.getByRole('button', { name: 'Visits: What is this number?' }).click();
  const drawer = page.getByRole('dialog', { name: 'Visits' });
  await expect(drawer.getByText(/^Counting rules of version 1, since/)).toBeVisible();
  await expect(drawer.locator('pre').first()).toContainText('"visits"');
  await expect(drawer.getByRole('table').last().getByRole('row').first()).toBeVisible();
});
