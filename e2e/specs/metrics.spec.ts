import { AxeBuilder } from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import type { Server } from '../harness/server';
import { expect, type Site, signIn, test } from '../harness/test';

const WORDS = {
  en: {
    named: { ratio: 'Orders per visit', funnel: 'Thanked' },
    keys: { ratio: 'orders_per_visit', funnel: 'thanked' },
    new: 'New metric',
    name: 'Name',
    what: 'What is counted',
    ratio: 'Ratio',
    funnel: 'Funnel',
    sql: 'SQL expression',
    above: 'What is counted (above)',
    event: 'Event',
    step: (n: number) => `Step ${n}`,
    stepKind: 'Kind of step 2',
    page: 'Page',
    addStep: 'Add a step',
    expression: 'Expression',
    preview: 'Preview',
    save: 'Save',
    edit: 'Edit',
    close: 'Close',
    why: 'Why it was changed',
    version: (n: number) => `Version ${n}`,
    refused: 'This function is not known',
    number: 'Number',
    means: (column: string) => `What “${column}” means`,
    series: 'Series of all rows',
    check: 'Preview',
    bad: 'Line 3',
    good: /All .* rows can be read/,
    import: /^Import/,
    imported: /Imported: 3 new/,
    followers: 'Followers',
    readings: /All readings/,
    keep: 'Keep it',
    kept: 'The figure is kept.',
  },
  fa: {
    named: { ratio: 'سفارش به ازای بازدید', funnel: 'تا سپاس' },
    // A key has Latin letters only.
    keys: { ratio: 'metric', funnel: 'metric_2' },
    new: 'سنجهٔ تازه',
    name: 'نام',
    what: 'چه چیزی شمرده می‌شود',
    ratio: 'نسبت',
    funnel: 'قیف',
    sql: 'عبارت SQL',
    above: 'چه شمرده می‌شود (بالا)',
    event: 'رویداد',
    step: (n: number) => `گام ${'۰۱۲۳۴'[n]}`,
    stepKind: 'نوع گام ۲',
    page: 'صفحه',
    addStep: 'افزودن گام',
    expression: 'عبارت',
    preview: 'پیش‌نمایش',
    save: 'ذخیره',
    edit: 'ویرایش',
    close: 'بستن',
    why: 'چرا تغییر کرد',
    version: (n: number) => `نسخهٔ ${'۰۱۲۳۴'[n]}`,
    refused: 'این تابع شناخته نیست',
    number: 'مقدار',
    means: (column: string) => `معنای «${column}»`,
    series: 'سری همهٔ سطرها',
    check: 'پیش‌نمایش جدول',
    bad: 'سطر ۳',
    good: /همهٔ .* سطر خوانده می‌شود/,
    import: /^وارد کردن/,
    imported: /وارد شد: ۳ تازه/,
    followers: 'دنبال‌کنندگان',
    readings: /همهٔ خوانش‌ها/,
    keep: 'نگه داشتن',
    kept: 'رقم نگه داشته شد.',
  },
} as const;
type Words = (typeof WORDS)[keyof typeof WORDS];

/** A table as each language's people write it; its second row cannot be read. */
const TABLES = {
  en: {
    columns: ['Date', 'Network', 'Followers'],
    bad: 'Date,Network,Followers\n2026-01-05,Instagram,"1,200"\n2026-01-06,Instagram,many\n2026-01-07,Instagram,"1,230.5"\n',
    good: 'Date,Network,Followers\n2026-01-05,Instagram,"1,200"\n2026-01-06,Instagram,"1,210"\n2026-01-07,Instagram,"1,230.5"\n',
    today: '1,300',
    last: '1,300',
  },
  fa: {
    columns: ['تاریخ', 'شبکه', 'دنبال‌کننده'],
    bad: 'تاریخ;شبکه;دنبال‌کننده\n۱۴۰۴/۱۰/۱۵;اینستاگرام;۱۲۰۰\n۱۴۰۴/۱۰/۱۶;اینستاگرام;زیاد\n۱۴۰۴/۱۰/۱۷;اینستاگرام;۱۲۳۰٫۵\n',
    good: 'تاریخ;شبکه;دنبال‌کننده\n۱۴۰۴/۱۰/۱۵;اینستاگرام;۱۲۰۰\n۱۴۰۴/۱۰/۱۶;اینستاگرام;۱۲۱۰\n۱۴۰۴/۱۰/۱۷;اینستاگرام;۱۲۳۰٫۵\n',
    today: '۱۳۰۰',
    last: '۱٬۳۰۰',
  },
} as const;

async function begin(page: Page, server: Server, site: Site, locale: 'en' | 'fa'): Promise<string> {
  await site.live(40);
  await signIn(page, server);
  await page.request.patch(`${server.url}/api/v1/user`, {
    headers: { Origin: server.url },
    data: { locale },
  });
  await page.evaluate((chosen) => localStorage.setItem('luotsi-locale', chosen), locale);
  return `${/^.*\/w\/[^/?#]+/.exec(page.url())?.[0]}/settings`;
}

async function choose(page: Page, scope: Page | Locator, name: string, option: string) {
  await scope.getByRole('combobox', { name, exact: true }).click();
  await page.getByRole('option', { name: option, exact: true }).click();
}

/** Nothing serious, in light and in dark. */
async function sound(page: Page, what: string) {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    // Colours change for a moment after the scheme did.
    await expect(async () => {
      // What lies behind a dialog is out of reach while it is open.
      const dialogs = await page.getByRole('dialog').count();
      const axe = new AxeBuilder({ page });
      const { violations } = await (dialogs > 0 ? axe.include('[role="dialog"]') : axe).analyze();
      const serious = violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
      expect(serious, `${what}, ${colorScheme}`).toEqual([]);
    }).toPass({ timeout: 20_000 });
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
}

/** The figure of the preview, once there is one. */
async function previewed(dialog: Locator): Promise<string> {
  const figure = dialog.getByTestId('preview-figure');
  await expect(figure).toHaveText(/[0-9۰-۹]/);
  return (await figure.textContent()) ?? '';
}

const item = (key: string) => `[data-metric="${key}"]`;

async function defineMetrics(page: Page, words: Words) {
  await page.getByRole('button', { name: words.new }).first().click();
  const dialog = page.getByRole('dialog', { name: words.new });
  await dialog.getByLabel(words.name, { exact: true }).fill(words.named.ratio);
  await choose(page, dialog, words.what, words.ratio);
  await dialog
    .getByRole('group', { name: words.above })
    .getByLabel(words.event, { exact: true })
    .fill('Purchase');
  await previewed(dialog);
  await sound(page, 'form of a ratio');
  await dialog.getByRole('button', { name: words.save, exact: true }).click();
  // What was kept opens with its figure.
  const drawer = page.getByRole('dialog', { name: words.named.ratio });
  await expect(drawer.getByText(/[0-9۰-۹][%٪]/).first()).toBeVisible();
  await sound(page, 'a metric');
  await drawer.getByRole('button', { name: words.close, exact: true }).click();
  await expect(page.locator(item(words.keys.ratio)).getByTestId('figure')).toHaveText(/[0-9۰-۹]/);

  await page.getByRole('button', { name: words.new }).first().click();
  await dialog.getByLabel(words.name, { exact: true }).fill(words.named.funnel);
  await choose(page, dialog, words.what, words.funnel);
  await dialog.getByLabel(words.step(1), { exact: true }).fill('/');
  await choose(page, dialog, words.stepKind, words.page);
  await dialog.getByLabel(words.step(2), { exact: true }).fill('/thank-you');
  await dialog.getByRole('button', { name: words.addStep }).click();
  await dialog.getByLabel(words.step(3), { exact: true }).fill('Purchase');
  await previewed(dialog);
  await dialog.getByRole('button', { name: words.save, exact: true }).click();
  await page
    .getByRole('dialog', { name: words.named.funnel })
    .getByRole('button', { name: words.close, exact: true })
    .click();
  await expect(page.locator(item(words.keys.funnel))).toBeVisible();
}

async function editMetric(page: Page, words: Words) {
  await page.locator(item(words.keys.ratio)).getByRole('link').click();
  await page.getByRole('dialog').getByRole('button', { name: words.edit, exact: true }).click();
  const dialog = page.getByRole('dialog');
  await choose(page, dialog, words.what, words.sql);
  // What the server refuses is told at the field.
  await dialog.getByLabel(words.expression, { exact: true }).fill('magic(revenue)');
  await expect(dialog.getByText(words.refused)).toBeVisible();
  await dialog
    .getByLabel(words.expression, { exact: true })
    .fill("100 * count(*) filter (where name = 'Purchase') / count(distinct visit)");
  await previewed(dialog);
  await dialog.getByLabel(words.why).fill('Every report of an order counts');
  await dialog.getByRole('button', { name: words.save, exact: true }).click();
  const drawer = page.getByRole('dialog', { name: words.named.ratio });
  await expect(drawer.getByText(words.version(2), { exact: true })).toBeVisible();
  await expect(drawer.getByText(words.version(1), { exact: true })).toBeVisible();
  await expect(drawer.getByText('Every report of an order counts')).toBeVisible();
  await drawer.getByRole('button', { name: words.close, exact: true }).click();
}

async function bringTable(page: Page, words: Words, locale: 'en' | 'fa') {
  const table = TABLES[locale];
  const give = (text: string) =>
    page
      .locator('input[type=file]')
      .setInputFiles({ name: 'followers.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
  await give(table.bad);
  const [day, place, value] = table.columns;
  // The columns' meaning is proposed; a person confirms or changes it.
  for (const column of [day, place, value]) {
    await expect(page.getByRole('combobox', { name: words.means(column) })).toBeVisible();
  }
  await page.getByRole('combobox', { name: words.series, exact: true }).fill(words.followers);
  await page.keyboard.press('Escape');
  const check = page.getByRole('button', { name: words.check, exact: true });
  await expect(page.getByRole('combobox', { name: words.means(value) })).toHaveValue(words.number);
  await check.click();
  await expect(page.getByText(words.bad).first()).toBeVisible();
  await sound(page, 'refused lines');
  await give(table.good);
  await expect(page.getByRole('combobox', { name: words.means(day) })).toBeVisible();
  await page.getByRole('combobox', { name: words.series, exact: true }).fill(words.followers);
  await page.keyboard.press('Escape');
  await check.click();
  await expect(page.getByText(words.good)).toBeVisible();
  await page.getByRole('button', { name: words.import }).click();
  await expect(page.getByText(words.imported)).toBeVisible();
  await expect(page.locator('[data-series="followers"]').getByText(words.readings)).toBeVisible();
}

async function typeToday(page: Page, words: Words, locale: 'en' | 'fa') {
  const panel = page.locator('[data-series="followers"]');
  const place = locale === 'en' ? 'Instagram' : 'اینستاگرام';
  await panel.getByLabel(place).focus();
  await page.keyboard.type(TABLES[locale].today);
  await page.keyboard.press('Enter');
  await expect(page.getByText(words.kept).first()).toBeVisible();
  await expect(panel.getByText(TABLES[locale].last).first()).toBeVisible();
}

for (const locale of ['en', 'fa'] as const) {
  test(`figures are defined, changed, brought and typed: ${locale}`, async ({ page, server, site }) => {
    test.setTimeout(240_000);
    const words = WORDS[locale];
    const settings = await begin(page, server, site, locale);
    await page.goto(`${settings}/metrics`);
    await defineMetrics(page, words);
    await editMetric(page, words);
    await sound(page, 'metrics');
    await page.goto(`${settings}/observations`);
    await bringTable(page, words, locale);
    await typeToday(page, words, locale);
    await sound(page, 'observations');
  });
}
