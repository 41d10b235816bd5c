/** Customer.io's client for servers. */

import { createRequire } from 'node:module';
import { IdentifierType, TrackClient } from 'customerio-node';

const require = createRequire(import.meta.url);
const [http, https] = [require('node:http'), require('node:https')];

export async function run(it) {
  // It speaks https only: what stands before a server unwraps that.
  const { port } = new URL(it.host);
  https.request = (options, answered) => http.request({ ...options, port, protocol: 'http:' }, answered);
  const customers = new TrackClient(it.key, it.secret, { url: `${it.host}/api/v1` });
  await customers.trackPageView(it.user_id, it.url);
  await customers.track(it.user_id, { name: 'Product Viewed', data: it.product });
  await customers.identify(it.user_id, { ...it.traits, created_at: 1768469400 });
  await customers.track(it.user_id, { name: 'Order Completed', data: it.order });
  await customers.trackPageView(it.user_id, it.docs);
  await customers.mergeCustomers(IdentifierType.Id, it.user_id, IdentifierType.Id, it.anonymous_id);
  for (const i of it.ticks) await customers.track(it.user_id, { name: 'Tick', data: { i } });
}
