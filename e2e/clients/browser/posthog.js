/** PostHog's client for browsers. */

import posthog from 'posthog-js';
import { it, run, toDocs, wait } from './main.js';

run(async () => {
  await new Promise((resolve) => {
    posthog.init(it.key, {
      api_host: it.host,
      // A browser that is driven names itself to scripts.
      opt_out_useragent_filter: true,
      autocapture: false,
      capture_pageview: false,
      capture_pageleave: false,
      disable_session_recording: true,
      disable_surveys: true,
      disable_external_dependency_loading: true,
      loaded: resolve,
    });
  });
  posthog.capture('$pageview');
  posthog.capture('Product Viewed', it.product);
  await wait(200);
  posthog.identify(it.user_id, it.traits);
  posthog.group('company', it.group.id, it.group.traits);
  posthog.capture('Order Completed', it.order);
  toDocs();
  posthog.capture('$pageview');
  for (const i of it.ticks) posthog.capture('Tick', { i });
  await wait(5000);
});
