/** OpenPanel's client for servers. */

import { OpenPanel } from '@openpanel/sdk';

export async function run(it) {
  const panel = new OpenPanel({ clientId: it.key, clientSecret: it.secret, apiUrl: it.host });
  panel.api.addHeader('user-agent', it.visitor.user_agent);
  panel.api.addHeader('x-client-ip', it.visitor.ip);
  const { title, referrer } = it.page;
  await panel.track('screen_view', { __path: it.url, __title: title, __referrer: referrer });
  await panel.track('Product Viewed', it.product);
  await panel.identify({ profileId: it.user_id, email: it.traits.email, properties: it.traits });
  await panel.track('Order Completed', { ...it.order, __revenue: it.order.revenue });
  await panel.track('screen_view', { __path: it.docs, __title: 'Docs' });
  for (const i of it.ticks) await panel.track('Tick', { i });
}
