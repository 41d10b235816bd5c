/** PostHog's client for servers. */

import { PostHog } from 'posthog-node';

export async function run(it) {
  const posthog = new PostHog(it.key, { host: it.host, flushAt: 20, flushInterval: 0, fetchRetryCount: 0 });
  posthog.on('error', (error) => {
    throw error;
  });
  const person = { $ip: it.visitor.ip, $raw_user_agent: it.visitor.user_agent };
  const view = (distinctId, url, more) =>
    posthog.capture({
      distinctId,
      event: '$pageview',
      properties: { ...person, $current_url: url, ...more },
    });
  view(it.anonymous_id, it.url, { $referrer: it.page.referrer, title: it.page.title });
  posthog.capture({
    distinctId: it.anonymous_id,
    event: 'Product Viewed',
    properties: { ...person, ...it.product },
  });
  posthog.identify({
    distinctId: it.user_id,
    properties: { ...it.traits, $anon_distinct_id: it.anonymous_id },
  });
  posthog.groupIdentify({ groupType: 'company', groupKey: it.group.id, properties: it.group.traits });
  posthog.capture({
    distinctId: it.user_id,
    event: 'Order Completed',
    properties: { ...person, ...it.order },
  });
  view(it.user_id, it.docs, {});
  posthog.alias({ distinctId: it.user_id, alias: it.anonymous_id });
  for (const i of it.ticks) {
    posthog.capture({ distinctId: it.user_id, event: 'Tick', properties: { ...person, i } });
  }
  await posthog.shutdown(10_000);
}
