/** GrowthBook's client: features, an experiment and its own events. */

import { GrowthBook } from '@growthbook/growthbook';
import { growthbookTrackingPlugin } from '@growthbook/growthbook/plugins';
import { it, run, wait } from './main.js';

run(async () => {
  const growthbook = new GrowthBook({
    apiHost: it.host,
    clientKey: it.key,
    attributes: { id: it.user_id, device_id: it.anonymous_id, user_id: it.user_id, url: it.url },
    plugins: [growthbookTrackingPlugin({ ingestorHost: it.host })],
  });
  await growthbook.init({ timeout: 3000 });
  growthbook.run({ key: 'price-test', variations: ['a', 'b'], hashAttribute: 'id' });
  await growthbook.logEvent('Product Viewed', { sku: it.product.sku, price: it.product.price });
  for (const i of it.ticks) await growthbook.logEvent('Tick', { i });
  await wait(1500);
});
