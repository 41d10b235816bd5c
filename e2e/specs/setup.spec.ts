import { Pages } from '../harness/pages';
import { Server } from '../harness/server';
import { expect, test } from '../harness/test';

test('the first visit makes owner and site, and sees the first event arrive', async ({ page, context }) => {
  const server = await Server.start();
  const pages = await Pages.start();
  try {
    await page.goto(server.url);
    await expect(page.getByRole('heading', { name: 'Welcome aboard' })).toBeVisible();

    await page.getByRole('button', { name: 'Create the account' }).click();
    await expect(page.getByText('This is needed.').first()).toBeVisible();
    await page.getByLabel('Your name').fill('Olivia');
    await page.getByLabel('E-mail').fill('owner@luotsi.example');
    await page.getByRole('textbox', { name: 'Password' }).fill('short');
    await page.getByLabel('Name of the workspace').fill('Shoes & Co');
    await page.getByRole('button', { name: 'Create the account' }).click();
    await expect(page.getByText('Use at least 10 characters.')).toBeVisible();
    await page.getByRole('textbox', { name: 'Password' }).fill('a long enough password');
    await page.getByRole('button', { name: 'Create the account' }).click();

    await expect(page.getByRole('heading', { name: 'Which site do you want to measure?' })).toBeVisible();
    await page.getByLabel('Domain').fill('https://www.shop.example/');
    await page.getByText('Web shop', { exact: true }).click();
    await page.getByRole('button', { name: 'Create the site' }).click();

    await expect(page.getByRole('heading', { name: 'Paste this into shop.example' })).toBeVisible();
    await expect(page.getByRole('heading', { name: 'Waiting for the first event' })).toBeVisible();
    const snippet = (await page.locator('pre').textContent()) ?? '';
    expect(snippet).toContain(`${server.url}/js/luotsi.js`);

    const visitor = await context.newPage();
    await visitor.goto(pages.put('shop.example', '/', snippet));
    await expect(page.getByRole('heading', { name: 'The first event has arrived' })).toBeVisible();
    await visitor.close();

    await page.getByRole('link', { name: 'See the overview' }).click();
    await expect(page.getByRole('button', { name: /^Visitors(?!:)/ })).toContainText('1');
    await expect(page.getByText('1 visitor now')).toBeVisible();

    // The account exists now: nobody else becomes owner.
    await page.goto(`${server.url}/setup`);
    await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible();
  } finally {
    await pages.stop();
    await server.stop();
  }
});
