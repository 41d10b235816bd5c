import { expect, signIn, test } from '../harness/test';

const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

test('days of which one knows the cause are marked on a goal, and changed again', async ({
  page,
  server,
  site,
}) => {
  await site.live(60);
  await signIn(page, server);
  const workspace = /\/w\/([^/?#]+)/.exec(page.url())?.[1] ?? '';
  const base = `${server.url}/api/v1/workspaces/${workspace}`;
  const call = async (method: string, path: string, data?: object) => {
    const response = await page.request.fetch(base + path, {
      method,
      headers: { Origin: server.url },
      data,
    });
    expect(response.ok(), `${method} ${path}: ${await response.text()}`).toBe(true);
    return response.json();
  };
  const { items } = await call('GET', '/sites');
  const id = items.find((one: { domain: string }) => one.domain === site.domain).id;
  const goal = await call('POST', '/goals', {
    site_id: id,
    metric: 'visits',
    target_kind: 'percent',
    target_input: 20,
    start_date: day(-30),
    deadline: day(30),
  });
  await page.goto(`${server.url}/w/${workspace}/goals/${goal.id}`);
  await page.getByRole('button', { name: 'What to do with this goal' }).click();
  await page.getByRole('menuitem', { name: 'Add a note to the chart' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('What happened?').fill('Winter sale');
  await dialog.getByLabel('These days are not as usual, and we know why').check();
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  const note = page.getByRole('list', { name: 'Notes on the chart' }).getByRole('listitem');
  await expect(note).toContainText('Winter sale');
  await expect(note).toContainText('known cause');

  // It was longer, and no cause after all.
  const [made] = (await call('GET', `/sites/${id}/annotations`)).items;
  expect([made.until, made.known_cause]).toEqual([null, true]);
  await call('PATCH', `/sites/${id}/annotations/${made.id}`, { date: day(-3), until: day(-1) });
  await page.reload();
  await expect(note).toContainText('–');
  await note.getByRole('button', { name: 'Change the note Winter sale' }).click();
  await dialog.getByLabel('These days are not as usual, and we know why').uncheck();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(note).not.toContainText('known cause');
  const [changed] = (await call('GET', `/sites/${id}/annotations`)).items;
  expect([changed.date, changed.until, changed.known_cause]).toEqual([day(-3), day(-1), false]);
});
