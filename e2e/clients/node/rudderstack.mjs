/** RudderStack's client for servers: gzip, under another content type. */

import RudderAnalytics from '@rudderstack/rudder-sdk-node';

export async function run(it) {
  const analytics = new RudderAnalytics(it.key, { dataPlaneUrl: it.host, flushAt: 20, logLevel: 'error' });
  const context = { ip: it.visitor.ip, userAgent: it.visitor.user_agent };
  const before = { anonymousId: it.anonymous_id, context };
  const after = { ...before, userId: it.user_id };
  const { title, referrer } = it.page;
  analytics.page({
    ...before,
    name: title,
    properties: { url: it.url, path: it.page.path, title, referrer },
  });
  analytics.track({ ...before, event: 'Product Viewed', properties: it.product });
  analytics.identify({ ...after, traits: it.traits });
  analytics.group({ ...after, groupId: it.group.id, traits: it.group.traits });
  analytics.track({ ...after, event: 'Order Completed', properties: it.order });
  analytics.page({ ...after, name: it.docs.title, properties: { url: it.docs, path: '/docs' } });
  analytics.alias({ userId: it.user_id, previousId: it.anonymous_id });
  for (const i of it.ticks) analytics.track({ ...after, event: 'Tick', properties: { i } });
  await new Promise((resolve, reject) => analytics.flush((error) => (error ? reject(error) : resolve())));
  await new Promise((resolve) => setTimeout(resolve, 1000));
}
