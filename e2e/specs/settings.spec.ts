import { expect, signIn, test } from '../harness/test';

test('a token is shown once and works at once', async ({ page, server, site, request }) => {
  await signIn(page, server);
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('link', { name: 'API tokens' }).click();
  await page.getByRole('button', { name: 'New token' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('reports');
  await dialog.getByRole('button', { name: /Create/ }).click();
  await expect(page.getByText('Copy the token now')).toBeVisible();
  const shown = page.locator('code, pre').filter({ hasText: /^\S{20,}$/ });
  const token = (await shown.first().textContent())?.trim();
  const response = await request.post(`${server.url}/api/v2/query`, {
    headers: { Authorization: `Bearer ${token}` },
    data: { site_id: site.domain, metrics: ['visitors'], date_range: 'day' },
  });
  expect(response.status()).toBe(200);
});

test('a member signs in with what the role allows', async ({ page, server, browser }) => {
  await signIn(page, server);
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('link', { name: 'Members' }).click();
  await page.getByRole('button', { name: 'Add a member' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Viveka');
  await dialog.getByLabel('E-mail').fill('viewer@luotsi.example');
  await dialog.getByRole('textbox', { name: 'First password' }).fill('another long password');
  await dialog.getByText('Viewer', { exact: true }).click();
  await dialog.getByRole('button', { name: 'Add a member' }).click();
  await expect(page.getByRole('cell', { name: 'Viveka', exact: true })).toBeVisible();

  const viewer = await browser.newPage();
  await viewer.goto(server.url);
  await viewer.getByLabel('E-mail').fill('viewer@luotsi.example');
  await viewer.getByRole('textbox', { name: 'Password' }).fill('another long password');
  await viewer.getByRole('button', { name: 'Sign in' }).click();
  await expect(viewer.getByRole('navigation', { name: 'Main' })).toBeVisible();
  await expect(viewer.getByRole('link', { name: 'Add a site' })).toHaveCount(0);
  await viewer.close();

  await page.getByRole('link', { name: 'Audit log' }).click();
  await expect(page.getByRole('cell', { name: /owner@luotsi.example|Olivia/ }).first()).toBeVisible();
});

test('language and appearance are chosen from the account menu', async ({ page, server }) => {
  await signIn(page, server);
  const account = page.getByRole('navigation').getByRole('button').last();
  await account.click();
  await page.getByRole('menuitem', { name: 'فارسی' }).click();
  await expect(page.locator('html')).toHaveAttribute('dir', 'rtl');
  await expect(page.locator('html')).toHaveAttribute('lang', 'fa');
  await account.click();
  await page.getByRole('menuitem', { name: 'Suomi' }).click();
  await expect(page.locator('html')).toHaveAttribute('dir', 'ltr');
  await expect(page.getByRole('link', { name: 'Tavoitteet', exact: true })).toBeVisible();
  await account.click();
  await page.getByRole('menuitem', { name: 'English' }).click();
  await account.click();
  await page.getByRole('menuitem', { name: 'Dark' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark');
});
