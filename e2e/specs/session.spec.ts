import { OWNER } from '../harness/server';
import { expect, signIn, test } from '../harness/test';

test('a wrong password is refused in words, the right one leads home', async ({ page, server }) => {
  await page.goto(server.url);
  await page.getByLabel('E-mail').fill(OWNER.email);
  await page.getByRole('textbox', { name: 'Password' }).fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toContainText('E-mail or password is not right.');
  await page.getByRole('textbox', { name: 'Password' }).fill(OWNER.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible();
});

test('an address that was asked for before signing in opens afterwards', async ({ page, server }) => {
  await signIn(page, server);
  const wanted = `${page.url().replace(/\/$/, '')}/objectives`;
  await page.getByRole('button', { name: /^Account/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await page.goto(wanted);
  await page.getByLabel('E-mail').fill(OWNER.email);
  await page.getByRole('textbox', { name: 'Password' }).fill(OWNER.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { name: 'Objectives', exact: true })).toBeVisible();
});

test('a sign-in elsewhere can be ended', async ({ page, server, browser }) => {
  await signIn(page, server);
  const elsewhere = await browser.newPage({
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0',
  });
  await signIn(elsewhere, server);
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('link', { name: 'Sign-ins' }).click();
  await page
    .getByRole('button', { name: /End the sign-in of Firefox/ })
    .first()
    .click();
  await page.getByRole('dialog').getByRole('button', { name: 'End', exact: true }).click();
  await expect(page.getByRole('button', { name: /End the sign-in of Firefox/ })).toHaveCount(0);
  await elsewhere.reload();
  await expect(elsewhere.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await elsewhere.close();
});
