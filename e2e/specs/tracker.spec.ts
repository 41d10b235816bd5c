import { expect, test } from '../harness/test';

const STUB = '<script>window.luotsi ||= function () { (luotsi.q ||= []).push(arguments) }</script>';

test('a page view arrives with its source, and no cookie is set', async ({ page, site, context }) => {
  await page.goto(`${site.page('/shoes')}?utm_source=newsletter&utm_medium=email&utm_campaign=spring`);
  await expect.poll(() => site.total('visitors', 'visits', 'pageviews')).toEqual([1, 1, 1]);
  const dimensions = ['event:page', 'visit:source', 'visit:channel', 'visit:utm_campaign'];
  expect(await site.query({ metrics: ['pageviews'], dimensions })).toEqual([
    { dimensions: ['/shoes', 'newsletter', 'Email', 'spring'], metrics: [1] },
  ]);
  expect(await context.cookies()).toEqual([]);
  expect(await page.evaluate(() => localStorage.length + sessionStorage.length)).toBe(0);
});

test('the page before tells the source', async ({ page, site, pages }) => {
  const target = site.page('/');
  await page.goto(pages.put('blog.example', '/post', `<a href="${target}">Shop</a>`));
  await page.getByRole('link', { name: 'Shop' }).click();
  await expect
    .poll(() => site.query({ metrics: ['visits'], dimensions: ['visit:source', 'visit:channel'] }))
    .toEqual([{ dimensions: ['blog.example', 'Referral'], metrics: [1] }]);
});

test('an event is in the query API within a second of its acknowledgement', async ({ page, site }) => {
  const acknowledged = page.waitForResponse((response) => response.url().endsWith('/api/event'));
  await page.goto(site.page('/'));
  expect((await acknowledged).status()).toBe(202);
  await expect.poll(() => site.total('pageviews'), { timeout: 1000, intervals: [50] }).toEqual([1]);
});

test('navigation without a load is a page view, in history and back', async ({ page, site }) => {
  await page.goto(site.page('/'));
  await page.waitForFunction('window.luotsi');
  await page.evaluate(() => {
    history.pushState({}, '', '/shoes');
    history.replaceState({}, '', '/shoes?colour=red');
    history.replaceState({}, '', '/shoes/red');
  });
  await page.goBack();
  await expect
    .poll(() =>
      site.query({ metrics: ['pageviews'], dimensions: ['event:page'], order_by: [['event:page', 'asc']] }),
    )
    .toEqual([
      { dimensions: ['/'], metrics: [2] },
      { dimensions: ['/shoes'], metrics: [1] },
      { dimensions: ['/shoes/red'], metrics: [1] },
    ]);
  expect(await site.total('visits')).toEqual([1]);
});

test('where the fragment is the route, it is the page', async ({ page, site }) => {
  const home = site.page('/', 'data-hash', '<a href="#/shoes">Shoes</a>');
  await page.goto(`${home}#/`);
  await page.getByRole('link', { name: 'Shoes' }).click();
  await expect
    .poll(() =>
      site.query({ metrics: ['pageviews'], dimensions: ['event:page'], order_by: [['event:page', 'asc']] }),
    )
    .toEqual([
      { dimensions: ['/#/'], metrics: [1] },
      { dimensions: ['/#/shoes'], metrics: [1] },
    ]);
});

test('links out, files and forms are events with their properties', async ({ page, site, pages }) => {
  const partner = pages.put('partner.example', '/offer', 'Partner');
  const body = `<a href="${partner}" target="_blank">Partner</a> <a href="/price-list.pdf">Prices</a>
    <a href="/shoes">Shoes</a>
    <form id="newsletter" action="/thanks"><input name="email" value="a@b.example"><button>Send</button></form>`;
  await page.goto(site.page('/', '', body));
  await Promise.all([page.waitForEvent('popup'), page.getByRole('link', { name: 'Partner' }).click()]);
  await page.getByRole('link', { name: 'Prices' }).click({ modifiers: ['Control'] });
  await page.getByRole('button', { name: 'Send' }).click();
  await page.waitForURL('**/thanks*');
  await expect
    .poll(() =>
      site.query({ metrics: ['events'], dimensions: ['event:name'], order_by: [['event:name', 'asc']] }),
    )
    .toEqual([
      { dimensions: ['File Download'], metrics: [1] },
      { dimensions: ['Form: Submission'], metrics: [1] },
      { dimensions: ['Outbound Link: Click'], metrics: [1] },
      { dimensions: ['pageview'], metrics: [1] },
    ]);
  const outbound = {
    filters: [['is', 'event:name', ['Outbound Link: Click']]],
    dimensions: ['event:props:url'],
  };
  expect(await site.query({ metrics: ['events'], ...outbound })).toEqual([
    { dimensions: [partner], metrics: [1] },
  ]);
  const forms = { filters: [['is', 'event:name', ['Form: Submission']]], dimensions: ['event:props:form'] };
  expect(await site.query({ metrics: ['events'], ...forms })).toEqual([
    { dimensions: ['newsletter'], metrics: [1] },
  ]);
});

test('time in focus and scroll depth arrive when the page is left', async ({ page, site }) => {
  await page.goto(site.page('/article', '', '<div style="height: 4000px">Text</div>'));
  await page.waitForTimeout(1000);
  await page.mouse.wheel(0, 1200);
  await page.waitForTimeout(1500);
  await page.goto(site.page('/next'));
  const article = { filters: [['is', 'event:page', ['/article']]], dimensions: ['event:page'] };
  const ask = () => site.query({ metrics: ['scroll_depth', 'time_on_page'], ...article });
  await expect.poll(async () => (await ask())[0]?.metrics[0]).toBeGreaterThan(0);
  const [depth, seconds] = (await ask())[0]?.metrics ?? [];
  // 1,200 of 4,000 pixels scrolled and 800 seen below, with the margins of the page.
  expect(depth).toBeGreaterThanOrEqual(48);
  expect(depth).toBeLessThanOrEqual(52);
  expect(seconds).toBeGreaterThanOrEqual(2);
  expect(seconds).toBeLessThanOrEqual(6);
  // Reports of engagement are no events that people see.
  expect(await site.total('pageviews', 'events', 'visits')).toEqual([2, 2, 1]);
});

test('own events carry properties and revenue, also from before the script came', async ({ page, site }) => {
  const early = `${STUB}<script>luotsi('Signup', { props: { plan: 'team', seats: 3 } })</script>`;
  await page.goto(site.page('/', '', early));
  await page.waitForFunction('window.luotsi && !window.luotsi.q');
  const status = await page.evaluate(
    () =>
      new Promise((resolve) => {
        const callback = (result?: { status?: number }) => resolve(result?.status);
        const luotsi = (window as unknown as { luotsi: (name: string, options: object) => void }).luotsi;
        luotsi('Purchase', { revenue: { amount: 49.9, currency: 'EUR' }, callback });
      }),
  );
  expect(status).toBe(202);
  const signups = { filters: [['is', 'event:name', ['Signup']]], dimensions: ['event:props:plan'] };
  await expect
    .poll(() => site.query({ metrics: ['events'], ...signups }))
    .toEqual([{ dimensions: ['team'], metrics: [1] }]);
  const purchases = { filters: [['is', 'event:name', ['Purchase']]] };
  const [row] = await site.query({ metrics: ['events', 'total_revenue'], ...purchases });
  expect(row?.metrics[0]).toBe(1);
  expect(row?.metrics[1]).toMatchObject({ currency: 'EUR', value: 49.9 });
});

test('an event nobody caused leaves a bounce a bounce', async ({ page, site }) => {
  await page.goto(
    site.page('/', '', `${STUB}<script>luotsi('Chat opened', { interactive: false })</script>`),
  );
  await expect.poll(() => site.total('events', 'bounce_rate')).toEqual([2, 100]);
  await page.evaluate("luotsi('Chat answered')");
  await expect.poll(() => site.total('events', 'bounce_rate')).toEqual([3, 0]);
});

test('in manual mode the page says what is viewed', async ({ page, site }) => {
  await page.goto(site.page('/checkout/8341', 'data-manual'));
  await page.waitForFunction('window.luotsi');
  await page.evaluate(() => history.pushState({}, '', '/checkout/8341/pay'));
  await page.evaluate("luotsi('pageview', { url: location.origin + '/checkout' })");
  await expect
    .poll(() => site.query({ metrics: ['pageviews'], dimensions: ['event:page'] }))
    .toEqual([{ dimensions: ['/checkout'], metrics: [1] }]);
});

test('a person who opted out is not measured', async ({ page, site }) => {
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.addInitScript(() => localStorage.setItem('luotsi_ignore', 'true'));
  await page.goto(site.page('/'));
  await page.waitForFunction('window.luotsi');
  await page.evaluate(() => history.pushState({}, '', '/shoes'));
  await page.waitForTimeout(300);
  expect(requests.filter((url) => url.includes('/api/event'))).toEqual([]);
});

test('a page on the developer’s machine is measured only when asked to', async ({
  page,
  site,
  server,
  pages,
}) => {
  const tag = (attributes: string) =>
    `<script defer data-domain="${site.domain}" src="${server.url}/js/luotsi.js" ${attributes}></script>`;
  await page.goto(pages.put('127.0.0.1', '/quiet', tag('')));
  await page.waitForFunction('window.luotsi');
  await page.goto(pages.put('127.0.0.1', '/measured', tag('data-local')));
  await expect
    .poll(() => site.query({ metrics: ['pageviews'], dimensions: ['event:page'] }))
    .toEqual([{ dimensions: ['/measured'], metrics: [1] }]);
});

test('a page that is prepared ahead counts when it is shown', async ({ page, site }) => {
  await page.addInitScript(() => {
    Object.defineProperty(document, 'prerendering', { value: true, configurable: true });
  });
  await page.goto(site.page('/'));
  await page.waitForFunction('window.luotsi');
  await page.evaluate("luotsi('Signup')");
  await page.waitForTimeout(300);
  expect(await site.total('events')).toEqual([0]);
  await page.evaluate(() => {
    Object.defineProperty(document, 'prerendering', { value: false });
    document.dispatchEvent(new Event('prerenderingchange'));
  });
  await expect.poll(() => site.total('pageviews', 'events')).toEqual([1, 2]);
});

test('what a busy server turned away is sent again and counts once', async ({ page, site }) => {
  const ids: string[] = [];
  await page.route('**/api/event', async (route) => {
    ids.push(route.request().postDataJSON().id);
    if (ids.length === 1) {
      const headers = { 'Retry-After': '1', ...CORS };
      await route.fulfill({ status: 503, headers });
    } else if (ids.length === 2) {
      // The answer is lost on its way, although the server took the event.
      await route.fetch();
      await route.abort();
    } else {
      await route.continue();
    }
  });
  await page.goto(site.page('/'));
  await expect.poll(() => ids.length, { timeout: 20_000 }).toBe(3);
  expect(new Set(ids).size).toBe(1);
  await page.waitForTimeout(500);
  expect(await site.total('pageviews')).toEqual([1]);
});

const CORS = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': 'Retry-After' };

test('the server lets the script of another host read how long to wait', async ({
  request,
  server,
  site,
}) => {
  const origin = { Origin: `http://${site.domain}` };
  const data = JSON.stringify({ n: 'pageview', u: `http://${site.domain}/`, d: site.domain });
  const response = await request.post(`${server.url}/api/event`, { headers: origin, data });
  expect(response.status()).toBe(202);
  expect(['*', origin.Origin]).toContain(response.headers()['access-control-allow-origin']);
  expect(response.headers()['access-control-expose-headers']?.toLowerCase()).toContain('retry-after');
});

test('the script is small and cached', async ({ server }) => {
  const response = await fetch(`${server.url}/js/luotsi.js`, { headers: { 'Accept-Encoding': 'br' } });
  expect(response.headers.get('content-encoding')).toBe('br');
  expect(Number(response.headers.get('content-length'))).toBeLessThanOrEqual(2000);
  expect(response.headers.get('cache-control')).toContain('max-age');
  const etag = response.headers.get('etag') ?? '';
  const again = await fetch(`${server.url}/js/luotsi.js`, { headers: { 'If-None-Match': etag } });
  expect(again.status).toBe(304);
});
