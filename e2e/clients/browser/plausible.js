/** Plausible's client. */

import { init, track } from '@plausible-analytics/tracker';
import { it, run, toDocs, wait } from './main.js';

run(async () => {
  init({
    domain: it.key,
    endpoint: `${it.host}/api/event`,
    autoCapturePageviews: false,
    captureOnLocalhost: true,
    logging: false,
  });
  const sent = (name, options) =>
    new Promise((resolve, reject) => {
      const callback = (result) => {
        if (result?.status === 202) resolve();
        else reject(new Error(JSON.stringify(result)));
      };
      track(name, { ...options, callback });
    });
  await sent('pageview', {});
  const { sku, price, name } = it.product;
  await sent('Product Viewed', { props: { sku, price: String(price), name } });
  const { order_id, revenue, currency } = it.order;
  await sent('Order Completed', { props: { order_id }, revenue: { amount: revenue, currency } });
  toDocs();
  await sent('pageview', {});
  for (const i of it.ticks) await sent('Tick', { props: { i: String(i) } });
  await wait(200);
});
