"""Segment's client for servers."""

import segment.analytics as analytics


def run(it):
    def fail(error, _items):
        raise SystemExit(f"refused: {error}")

    analytics.write_key = it.key
    analytics.host = it.host
    analytics.on_error = fail
    analytics.max_retries = 0
    context = {"ip": it.ip, "userAgent": it.user_agent}
    page = {"url": it.url, "path": it.page["path"], "title": it.page["title"], "referrer": it.page["referrer"]}
    anonymous = {"anonymous_id": it.anonymous_id, "context": context}
    known = {"user_id": it.user_id, **anonymous}
    analytics.page(properties=page, **anonymous)
    analytics.track(event="Product Viewed", properties=it.product, **anonymous)
    analytics.identify(traits=it.traits, **known)
    analytics.group(group_id=it.group["id"], traits=it.group["traits"], **known)
    analytics.track(event="Order Completed", properties=it.order, **known)
    analytics.page(name="Docs", properties={"url": it.docs}, **known)
    analytics.alias(previous_id=it.anonymous_id, user_id=it.user_id)
    for i in range(it.ticks):
        analytics.track(event="Tick", properties={"i": i}, **known)
    analytics.shutdown()
