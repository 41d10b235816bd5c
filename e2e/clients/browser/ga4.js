/** A small client of the gtag wire. */

import { track } from '@minimal-analytics/ga4';
import { it, run, toDocs, wait } from './main.js';

run(async () => {
  window.minimalAnalytics = {
    trackingId: it.key,
    analyticsEndpoint: `${it.host}/g/collect`,
    autoTrack: false,
  };
  const endpoint = { analyticsEndpoint: `${it.host}/g/collect` };
  track(it.key, endpoint);
  await wait(300);
  const { order_id, revenue } = it.order;
  track(it.key, {
    ...endpoint,
    type: 'purchase',
    event: { 'ep.transaction_id': order_id, 'epn.value': revenue, 'ep.currency': 'EUR' },
  });
  await wait(300);
  toDocs();
  track(it.key, endpoint);
  for (const i of it.ticks) track(it.key, { ...endpoint, type: 'Tick', event: { 'epn.i': i } });
  await wait(1500);
});
