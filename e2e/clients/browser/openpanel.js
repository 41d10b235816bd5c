/** OpenPanel's client for browsers. */

import { OpenPanel } from '@openpanel/web';
import { it, run, toDocs, wait } from './main.js';

run(async () => {
  const panel = new OpenPanel({ clientId: it.key, apiUrl: it.host, trackScreenViews: false });
  await panel.screenView(it.url, { __title: document.title });
  await panel.track('Product Viewed', it.product);
  await panel.identify({ profileId: it.user_id, email: it.traits.email, properties: it.traits });
  await panel.track('Order Completed', { ...it.order, __revenue: it.order.revenue });
  toDocs();
  await panel.screenView(location.href, { __title: 'Docs' });
  for (const i of it.ticks) await panel.track('Tick', { i });
  await wait(500);
});
