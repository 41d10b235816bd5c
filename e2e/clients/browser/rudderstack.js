/** RudderStack's client for browsers, with everything in one file. */

import { RudderAnalytics } from '@rudderstack/analytics-js/bundled';
import { it, run, toDocs, wait } from './main.js';

run(async () => {
  const analytics = new RudderAnalytics();
  await new Promise((resolve) => {
    analytics.load(it.key, it.host, { configUrl: it.host, onLoaded: resolve });
  });
  analytics.page();
  analytics.track('Product Viewed', it.product);
  analytics.identify(it.user_id, it.traits);
  analytics.group(it.group.id, it.group.traits);
  analytics.track('Order Completed', it.order);
  await wait(300);
  toDocs();
  analytics.page('Docs');
  analytics.alias(it.user_id);
  for (const i of it.ticks) analytics.track('Tick', { i });
  await wait(6000);
});
