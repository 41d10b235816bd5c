/** Countly's client for browsers. */

import module from 'countly-sdk-web';
import { it, run, toDocs, wait } from './main.js';

run(async () => {
  // Bundlers differ in what they take for the default of a module of the old kind.
  const Countly = module.default ?? module;
  Countly.init({ app_key: it.key, url: it.host, interval: 200, debug: false, session_update: 60 });
  Countly.track_sessions();
  Countly.track_pageview();
  const { sku, price, currency } = it.product;
  Countly.add_event({ key: 'Product Viewed', count: 1, segmentation: { sku, price, currency } });
  await wait(600);
  Countly.set_id(it.user_id);
  Countly.user_details({ email: it.traits.email, name: it.traits.name, custom: { plan: 'pro' } });
  const { order_id, revenue } = it.order;
  Countly.add_event({
    key: 'Order Completed',
    count: 1,
    sum: revenue,
    segmentation: { order_id, currency: 'EUR' },
  });
  await wait(600);
  toDocs();
  Countly.track_pageview();
  for (const i of it.ticks) Countly.add_event({ key: 'Tick', count: 1, segmentation: { i } });
  await wait(4000);
});
