/** Snowplow's tracker for browsers: with credentials, so that the answer must name the origin. */

import {
  newTracker,
  setUserId,
  trackPageView,
  trackSelfDescribingEvent,
  trackStructEvent,
} from '@snowplow/browser-tracker';
import { it, run, toDocs, wait } from './main.js';

run(async () => {
  newTracker('sp', it.host, { appId: it.key, bufferSize: 1, eventMethod: 'post' });
  trackPageView();
  const schema = 'iglu:com.shop/product_viewed/jsonschema/1-0-0';
  trackSelfDescribingEvent({ event: { schema, data: it.product } });
  setUserId(it.user_id);
  const { order } = it;
  trackSelfDescribingEvent({
    event: {
      schema: 'iglu:com.snowplowanalytics.snowplow.ecommerce/snowplow_ecommerce_action/jsonschema/1-0-2',
      data: { type: 'transaction' },
    },
    context: [
      {
        schema: 'iglu:com.snowplowanalytics.snowplow.ecommerce/transaction/jsonschema/1-0-0',
        data: {
          transaction_id: order.order_id,
          revenue: order.revenue,
          currency: 'EUR',
          tax: order.tax,
          shipping: order.shipping,
        },
      },
      ...order.products.map(({ sku, name, category, price, quantity }) => ({
        schema: 'iglu:com.snowplowanalytics.snowplow.ecommerce/product/jsonschema/1-0-0',
        data: { id: sku, name, category, price, quantity, currency: 'EUR' },
      })),
    ],
  });
  await wait(300);
  toDocs();
  trackPageView({ title: 'Docs' });
  for (const i of it.ticks) trackStructEvent({ category: 'clock', action: 'Tick', label: 'i', value: i });
  await wait(3000);
});
