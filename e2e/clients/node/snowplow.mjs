/** Snowplow's tracker for servers. */

import {
  buildEcommerceTransaction,
  buildEcommerceTransactionItem,
  buildPageView,
  buildSelfDescribingEvent,
  buildStructEvent,
  newTracker,
} from '@snowplow/node-tracker';

export async function run(it) {
  const failures = [];
  const emitter = {
    endpoint: it.host,
    eventMethod: 'post',
    bufferSize: 10,
    onRequestFailure: (failed) => failures.push(JSON.stringify(failed)),
  };
  const tracker = newTracker({ namespace: 'shop', appId: it.key, encodeBase64: true }, emitter);
  tracker.setDomainUserId(it.anonymous_id);
  tracker.setIpAddress(it.visitor.ip);
  tracker.setUseragent(it.visitor.user_agent);
  const { title, referrer } = it.page;
  tracker.track(buildPageView({ pageUrl: it.url, pageTitle: title, referrer }));
  tracker.track(
    buildSelfDescribingEvent({
      event: { schema: 'iglu:com.shop/product_viewed/jsonschema/1-0-0', data: it.product },
    }),
  );
  tracker.setUserId(it.user_id);
  const { order } = it;
  tracker.track(
    buildEcommerceTransaction({
      orderId: order.order_id,
      total: order.total,
      tax: order.tax,
      shipping: order.shipping,
      currency: order.currency,
    }),
  );
  for (const { sku, name, category, price, quantity } of order.products) {
    tracker.track(
      buildEcommerceTransactionItem({
        orderId: order.order_id,
        sku,
        name,
        category,
        price,
        quantity,
        currency: 'EUR',
      }),
    );
  }
  tracker.track(buildPageView({ pageUrl: it.docs, pageTitle: 'Docs' }));
  for (const i of it.ticks) {
    tracker.track(buildStructEvent({ category: 'clock', action: 'Tick', label: 'i', value: i }));
  }
  await tracker.flush();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  if (failures.length > 0) throw new Error(failures.join('\n'));
}
