/** Mixpanel's client for servers: a GET with base64 for each event. */

import Mixpanel from 'mixpanel';

export async function run(it) {
  const { host } = new URL(it.host);
  const mixpanel = Mixpanel.init(it.key, { host, protocol: 'http', keepAlive: false, verbose: true });
  const done = (call) =>
    new Promise((resolve, reject) => call((error) => (error ? reject(error) : resolve())));
  const visitor = { distinct_id: it.anonymous_id, $device_id: it.anonymous_id, ip: it.visitor.ip };
  const track = (name, properties) => done((ready) => mixpanel.track(name, properties, ready));
  await track('$mp_web_page_view', {
    ...visitor,
    $current_url: it.url,
    $referrer: it.page.referrer,
    current_page_title: it.page.title,
  });
  await track('Product Viewed', { ...visitor, ...it.product });
  const known = { ...visitor, distinct_id: it.user_id, $user_id: it.user_id };
  await track('$identify', { ...known, $identified_id: it.user_id, $anon_id: it.anonymous_id });
  await done((ready) => mixpanel.people.set(it.user_id, it.traits, ready));
  await done((ready) => mixpanel.groups.set('company', it.group.id, it.group.traits, ready));
  await track('Order Completed', { ...known, ...it.order });
  await track('$mp_web_page_view', { ...known, $current_url: it.docs });
  await done((ready) => mixpanel.alias(it.user_id, it.anonymous_id, ready));
  await done((ready) =>
    mixpanel.track_batch(
      it.ticks.map((i) => ({ event: 'Tick', properties: { ...known, i } })),
      ready,
    ),
  );
}
