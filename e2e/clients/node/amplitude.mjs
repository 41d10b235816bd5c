/** Amplitude's client for servers. */

import {
  flush,
  groupIdentify,
  Identify,
  identify,
  init,
  Revenue,
  revenue,
  track,
} from '@amplitude/analytics-node';

export async function run(it) {
  await init(it.key, { serverUrl: `${it.host}/2/httpapi`, flushQueueSize: 20, flushMaxRetries: 1 }).promise;
  const sent = [];
  const visitor = { device_id: it.anonymous_id, ip: it.visitor.ip, user_agent: it.visitor.user_agent };
  const known = { ...visitor, user_id: it.user_id };
  const view = (url, title, more, options) =>
    track(
      '[Amplitude] Page Viewed',
      { '[Amplitude] Page URL': url, '[Amplitude] Page Title': title, ...more },
      options,
    );
  sent.push(view(it.url, it.page.title, { referrer: it.page.referrer }, visitor));
  sent.push(track('Product Viewed', it.product, visitor));
  const traits = new Identify();
  for (const [name, value] of Object.entries(it.traits)) traits.set(name, value);
  sent.push(identify(traits, known));
  const group = new Identify();
  for (const [name, value] of Object.entries(it.group.traits)) group.set(name, value);
  sent.push(groupIdentify('company', it.group.id, group, known));
  sent.push(track('Order Completed', it.order, known));
  const order = new Revenue().setProductId('ORD-1001').setPrice(it.order.revenue).setQuantity(1);
  order.setRevenueType('purchase').setEventProperties({ currency: 'EUR', order_id: it.order.order_id });
  sent.push(revenue(order, known));
  sent.push(view(it.docs, it.docs, {}, known));
  for (const i of it.ticks) sent.push(track('Tick', { i }, known));
  await flush().promise;
  for (const { code, message } of await Promise.all(sent.map((one) => one.promise))) {
    if (code !== 200) throw new Error(`${code} ${message}`);
  }
}
