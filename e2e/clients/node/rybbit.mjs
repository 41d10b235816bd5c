/** Rybbit's client for servers. */

import { Rybbit } from '@rybbit/node';

export async function run(it) {
  const rybbit = new Rybbit({ analyticsHost: `${it.host}/api`, siteId: it.key, apiKey: it.secret || 'none' });
  const visitor = {
    hostname: it.domain,
    user_agent: it.visitor.user_agent,
    ip_address: it.visitor.ip,
    language: 'de-DE',
  };
  const { path, search, title, referrer } = it.page;
  await rybbit.pageview({ ...visitor, pathname: path, querystring: search, page_title: title, referrer });
  const { sku, price, name } = it.product;
  await rybbit.event('Product Viewed', { ...visitor, pathname: path }, { sku, price, name });
  const { order_id, revenue, currency } = it.order;
  await rybbit.event('Order Completed', { ...visitor, pathname: path }, { order_id, revenue, currency });
  await rybbit.pageview({ ...visitor, pathname: '/docs', page_title: 'Docs' });
  for (const i of it.ticks) await rybbit.event('Tick', { ...visitor, pathname: '/docs' }, { i });
}
