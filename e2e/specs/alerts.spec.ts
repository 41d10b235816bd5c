/** Alerts in the browser: an incident is handled by keyboard, a webhook is added and tested, and every screen is looked at. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server as Http } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { history } from '../harness/history';
import { inspect, type Look, size, wear } from '../harness/looks';
import { Server } from '../harness/server';
import { signIn } from '../harness/test';

const LOOKS: Look[] = [
  { name: 'en-1280-light', locale: 'en', width: 1280, scheme: 'light' },
  { name: 'en-1280-dark', locale: 'en', width: 1280, scheme: 'dark' },
  { name: 'en-390-dark', locale: 'en', width: 390, scheme: 'dark' },
  { name: 'fi-1280-dark', locale: 'fi', width: 1280, scheme: 'dark' },
  { name: 'fi-390-light', locale: 'fi', width: 390, scheme: 'light' },
  { name: 'fa-1280-light', locale: 'fa', width: 1280, scheme: 'light' },
  { name: 'fa-1280-dark', locale: 'fa', width: 1280, scheme: 'dark' },
  { name: 'fa-390-dark', locale: 'fa', width: 390, scheme: 'dark' },
];

const WORDS = {
  en: {
    inbox: 'Inbox',
    alerts: 'Alerts',
    all: 'All alerts',
    crossed: /above the line/,
    acknowledge: 'I see to it',
    acknowledged: /sees to it/,
    snooze: 'Snooze',
    day: 'Until tomorrow',
    snoozed: /Snoozed until/,
    mute: 'Mute',
    month: 'For a month',
    muted: 'Muted',
    resolve: 'It is over',
    newHook: 'Add webhook',
    address: 'Address',
    once: 'Copy the secret now',
    log: 'Deliveries',
    test: 'Send a test',
    delivered: 'Delivered',
    addLine: 'Add a line',
    value: 'Line, for a day',
    above: 'Above',
    save: 'Save',
    told: /^Told when a day of Page views is above 5/,
    probability: 'Tell when the probability falls below',
  },
  fa: {
    inbox: 'صندوق پیام',
    alerts: 'هشدارها',
    all: 'همهٔ هشدارها',
    crossed: /بالای خط/,
    acknowledge: 'پیگیری می‌کنم',
    acknowledged: /پیگیری می‌کند/,
    snooze: 'به تعویق انداختن',
    day: 'تا فردا',
    snoozed: /به تعویق افتاده تا/,
    mute: 'بی‌صدا کردن',
    month: 'برای یک ماه',
    muted: 'بی‌صداها',
    resolve: 'تمام شد',
    newHook: 'افزودن وب‌هوک',
    address: 'نشانی',
    once: 'رمز را اکنون رونوشت کنید',
    log: 'تحویل‌ها',
    test: 'فرستادن آزمایش',
    delivered: 'تحویل شد',
    addLine: 'افزودن خط',
    value: 'خط برای یک روز',
    above: 'بیشتر از',
    save: 'ذخیره',
    told: /^خبر داده می‌شود وقتی بازدید صفحه‌ها/,
    probability: 'خبر بده وقتی احتمال کمتر شود از',
  },
} as const;

let server: Server;
let receiver: Http;
let folder: string;
let received = 0;
let workspace: string;
let site: string;
let goal: string;

/** Asks the API in the name of who is signed in. */
async function call(page: Page, method: string, path: string, data?: object) {
  const headers = { Origin: server.url };
  const url = `${server.url}/api/v1/workspaces/${workspace}${path}`;
  const response = await page.request.fetch(url, { method, headers, data });
  expect(response.ok(), `${method} ${path}: ${await response.text()}`).toBe(true);
  const text = await response.text();
  return text ? JSON.parse(text) : undefined;
}

const iso = (ahead: number) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);

test.beforeAll(async ({ browser }) => {
  folder = await mkdtemp(join(tmpdir(), 'luotsi-alerts-'));
  const config = join(folder, 'luotsi.toml');
  await writeFile(config, '[webhooks]\nallow_private_addresses = true\n');
  process.env.LUOTSI_CONFIG = config;
  receiver = createServer((request, response) => {
    request.resume();
    received += 1;
    response.writeHead(200).end('thank you');
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  server = await Server.start();
  await server.createOwner();
  await server.createSite('shop.example');
  await server.sendEvents(await server.createToken(), history('shop.example', Date.now(), 90));
  const page = await browser.newPage();
  await signIn(page, server);
  const session = await page.request.get(`${server.url}/api/v1/session`);
  workspace = (await session.json()).workspaces[0].id;
  site = (await call(page, 'GET', '/sites')).items[0].id;
  const made = await call(page, 'POST', '/goals', {
    name: 'Views of the season',
    site_id: site,
    metric: 'pageviews',
    target_kind: 'percent',
    target_input: 20,
    start_date: iso(-30),
    deadline: iso(60),
    review_rhythm: 'weekly:monday',
  });
  goal = made.id;
  await page.close();
});

test.afterAll(async () => {
  delete process.env.LUOTSI_CONFIG;
  await server?.stop();
  receiver?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

// The next sign-in is in English again.
test.afterEach(async ({ page }) => {
  const headers = { Origin: server.url };
  await page.request.patch(`${server.url}/api/v1/user`, { headers, data: { locale: 'en' } });
});

/** Signed in, with the screens in a language. */
async function enter(page: Page, locale: 'en' | 'fa'): Promise<string> {
  await signIn(page, server);
  await page.evaluate((chosen) => localStorage.setItem('luotsi-locale', chosen), locale);
  const headers = { Origin: server.url };
  await page.request.patch(`${server.url}/api/v1/user`, { headers, data: { locale } });
  return `${server.url}/w/${workspace}`;
}

/** Walks through the open menu to an item; the menu takes the keys only when it has unfolded. */
async function chooseByKeyboard(page: Page, name: string): Promise<void> {
  const item = page.getByRole('menuitem', { name });
  await expect(async () => {
    await page.keyboard.press('ArrowDown');
    await expect(item).toBeFocused({ timeout: 500 });
  }).toPass();
  await page.keyboard.press('Enter');
}

for (const locale of ['en', 'fa'] as const) {
  const words = WORDS[locale];

  test(`an incident is in the inbox and is handled by keyboard: ${locale}`, async ({ page }) => {
    const base = await enter(page, locale);
    // A line of its own for each language, so that each has its own incident.
    const amount = locale === 'en' ? 0.5 : 0.75;
    const line = { site_id: site, metric: 'pageviews', side: 'above', value: amount };
    await call(page, 'POST', '/alert-lines', line);
    expect((await call(page, 'POST', '/alerts/look', {})).told).toBeGreaterThan(0);

    await page.goto(`${base}/inbox`);
    await expect(page.getByRole('heading', { level: 1, name: words.inbox })).toBeVisible();
    const message = page.getByRole('region', { name: words.crossed }).first();
    await expect(message).toBeVisible();
    await page.getByRole('link', { name: words.all }).focus();
    await page.keyboard.press('Enter');

    await expect(page.getByRole('heading', { level: 1, name: words.alerts })).toBeVisible();
    const incident = page.getByRole('region', { name: words.crossed }).first();
    await incident.getByRole('button', { name: words.acknowledge }).focus();
    await page.keyboard.press('Enter');
    await expect(incident.getByText(words.acknowledged)).toBeVisible();

    await incident.getByRole('button', { name: words.snooze }).focus();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('menuitem', { name: words.day })).toBeVisible();
    await chooseByKeyboard(page, words.day);
    await expect(incident.getByText(words.snoozed)).toBeVisible();

    await incident.getByRole('button', { name: words.mute }).focus();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('menuitem', { name: words.month })).toBeVisible();
    await chooseByKeyboard(page, words.month);
    await expect(page.getByRole('heading', { name: words.muted })).toBeVisible();

    await incident.getByRole('button', { name: words.resolve }).focus();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('region', { name: words.crossed })).toHaveCount(0);
  });

  test(`a webhook is added, tested, and its delivery is shown: ${locale}`, async ({ page }) => {
    const base = await enter(page, locale);
    const before = received;
    await page.goto(`${base}/settings/webhooks`);
    await page.getByRole('button', { name: words.newHook }).first().click();
    const dialog = page.getByRole('dialog');
    const { port } = receiver.address() as AddressInfo;
    await dialog.getByLabel(words.address).fill(`http://127.0.0.1:${port}/${locale}`);
    await page.keyboard.press('Enter');
    await expect(page.getByText(words.once)).toBeVisible();
    await expect(page.getByText(/^whsec_/)).toBeVisible();
    await page.keyboard.press('Escape');
    const row = page.getByRole('listitem').filter({ hasText: `:${port}/${locale}` });
    await row.getByRole('button', { name: words.log }).click();
    await page.getByRole('button', { name: words.test }).click();
    await expect(page.getByRole('dialog').getByText(words.delivered)).toBeVisible();
    await expect(page.getByRole('dialog').getByText('thank you')).toBeVisible();
    expect(received).toBe(before + 1);
  });

  test(`lines are drawn on a goal's page: ${locale}`, async ({ page }) => {
    const base = await enter(page, locale);
    await page.goto(`${base}/goals/${goal}`);
    await page.getByRole('button', { name: words.addLine }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(words.above, { exact: true }).click();
    await dialog.getByLabel(words.value).fill('5000');
    await dialog.getByRole('button', { name: words.save }).click();
    await expect(dialog).toBeHidden();
    const lines = await call(page, 'GET', `/goals/${goal}/watch`);
    expect(lines.lines.some(({ value }: { value: number }) => value === 5000)).toBe(true);
    await expect(page.getByRole('listitem').filter({ hasText: words.told }).first()).toBeVisible();

    const chosen = page.getByLabel(words.probability).first();
    await chosen.click();
    await page.getByRole('option', { name: locale === 'en' ? '30%' : '۳۰٪' }).click();
    await expect
      .poll(async () => (await call(page, 'GET', `/goals/${goal}/watch`)).probability_line)
      .toBe(0.3);
    await call(page, 'PATCH', `/goals/${goal}/watch`, { probability_line: null });
  });
}

test('every screen of alerts is readable, in light and dark, narrow and wide', async ({ page }) => {
  test.setTimeout(300_000);
  const base = await enter(page, 'en');
  const line = { site_id: site, metric: 'visits', side: 'above', value: 0.5 };
  await call(page, 'POST', '/alert-lines', line);
  await call(page, 'POST', '/alerts/look', {});
  const { items } = await call(page, 'GET', '/webhooks');
  if (items.length === 0) {
    const { port } = receiver.address() as AddressInfo;
    const hook = await call(page, 'POST', '/webhooks', { url: `http://127.0.0.1:${port}/looks` });
    await call(page, 'POST', `/webhooks/${hook.id}/test`, {});
  }
  const screens = {
    inbox: `${base}/inbox`,
    alerts: `${base}/alerts`,
    notices: `${base}/settings/notices`,
    webhooks: `${base}/settings/webhooks`,
    'goal-watch': `${base}/goals/${goal}`,
  };
  for (const look of LOOKS) {
    await size(page, look);
    await wear(page, look);
    const headers = { Origin: server.url };
    await page.request.patch(`${server.url}/api/v1/user`, { headers, data: { locale: look.locale } });
    for (const [name, url] of Object.entries(screens)) {
      await page.goto(url);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await expect(page.locator('html')).toHaveAttribute('dir', look.locale === 'fa' ? 'rtl' : 'ltr');
      await inspect(page, `alerts/${name}-${look.name}`);
    }
    // The form of a line, and the log of deliveries.
    await page.goto(screens.alerts);
    await page
      .getByRole('button', { name: { en: 'Add a line', fi: 'Lisää raja', fa: 'افزودن خط' }[look.locale] })
      .click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await inspect(page, `alerts/line-${look.name}`);
    await page.goto(screens.webhooks);
    const log = { en: 'Deliveries', fi: 'Toimitukset', fa: 'تحویل‌ها' }[look.locale];
    await page.getByRole('button', { name: log }).first().click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await inspect(page, `alerts/deliveries-${look.name}`);
  }
});
