import { choose, expect, signIn, test } from '../harness/test';

test('the wizard takes a goal apart, and the goal page shows its pace', async ({ page, server, site }) => {
  await site.live(90);
  await signIn(page, server);
  await page.goto(`${page.url().replace(/\/$/, '')}/goals/new`);
  await expect(page.getByRole('heading', { name: 'A new goal' })).toBeVisible();
  const sites = page.getByRole('textbox', { name: 'On which site?' });
  if (await sites.count()) await choose(page, 'On which site?', site.domain);
  await choose(page, 'Which figure?', 'Visits');

  await page.getByRole('button', { name: /^Measurable/ }).click();
  await expect(page.getByText(/^Data arrives/)).toBeVisible();

  await page.getByRole('button', { name: /^Time-bound/ }).click();
  await page.getByRole('button', { name: 'In 3 months' }).click();

  await page.getByRole('button', { name: /^Achievable/ }).click();
  await page.getByLabel('By how many per cent?').fill('30');
  await expect(page.getByText(/against a baseline of/)).toBeVisible();
  await expect(page.getByText('The target is 30 % more than before.')).toBeVisible();

  await page.getByRole('button', { name: /^Relevant/ }).click();
  const objective = page.getByLabel(/Which objective does it serve\?|What does the business want\?/);
  if (!(await page.getByRole('button', { name: 'Create the objective' }).count())) {
    await page.getByRole('button', { name: 'A new objective' }).click();
  }
  await objective.last().fill('More first-time customers');
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

  // Home is the goal.
  await page.getByRole('link', { name: 'Goals', exact: true }).click();
  await expect(
    page
      .getByRole('link', { name: /visits/ })
      .or(page.getByRole('heading', { name: /visits/ }))
      .first(),
  ).toBeVisible();
});

test('a goal that is not complete says what is still open', async ({ page, server, site }) => {
  await site.live(3);
  await signIn(page, server);
  await page.goto(`${page.url().replace(/\/$/, '')}/goals/new`);
  await page.getByRole('button', { name: 'Set the goal' }).click();
  await expect(page.getByText(/^Still open: .*Specific/).first()).toBeVisible();
  await expect(page.getByRole('heading', { name: 'A new goal' })).toBeVisible();
});
