/** Amplitude's client for browsers. */

import * as amplitude from '@amplitude/analytics-browser';
import { it, run, toDocs } from './main.js';

run(async () => {
  const init = amplitude.init(it.key, {
    serverUrl: `${it.host}/2/httpapi`,
    autocapture: false,
    fetchRemoteConfig: false,
    flushQueueSize: 20,
  });
  await init.promise;
  const sent = [];
  const view = () => {
    sent.push(
      amplitude.track('[Amplitude] Page Viewed', {
        '[Amplitude] Page URL': location.href,
        '[Amplitude] Page Title': document.title,
        referrer: document.referrer,
      }),
    );
  };
  view();
  sent.push(amplitude.track('Product Viewed', it.product));
  amplitude.setUserId(it.user_id);
  const traits = new amplitude.Identify();
  for (const [name, value] of Object.entries(it.traits)) traits.set(name, value);
  sent.push(amplitude.identify(traits));
  amplitude.setGroup('company', it.group.id);
  sent.push(amplitude.track('Order Completed', it.order));
  const order = new amplitude.Revenue().setProductId('ORD-1001').setPrice(it.order.revenue).setQuantity(1);
  order.setRevenueType('purchase').setEventProperties({ currency: 'EUR', order_id: it.order.order_id });
  sent.push(amplitude.revenue(order));
  toDocs();
  view();
  for (const i of it.ticks) sent.push(amplitude.track('Tick', { i }));
  await amplitude.flush().promise;
  for (const { code, message } of await Promise.all(sent.map((one) => one.promise))) {
    if (code !== 200) throw new Error(`${code} ${message}`);
  }
});
