/** What every screen is looked at for: a picture, accessibility, and that it fits. */

import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** Problems that axe calls serious or critical, with where they are. */
async function seriousProblems(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.html}`));
}

/** Waits for what loads and for what moves. */
async function settle(page: Page): Promise<void> {
  await expect(page.getByRole('heading').first()).toBeVisible();
  await expect(page.locator('.mantine-Skeleton-root')).toHaveCount(0);
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(600);
}

/** What to look at, and what must hold on every screen. */
export async function inspect(page: Page, file: string): Promise<void> {
  await settle(page);
  await page.screenshot({ path: `screenshots/${file}.png`, fullPage: true });
  expect.soft(await seriousProblems(page), file).toEqual([]);
  const wider = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect.soft(wider, `${file} scrolls sideways`).toBeLessThanOrEqual(0);
}

export interface Look {
  name: string;
  locale: 'en' | 'fi' | 'fa';
  width: number;
  scheme: 'light' | 'dark';
}

/** Screen, colours and language of a look; the page must be signed in already. */
export async function wear(page: Page, look: Look): Promise<void> {
  await page.evaluate((locale) => localStorage.setItem('luotsi-locale', locale), look.locale);
}

/** Screen and colours of a look. */
export async function size(page: Page, look: Look): Promise<void> {
  await page.setViewportSize({ width: look.width, height: look.width === 390 ? 844 : 800 });
  await page.emulateMedia({ colorScheme: look.scheme, reducedMotion: 'reduce' });
}
