import type { Page } from '@playwright/test';
import { EIGHT, type Wanted } from '../harness/eight';
import type { Server } from '../harness/server';
import { choose, expect, type Site, signIn, test } from '../harness/test';

/** The address of the workspace on screen. */
const home = (page: Page) => /^.*\/w\/[^/?#]+/.exec(page.url())?.[0] ?? '';

async function api<T>(page: Page, method: string, path: string, data?: object): Promise<T> {
  const { origin, pathname } = new URL(home(page));
  const workspace = pathname.split('/').pop();
  const response = await page.request.fetch(`${origin}/api/v1/workspaces/${workspace}${path}`, {
    method,
    headers: { Origin: origin },
    data,
  });
  expect(response.ok(), `${method} ${path}: ${await response.text()}`).toBe(true);
  return response.status() === 204 ? (undefined as T) : response.json();
}

async function siteId(page: Page, site: Site): Promise<string> {
  const { items } = await api<{ items: { id: string; domain: string }[] }>(page, 'GET', '/sites');
  return items.find(({ domain }) => domain === site.domain)?.id ?? '';
}

/** Signed in, with a site that has a past and a conversion. */
async function ready(page: Page, server: Server, site: Site): Promise<string> {
  await site.live(120);
  await signIn(page, server);
  const id = await siteId(page, site);
  const purchase = { kind: 'event', event_name: 'Purchase', display_name: 'Purchase', revenue: true };
  await api(page, 'POST', `/sites/${id}/conversions`, purchase);
  return id;
}

/** Opens a letter, unless it is open. */
async function open(page: Page, letter: RegExp): Promise<void> {
  const head = page.getByRole('button', { name: letter });
  if ((await head.getAttribute('aria-expanded')) !== 'true') await head.click();
}

const WORDS = {
  en: {
    label: 'Say the goal in one sentence',
    specific: /^Specific/,
    measurable: /^Measurable/,
    conversion: 'Of which conversion?',
    today: / today/,
    keep: 'Keep the figure',
    set: 'Set the goal',
  },
  fa: {
    label: 'هدف را در یک جمله بگویید',
    specific: /^مشخص/,
    measurable: /^سنجش‌پذیر/,
    conversion: 'از کدام تبدیل؟',
    today: / امروز/,
    keep: 'نگه داشتن رقم',
    set: 'گذاشتن هدف',
  },
} as const;

interface Goal {
  id: string;
  site_id: string;
  metric: string;
  filters: unknown[];
  better: string;
  counting: { kind: string };
  baseline: { value: number; days: number };
  target: { kind: string; input: number; value: number };
  start_date: string;
  deadline: string;
  probability: number | null;
  progress: { trouble: string | null; actual: number | null };
  verdicts: { code: string }[];
  milestones: { name: string; value: number | null }[];
  observations: { series: string; places: { dimensions: Record<string, string> }[] } | null;
}

/** The site's day today, and one some months later. */
function dayIn(months: number): string {
  const [year = 0, month = 1, day = 1] = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Helsinki' })
    .format(new Date())
    .split('-')
    .map(Number);
  const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + months, Math.min(day, last))).toISOString().slice(0, 10);
}

/** Eleven weeks before today in which a figure stood a little further away each, as a program brings it. */
async function past(page: Page, goal: Goal, wanted: Wanted): Promise<void> {
  const { observations } = goal;
  if (!observations) throw new Error('nothing is entered for this goal');
  const away = wanted.better === 'more' ? -0.01 : 0.02;
  const readings = observations.places.flatMap(({ dimensions }) => {
    const now = Number(wanted.first?.[Object.values(dimensions).join(', ')]) * (wanted.scale ?? 1);
    return Array.from({ length: 11 }, (_, week) => ({
      series: observations.series,
      dimensions,
      day: new Date(Date.parse(dayIn(0)) - (week + 1) * 7 * 86_400_000).toISOString().slice(0, 10),
      // Up and down a little: what never wavers is nothing to forecast.
      value: now * (1 + away * (week + 1) + (week % 3) * 0.002),
      site_id: goal.site_id,
    }));
  });
  await api(page, 'POST', '/observations', { goal_id: goal.id, observations: readings });
}

for (const locale of ['en', 'fa'] as const) {
  test(`the eight goals can be said, set and computed: ${locale}`, async ({ page, server, site }) => {
    test.setTimeout(300_000);
    const words = WORDS[locale];
    const id = await ready(page, server, site);
    const base = home(page);
    await page.request.patch(`${server.url}/api/v1/user`, {
      headers: { Origin: server.url },
      data: { locale },
    });
    await page.evaluate((chosen) => localStorage.setItem('luotsi-locale', chosen), locale);
    const goalOnPage = () => api<Goal>(page, 'GET', `/goals/${page.url().split('/').pop()}`);
    const figure = (place: string) =>
      page.getByRole('textbox', { name: place ? new RegExp(place) : words.today });
    try {
      for (const wanted of EIGHT[locale]) {
        await test.step(wanted.sentence, async () => {
          await page.goto(`${base}/goals/new?site=${id}`);
          await page.getByLabel(words.label).fill(wanted.sentence);
          await expect(page.locator('mark').first()).toBeVisible();
          if (wanted.of) {
            await open(page, words.specific);
            await choose(page, words.conversion, wanted.of);
          }
          if (wanted.first) {
            await open(page, words.measurable);
            for (const [place, value] of Object.entries(wanted.first)) {
              await figure(`${words.today.source}.*${place}`).fill(value);
            }
            await page.getByRole('button', { name: words.keep }).click();
            await expect(figure('').first()).toHaveValue('');
          }
          await page.getByRole('button', { name: words.set }).click();
          await expect(page).toHaveURL(/\/goals\/[0-9a-f-]{36}$/);
          await expect(page.getByRole('heading', { level: 1 })).toContainText(wanted.says);

          let goal = await goalOnPage();
          expect(goal).toMatchObject({
            metric: wanted.metric,
            filters: wanted.filters,
            better: wanted.better,
            counting: { kind: wanted.counting },
            start_date: dayIn(0),
            deadline: dayIn(wanted.months),
            target: { kind: wanted.kind, input: wanted.input },
          });
          expect(goal.progress.trouble).toBeNull();
          // A rate of figures that are not over yet has no baseline; its target is a value.
          const started = !wanted.first || wanted.counting !== 'ratio';
          if (started) expect(goal.baseline.days).toBeGreaterThan(0);
          expect(goal.target.value).toBeCloseTo(wanted.target(goal.baseline.value), 6);
          const codes = goal.verdicts.map(({ code }) => code);
          expect(codes).toEqual(expect.arrayContaining(wanted.verdicts ?? []));

          const { second } = wanted;
          if (second) {
            // What the wizard took is where the goal stands and starts.
            const stands = goal.progress.actual;
            if (started) expect(goal.baseline.value).toBe(stands);
            await past(page, goal, wanted);
            await page.reload();
            await figure(second.place).fill(second.value);
            await page.getByRole('button', { name: words.keep }).click();
            await expect(figure(second.place)).toHaveValue('');
            goal = await goalOnPage();
            expect(goal.progress.actual).not.toBe(stands);
            expect(goal.progress.actual).toBeCloseTo(second.reached, 6);
          }
          expect(goal.probability).toBeGreaterThanOrEqual(0);
          expect(goal.probability).toBeLessThanOrEqual(1);
        });
      }
      await page.goto(base);
      await expect(page.getByRole('listitem').getByRole('heading', { level: 3 })).not.toHaveCount(0);
    } finally {
      await page.request.patch(`${server.url}/api/v1/user`, {
        headers: { Origin: server.url },
        data: { locale: 'en' },
      });
    }
  });
}

test('fewer may be better: a fall that was asked for is no miss', async ({ page, server, site }) => {
  const id = await ready(page, server, site);
  await page.goto(`${home(page)}/goals/new?site=${id}`);
  await page.getByLabel(WORDS.en.label).fill('Reduce page views by 10 % in 3 months');
  await expect(page.locator('mark').first()).toBeVisible();
  await open(page, /^Achievable/);
  await expect(page.getByRole('radio', { name: 'Less is better' })).toBeChecked();
  // Against the direction, the change is refused where it was typed.
  await page.getByText('More is better').click();
  await expect(page.getByText(/this change makes it worse/).first()).toBeVisible();
  await page.getByText('Less is better').click();
  await page.getByRole('button', { name: WORDS.en.set }).click();
  await expect(page).toHaveURL(/\/goals\/[0-9a-f-]{36}$/);
  const goal = await api<Goal>(page, 'GET', `/goals/${page.url().split('/').pop()}`);
  expect(goal).toMatchObject({
    metric: 'pageviews',
    better: 'less',
    target: { kind: 'percent', input: -10 },
  });
  expect(goal.target.value).toBeCloseTo(goal.baseline.value * 0.9, 6);
  // Its traffic grows: that it falls is unlikely.
  expect(goal.probability).toBeLessThan(0.5);
});

test('a time by a milestone is typed in hours', async ({ page, server, site }) => {
  const id = await ready(page, server, site);
  const made = await api<Goal>(page, 'POST', '/goals', {
    site_id: id,
    metric: 'reply_time',
    target_kind: 'absolute',
    target_input: 7_200,
    start_date: dayIn(0),
    deadline: dayIn(3),
  });
  const half = { name: 'Half of the way', date: dayIn(1), value: 21_600 };
  await api(page, 'POST', `/goals/${made.id}/milestones`, half);
  await page.goto(`${home(page)}/goals/${made.id}`);
  await page.getByRole('button', { name: 'What to do with Half of the way' }).click();
  await page.getByRole('menuitem', { name: 'Edit' }).click();
  const dialog = page.getByRole('dialog');
  const value = dialog.getByRole('textbox', { name: /^Figure by then/ });
  await expect(value).toHaveValue('6');
  await value.fill('2,5');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  const goal = await api<Goal>(page, 'GET', `/goals/${made.id}`);
  expect(goal.milestones).toMatchObject([{ name: 'Half of the way', value: 9_000 }]);
});

test('a goal is built by choices, letter by letter, and has a page of its own', async ({
  page,
  server,
  site,
}) => {
  const id = await ready(page, server, site);
  await page.goto(`${home(page)}/goals/new?site=${id}`);
  await expect(page.getByRole('heading', { name: 'A new goal' })).toBeVisible();
  await choose(page, 'Which figure?', 'Visits');
  await page.getByRole('button', { name: /^Measurable/ }).click();
  await expect(page.getByText(/^Data arrives/)).toBeVisible();
  await page.getByRole('button', { name: /^Time-bound/ }).click();
  await page.getByRole('button', { name: 'In 3 months', exact: true }).click();

  await page.getByRole('button', { name: /^Achievable/ }).click();
  await page.getByLabel('By how many per cent?').fill('30');
  await expect(page.getByText(/against a baseline of/).first()).toBeVisible();

  await page.getByRole('button', { name: /^Relevant/ }).click();
  const objective = page.getByPlaceholder('For example: more returning customers');
  const another = page.getByRole('button', { name: 'A new objective' });
  await expect(objective.or(another)).toBeVisible();
  if (await another.isVisible()) await another.click();
  await objective.fill('More first-time customers');
  await page.getByRole('button', { name: 'Create the objective' }).click();
  await page.getByLabel('Short name').fill('Autumn visits');
  await page.getByRole('button', { name: 'Set the goal' }).click();

  await expect(page.getByRole('heading', { level: 1 })).toContainText('visits');
  await expect(page.getByText('Autumn visits')).toBeVisible();
  await expect(page.getByText('More first-time customers').first()).toBeVisible();
  await expect(page.getByText(/^of 9\d days$/)).toBeVisible();
  await expect(
    page.getByText('On track').or(page.getByText('Behind')).or(page.getByText('Ahead')).first(),
  ).toBeVisible();

  // Home lists it, and the tree hangs it below its objective.
  await page.getByRole('link', { name: 'Goals', exact: true }).click();
  await expect(page.getByRole('link', { name: /visits/ }).first()).toBeVisible();
  await page.getByRole('link', { name: 'Objectives', exact: true }).click();
  await expect(page.getByRole('treeitem', { name: /^Goal.*Autumn visits/ })).toBeVisible();
});

test('a goal is planned, reviewed and kept in view', async ({ page, server, site }) => {
  const id = await ready(page, server, site);
  await page.goto(`${home(page)}/goals/new?site=${id}&metric=visits`);
  // The past offers three targets; the one in the middle is reached every other time.
  const even = page.getByRole('button', { name: /^Even/ });
  await even.click();
  await expect(even).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByText('likely to reach it')).toBeVisible();
  await page.getByRole('button', { name: 'Set the goal' }).click();
  await expect(page.getByText('likely to reach it')).toBeVisible();

  await page.getByRole('button', { name: 'Cut the way' }).click();
  await page.getByRole('menuitem', { name: 'At the end of each month' }).click();
  await expect(page.getByRole('button', { name: /^What to do with (?!this goal)/ }).first()).toBeVisible();

  // A review: prepared, held, and kept beside the goal.
  await page.getByRole('link', { name: 'Hold a review' }).click();
  await expect(page.getByRole('heading', { name: 'What changed' })).toBeVisible();
  await page.getByLabel('What did you learn?').fill('The newsletter brings the most.');
  await page.getByRole('button', { name: 'Add a decision' }).click();
  await page.getByRole('textbox', { name: 'Decisions' }).fill('Send it every week.');
  await page.getByRole('button', { name: 'Keep the review' }).click();
  await expect(page.getByText('The newsletter brings the most.')).toBeVisible();
  await expect(page.getByText('Send it every week.')).toBeVisible();
});

test('a goal that is not complete says what is still open', async ({ page, server, site }) => {
  await site.live(3);
  await signIn(page, server);
  await page.goto(`${home(page)}/goals/new`);
  await page.getByRole('button', { name: 'Set the goal' }).click();
  await expect(page.getByText(/^Still open: .*Specific/).first()).toBeVisible();
  await expect(page.getByRole('heading', { name: 'A new goal' })).toBeVisible();
});

test('the tree is walked and changed by keyboard, and grown from a ready set', async ({
  page,
  server,
  site,
}) => {
  await site.live(30);
  await signIn(page, server);
  await page.goto(`${home(page)}/objectives/templates`);
  await page.getByRole('button', { name: 'Use this set: Web shop' }).click();
  await page.getByRole('button', { name: 'Create all of it' }).click();
  const tree = page.getByRole('tree', { name: 'Objectives' });
  await expect(tree).toBeVisible();
  await expect(tree.getByRole('treeitem', { name: /^KPI/ }).first()).toBeVisible();
  const first = tree.getByRole('treeitem').first();
  await first.focus();
  await page.keyboard.press('ArrowDown');
  await expect(first).not.toBeFocused();
  await page.keyboard.press('Home');
  await expect(first).toBeFocused();
  // Folded, its children are gone; unfolded, they are back.
  await page.keyboard.press('ArrowLeft');
  await expect(first).toHaveAttribute('aria-expanded', 'false');
  await page.keyboard.press('ArrowRight');
  await expect(first).toHaveAttribute('aria-expanded', 'true');

  // A KPI moves below another objective.
  const kpi = tree.getByRole('treeitem', { name: /^KPI/ }).first();
  const name = (await kpi.locator('bdi').textContent()) ?? '';
  await kpi.focus();
  await page.keyboard.press('m');
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText(name);
  await dialog.getByRole('combobox').or(dialog.getByRole('textbox')).first().click();
  await page.getByRole('option').first().click();
  await dialog.getByRole('button', { name: 'Move' }).click();
  await expect(dialog).toBeHidden();
  await expect(tree.getByRole('treeitem', { name: new RegExp(`^KPI.*${name}`) })).toBeVisible();
});

test('what moved a goal leads to the dashboard, narrowed to it', async ({ page, server, site }) => {
  const id = await ready(page, server, site);
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const goal = await api<{ id: string }>(page, 'POST', '/goals', {
    site_id: id,
    metric: 'visits',
    target_kind: 'percent',
    target_input: 20,
    start_date: day(-30),
    deadline: day(60),
  });
  await page.goto(`${home(page)}/goals/${goal.id}`);
  const moved = page.locator('section, div').filter({
    has: page.getByRole('heading', { name: 'What moved it', exact: true }),
  });
  const cause = moved.last().getByRole('table').getByRole('link').first();
  const name = await cause.textContent();
  await cause.click();
  await expect(page).toHaveURL(/\/sites\/[0-9a-f-]{36}\?.*range=custom/);
  await expect(page.getByText(name ?? '').first()).toBeVisible();
});
