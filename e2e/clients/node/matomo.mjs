/** Matomo's client for servers: one request for each, and a bulk one. */

import MatomoTracker from 'matomo-tracker';

export async function run(it) {
  const matomo = new MatomoTracker(Number(it.key), `${it.host}/matomo.php`);
  const visitor = { _id: '0123456789abcdef', ua: it.visitor.user_agent, lang: 'de-DE' };
  const track = (hit) =>
    new Promise((resolve, reject) => {
      matomo.once('error', reject);
      const request = { ...visitor, ...hit };
      matomo.track(request);
      setTimeout(resolve, 150);
    });
  await track({ url: it.url, action_name: it.page.title, urlref: it.page.referrer });
  await track({
    url: it.url,
    e_c: 'shop',
    e_a: 'Product Viewed',
    e_n: it.product.name,
    e_v: String(it.product.price),
  });
  const { order } = it;
  await track({
    url: it.url,
    uid: it.user_id,
    idgoal: 0,
    ec_id: order.order_id,
    revenue: order.revenue,
    ec_tx: order.tax,
    ec_sh: order.shipping,
    ec_dt: order.discount,
    ec_items: JSON.stringify(
      order.products.map(({ sku, name, category, price, quantity }) => [
        sku,
        name,
        category,
        price,
        quantity,
      ]),
    ),
  });
  await track({ url: it.docs, action_name: 'Docs', uid: it.user_id });
  const ticks = it.ticks.map((i) => ({
    ...visitor,
    url: it.docs,
    uid: it.user_id,
    e_c: 'clock',
    e_a: 'Tick',
    e_v: String(i),
  }));
  const answer = await new Promise((resolve, reject) => {
    matomo.once('error', reject);
    matomo.trackBulk(ticks, resolve);
  });
  const { status, tracked } = JSON.parse(answer);
  if (status !== 'success' || tracked !== it.ticks.length) throw new Error(answer);
}
