import { expect, test } from '@playwright/test';
import { history } from '../harness/history';
import { inspect, type Look, size, wear } from '../harness/looks';
import { Server } from '../harness/server';
import { signIn } from '../harness/test';

// What a team has on the screen, on the wall and on paper when it meets: goals, a review, boards.

const LOOKS: Look[] = [
  { name: 'en-1280-dark', locale: 'en', width: 1280, scheme: 'dark' },
  { name: 'fi-1280-light', locale: 'fi', width: 1280, scheme: 'light' },
  { name: 'fi-390-dark', locale: 'fi', width: 390, scheme: 'dark' },
  { name: 'fa-1280-light', locale: 'fa', width: 1280, scheme: 'light' },
];

/** Looks in which the screens are printed, too. */
const PRINTED = ['fi-1280-light', 'fa-1280-light'];

const WALL = { en: 'Full screen', fi: 'Koko näyttö', fa: 'تمام‌صفحه' };

/** Screens below a workspace; the board is the last, for it is then put on the wall. */
const SCREENS = {
  goals: '',
  goal: '/goals/:goal',
  'goal-new': '/goals/new?metric=visits',
  review: '/goals/:goal/review',
  objectives: '/objectives',
  board: '/boards/:board',
};

let server: Server;
let workspace: string;
const ids: Record<string, string> = {};

const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);

test.beforeAll(async ({ browser }) => {
  server = await Server.start();
  await server.createOwner();
  await server.createSite('shop.example');
  await server.sendEvents(await server.createToken(), history('shop.example', Date.now(), 120));
  const page = await browser.newPage();
  await signIn(page, server);
  const call = async (method: string, path: string, data?: object) => {
    const headers = { Origin: server.url };
    const response = await page.request.fetch(server.url + path, { method, headers, data });
    expect(response.ok(), `${method} ${path}: ${await response.text()}`).toBe(true);
    return response.json();
  };
  workspace = (await call('GET', '/api/v1/session')).workspaces[0].id;
  const base = `/api/v1/workspaces/${workspace}`;
  const site = (await call('GET', `${base}/sites`)).items[0].id;
  const purchase = { kind: 'event', event_name: 'Purchase', display_name: 'Purchase', revenue: true };
  await call('POST', `${base}/sites/${site}/conversions`, purchase);
  const objective = await call('POST', `${base}/objectives`, { name: 'More first-time customers' });
  const goal = await call('POST', `${base}/goals`, {
    site_id: site,
    objective_id: objective.id,
    name: 'Autumn visits',
    metric: 'visits',
    target_kind: 'percent',
    target_input: 30,
    start_date: day(-40),
    deadline: day(50),
  });
  ids.goal = goal.id;
  const milestone = { name: 'Half of the way', date: day(5), value: goal.target.value / 2 };
  await call('POST', `${base}/goals/${goal.id}/milestones`, milestone);
  await call('POST', `${base}/goals/${goal.id}/work`, {
    kind: 'campaign',
    name: 'Autumn newsletter',
    start_date: day(-30),
    end_date: day(10),
  });
  await call('POST', `${base}/goals/${goal.id}/reviews`, {
    learned: 'The newsletter brings the most.',
    decisions: [{ text: 'Send it every week.', decided_on: day(-20) }],
    next_steps: [{ text: 'Write the next four.' }],
    ratings: [4, 3, 4, 3],
  });
  const of = { site_id: site, width: 4, height: 4 };
  const board = await call('POST', `${base}/boards`, {
    name: 'Monday',
    tiles: [
      { id: 'a', kind: 'number', ...of, metric: 'visits' },
      {
        id: 'b',
        kind: 'number',
        ...of,
        metric: 'total_revenue',
        filters: [['is', 'event:goal', ['Purchase']]],
      },
      { id: 'c', kind: 'note', width: 4, height: 4, text: '## This week\n- **Ask** why' },
      { id: 'd', kind: 'pace', width: 6, height: 4, goal_id: goal.id },
      { id: 'e', kind: 'trend', ...of, width: 6, metric: 'visits' },
      { id: 'f', kind: 'breakdown', ...of, metric: 'visits', dimension: 'visit:channel', rows: 6 },
      {
        id: 'g',
        kind: 'table',
        ...of,
        metrics: ['visits', 'pageviews'],
        dimension: 'visit:country',
        rows: 5,
      },
      {
        id: 'h',
        kind: 'funnel',
        ...of,
        steps: [{ page: '/' }, { name: 'Purchase', conversion: 'Purchase' }],
        window_days: 7,
      },
    ],
  });
  ids.board = board.id;
  const share = await call('POST', `${base}/boards/${board.id}/shares`, { name: 'Agency' });
  ids.share = new URL(share.url).pathname;
  await page.close();
});
test.afterAll(() => server.stop());

// The next sign-in is in English again.
test.afterEach(async ({ page }) => {
  const headers = { Origin: server.url };
  await page.request.patch(`${server.url}/api/v1/user`, { headers, data: { locale: 'en' } });
});

for (const look of LOOKS) {
  test(`a meeting's screens and papers are fit to be seen: ${look.name}`, async ({ page }) => {
    test.setTimeout(180_000);
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    await size(page, look);
    await signIn(page, server, look.width < 800);
    await wear(page, look);
    // What the server says is in the person's language, too.
    const headers = { Origin: server.url };
    await page.request.patch(`${server.url}/api/v1/user`, { headers, data: { locale: look.locale } });
    for (const [name, path] of Object.entries(SCREENS)) {
      const filled = path.replace(/:(\w+)/, (_, word) => ids[word] ?? '');
      await page.goto(`${server.url}/w/${workspace}${filled}`);
      await inspect(page, `${name}-${look.name}`);
      if (PRINTED.includes(look.name) && ['goal', 'review', 'board', 'goals'].includes(name)) {
        await page.emulateMedia({ media: 'print' });
        await expect(page.getByRole('navigation')).toHaveCount(0);
        await inspect(page, `${name}-${look.name}-print`);
        await page.emulateMedia({ media: 'screen' });
      }
    }
    await page.getByRole('button', { name: WALL[look.locale], exact: true }).click();
    await inspect(page, `wall-${look.name}`);
    await page.keyboard.press('Escape');
    await page.goto(server.url + ids.share);
    await inspect(page, `shared-${look.name}`);
    expect(errors).toEqual([]);
  });
}
