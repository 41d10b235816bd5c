/** Rybbit's client for browsers. */

import rybbit from '@rybbit/js';
import { it, run, toDocs, wait } from './main.js';

run(async () => {
  await rybbit.init({ analyticsHost: `${it.host}/api`, siteId: it.key, debounceDuration: 0 });
  const { sku, price, name } = it.product;
  rybbit.event('Product Viewed', { sku, price, name });
  await wait(300);
  rybbit.identify(it.user_id);
  const { order_id, revenue, currency } = it.order;
  rybbit.event('Order Completed', { order_id, revenue, currency });
  await wait(300);
  toDocs();
  await wait(300);
  for (const i of it.ticks) rybbit.event('Tick', { i });
  await wait(2000);
});
