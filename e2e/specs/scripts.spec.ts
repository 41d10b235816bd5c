import { expect, type Site, test } from '../harness/test';

/** Events by name, in the alphabet's order. */
const names = (site: Site) => () =>
  site.query({ metrics: ['events'], dimensions: ['event:name'], order_by: [['event:name', 'asc']] });
const rows = (counts: Record<string, number>) =>
  Object.entries(counts).map(([name, count]) => ({ dimensions: [name], metrics: [count] }));

test("Plausible's tag, its host re-pointed, measures as it did", async ({ page, site, server, pages }) => {
  const partner = pages.put('partner.example', '/', 'Partner');
  const tag = `<script defer data-domain="${site.domain}" src="${server.url}/js/script.outbound-links.tagged-events.js"></script>
    <script>window.plausible = window.plausible || function () { (plausible.q = plausible.q || []).push(arguments) };
    plausible('Signup', { props: { plan: 'team' } })</script>
    <button class="plausible-event-name=Order plausible-revenue-amount=9.50 plausible-revenue-currency=EUR">Order</button>
    <a href="${partner}" target="_blank">Partner</a><a href="/prices.pdf" target="_blank">Prices</a>`;
  await page.goto(pages.put(site.domain, '/shoes', tag));
  await page.waitForFunction('window.plausible.l');
  await page.getByRole('button', { name: 'Order' }).click();
  await Promise.all([page.waitForEvent('popup'), page.getByRole('link', { name: 'Partner' }).click()]);
  await Promise.all([page.waitForEvent('popup'), page.getByRole('link', { name: 'Prices' }).click()]);
  await expect
    .poll(names(site))
    .toEqual(rows({ Order: 1, 'Outbound Link: Click': 1, Signup: 1, pageview: 1 }));
  expect((await site.total('total_revenue'))[0]).toMatchObject({ currency: 'EUR', value: 9.5 });
});

test("Umami's tag, its host re-pointed, measures pages, events and who it is", async ({
  page,
  site,
  server,
  pages,
}) => {
  const tag = `<script defer src="${server.url}/script.js" data-website-id="${site.keys.umami}"></script>
    <button data-umami-event="Buy" data-umami-event-sku="S1">Buy</button>`;
  await page.goto(pages.put(site.domain, '/shoes', tag));
  await page.waitForFunction('window.umami');
  await page.getByRole('button', { name: 'Buy' }).click();
  await page.evaluate(async () => {
    const umami = (window as unknown as { umami: Record<string, (...rest: unknown[]) => Promise<unknown>> })
      .umami;
    await umami.track?.('Signup', { plan: 'team' });
    await umami.identify?.('u1', { plan: 'team' });
    history.pushState(null, '', '/hats');
  });
  await expect.poll(names(site)).toEqual(rows({ Buy: 1, Signup: 1, pageview: 2 }));
  const skus = { filters: [['is', 'event:name', ['Buy']]], dimensions: ['event:props:sku'] };
  expect(await site.query({ metrics: ['events'], ...skus })).toEqual([{ dimensions: ['S1'], metrics: [1] }]);
  expect(await site.total('visits', 'visitors')).toEqual([1, 1]);
});

test("Matomo's tag, its host re-pointed, measures pages, events and orders", async ({
  page,
  site,
  server,
  pages,
}) => {
  const tag = `<script>var _paq = window._paq = window._paq || [];
    _paq.push(['setEcommerceView', 'S1', 'Tea', 'Drinks', 4.5]);
    _paq.push(['trackPageView']);
    _paq.push(['enableLinkTracking']);
    (function () {
      var u = '${server.url}/analytics/';
      _paq.push(['setTrackerUrl', u + 'matomo.php']);
      _paq.push(['setSiteId', '${site.keys.matomo}']);
      var d = document, g = d.createElement('script'), s = d.getElementsByTagName('script')[0];
      g.async = true; g.src = u + 'matomo.js'; s.parentNode.insertBefore(g, s);
    })();</script>
    <a href="/prices.pdf" target="_blank">Prices</a>`;
  await page.goto(pages.put(site.domain, '/tea', tag));
  await page.waitForFunction('window.Matomo');
  await Promise.all([page.waitForEvent('popup'), page.getByRole('link', { name: 'Prices' }).click()]);
  await page.evaluate(() => {
    const queue = (window as unknown as { _paq: { push: (call: unknown[]) => void } })._paq;
    queue.push(['trackEvent', 'Video', 'play', 'Intro']);
    queue.push(['addEcommerceItem', 'S1', 'Tea', 'Drinks', 4.5, 2]);
    queue.push(['trackEcommerceOrder', 'O-1', 9]);
    queue.push(['nothingOfTheKind']);
  });
  await expect
    .poll(names(site))
    .toEqual(rows({ file_download: 1, pageview: 1, play: 1, purchase: 1, view_item: 1 }));
  expect((await site.total('total_revenue'))[0]).toMatchObject({ currency: 'EUR', value: 9 });
  expect(await site.total('visits', 'visitors')).toEqual([1, 1]);
});
