/** Segment's client for servers. */

import { Analytics } from '@segment/analytics-node';

export async function run(it) {
  const analytics = new Analytics({ writeKey: it.key, host: it.host, flushAt: 20, maxRetries: 0 });
  analytics.on('error', (error) => {
    throw new Error(`${error.code}: ${error.reason}`);
  });
  const context = { ip: it.visitor.ip, userAgent: it.visitor.user_agent, locale: 'de-DE' };
  const before = { anonymousId: it.anonymous_id, context };
  const known = { ...before, userId: it.user_id };
  // From here on the server names only the person.
  const after = { context, userId: it.user_id };
  const { title, referrer } = it.page;
  analytics.page({ ...before, properties: { url: it.url, path: it.page.path, title, referrer } });
  analytics.track({ ...before, event: 'Product Viewed', properties: it.product });
  analytics.identify({ ...known, traits: it.traits });
  // Batches go out at once and may come in any order: who is who comes first.
  await analytics.flush({ timeout: 5000 });
  analytics.group({ ...after, groupId: it.group.id, traits: it.group.traits });
  analytics.track({ ...after, event: 'Order Completed', properties: it.order });
  analytics.page({ ...after, name: it.docs.title, properties: { url: it.docs, path: '/docs' } });
  analytics.alias({ userId: it.user_id, previousId: it.anonymous_id });
  for (const i of it.ticks) analytics.track({ ...after, event: 'Tick', properties: { i } });
  await analytics.closeAndFlush();
}
