/** Umami's client for servers. */

import { Umami } from '@umami/node';

export async function run(it) {
  const umami = new Umami({ websiteId: it.key, hostUrl: it.host, userAgent: it.visitor.user_agent });
  const hostname = it.domain;
  const taken = async (sent) => {
    const response = await sent;
    const answer = await response.json();
    if (!response.ok || answer.beep) throw new Error(`${response.status} ${JSON.stringify(answer)}`);
  };
  const { title, referrer, path, search } = it.page;
  await taken(umami.track({ hostname, url: path + search, title, referrer, language: 'de-DE' }));
  const { sku, price, name } = it.product;
  await taken(umami.track({ hostname, url: path, name: 'Product Viewed', data: { sku, price, name } }));
  await taken(umami.identify({ id: it.user_id, ...it.traits }));
  const { order_id, revenue, currency } = it.order;
  await taken(
    umami.track({ hostname, url: path, name: 'Order Completed', data: { order_id, revenue, currency } }),
  );
  await taken(umami.track({ hostname, url: it.docs, title: 'Docs' }));
  for (const i of it.ticks) await taken(umami.track({ hostname, url: '/docs', name: 'Tick', data: { i } }));
}
