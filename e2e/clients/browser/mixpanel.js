/** Mixpanel's client for browsers. */

import mixpanel from 'mixpanel-browser';
import { it, run, toDocs, wait } from './main.js';

run(async () => {
  mixpanel.init(it.key, { api_host: it.host, batch_flush_interval_ms: 500, persistence: 'localStorage' });
  mixpanel.track_pageview();
  mixpanel.track('Product Viewed', it.product);
  await wait(700);
  mixpanel.identify(it.user_id);
  mixpanel.people.set(it.traits);
  mixpanel.set_group('company', it.group.id);
  mixpanel.track('Order Completed', it.order);
  toDocs();
  mixpanel.track_pageview();
  for (const i of it.ticks) mixpanel.track('Tick', { i });
  await wait(2500);
});
