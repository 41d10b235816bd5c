/** Jitsu's client for browsers. */

import { jitsuAnalytics } from '@jitsu/js';
import { it, run, toDocs, wait } from './main.js';

run(async () => {
  const jitsu = jitsuAnalytics({ host: it.host, writeKey: `${it.key}:${it.secret}`, echoEvents: false });
  await jitsu.page();
  await jitsu.track('Product Viewed', it.product);
  await jitsu.identify(it.user_id, it.traits);
  await jitsu.group(it.group.id, it.group.traits);
  await jitsu.track('Order Completed', it.order);
  toDocs();
  await jitsu.page();
  for (const i of it.ticks) await jitsu.track('Tick', { i });
  await wait(500);
});
