/** Segment's client for browsers. */

import { AnalyticsBrowser } from '@segment/analytics-next';
import { it, run, toDocs } from './main.js';

run(async () => {
  const analytics = AnalyticsBrowser.load(
    { writeKey: it.key, cdnURL: it.host },
    { integrations: { 'Segment.io': { apiHost: `${it.hostPort}/v1`, protocol: 'http' } } },
  );
  await analytics.page();
  await analytics.track('Product Viewed', it.product);
  await analytics.identify(it.user_id, it.traits);
  await analytics.group(it.group.id, it.group.traits);
  await analytics.track('Order Completed', it.order);
  toDocs();
  await analytics.page('Docs');
  await analytics.alias(it.user_id);
  for (const i of it.ticks) await analytics.track('Tick', { i });
});
