/** Fixtures: a running server with an owner, a customer's site, its pages. */

import { test as base, expect, type Page } from '@playwright/test';
import { history } from './history';
import { Pages } from './pages';
import { OWNER, type Question, type Row, Server } from './server';

/** A site that no other test touches. */
export interface Site {
  domain: string;
  /** Puts a page with the tracker on the site; returns the page's address. */
  page(path: string, attributes?: string, body?: string): string;
  /** Asks the query API about today. */
  query(question: Question): Promise<Row[]>;
  /** Metrics of today, without dimensions. */
  total(...metrics: string[]): Promise<Row['metrics']>;
  /** The keys that the site was born with, by protocol. */
  keys: Record<string, string>;
  /** Gives the site a past of so many days. */
  live(days: number): Promise<void>;
}

interface WorkerFixtures {
  server: Server;
  token: string;
  pages: Pages;
}

let sites = 0;

export const test = base.extend<{ site: Site }, WorkerFixtures>({
  server: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern.
    async ({}, use) => {
      const server = await Server.start();
      await server.createOwner();
      await use(server);
      await server.stop();
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  token: [async ({ server }, use) => use(await server.createToken()), { scope: 'worker' }],
  pages: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern.
    async ({}, use) => {
      const pages = await Pages.start();
      await use(pages);
      await pages.stop();
    },
    { scope: 'worker' },
  ],
  // The language that a test chose for the owner is its own.
  page: async ({ page, server }, use) => {
    await use(page);
    const headers = { Origin: server.url };
    await page.request.patch(`${server.url}/api/v1/user`, { headers, data: { locale: 'en' } });
  },
  site: async ({ server, token, pages }, use, testInfo) => {
    const domain = `shop-${testInfo.workerIndex}-${++sites}.example`;
    const made = JSON.parse(await server.createSite(domain));
    const query = (question: Question) => server.query(token, domain, question);
    await use({
      domain,
      page: (path, attributes = '', body = '') => {
        const script = `<script defer data-domain="${domain}" src="${server.url}/js/luotsi.js" ${attributes}></script>`;
        return pages.put(domain, path, script + body);
      },
      query,
      total: async (...metrics) => (await query({ metrics }))[0]?.metrics ?? [],
      keys: made.keys,
      live: (days) => server.sendEvents(token, history(domain, Date.now(), days)),
    });
  },
});

/** Signs the owner in; home is open afterwards. */
export async function signIn(page: Page, server: Server, narrow = false): Promise<void> {
  await page.goto(server.url);
  await page.getByLabel('E-mail').fill(OWNER.email);
  await page.getByRole('textbox', { name: 'Password' }).fill(OWNER.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  const inside = narrow
    ? page.getByRole('button', { name: 'Menu' })
    : page.getByRole('navigation', { name: 'Main' });
  await expect(inside).toBeVisible();
}

/** Picks from a select by its label. */
export async function choose(page: Page, label: string, option: string): Promise<void> {
  await page
    .getByRole('textbox', { name: label })
    .or(page.getByRole('combobox', { name: label }))
    .first()
    .click();
  await page.getByRole('option', { name: option, exact: true }).click();
}

export { expect };
