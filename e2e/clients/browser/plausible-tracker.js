/** Plausible's older client. */

import Plausible from 'plausible-tracker';
import { it, run, toDocs } from './main.js';

run(async () => {
  const plausible = Plausible({ domain: it.key, apiHost: it.host, trackLocalhost: true });
  const sent = (name, props) =>
    new Promise((callback) => plausible.trackEvent(name, { callback, ...(props && { props }) }));
  const view = () =>
    new Promise((callback) => plausible.trackPageview({ referrer: document.referrer }, { callback }));
  await view();
  const { sku, price, name } = it.product;
  await sent('Product Viewed', { sku, price, name });
  await sent('Order Completed', { order_id: it.order.order_id });
  toDocs();
  await view();
  for (const i of it.ticks) await sent('Tick', { i });
});
