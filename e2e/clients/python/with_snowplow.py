"""Snowplow's tracker for servers."""

from snowplow_tracker import Emitter, PageView, SelfDescribing, SelfDescribingJson, StructuredEvent, Subject, Tracker


def run(it):
    failures = []
    emitter = Emitter(
        it.host.removeprefix("http://"),
        protocol="http",
        method="post",
        batch_size=10,
        on_failure=lambda _count, failed: failures.extend(failed),
    )
    subject = Subject().set_domain_user_id(it.anonymous_id).set_ip_address(it.ip).set_useragent(it.user_agent)
    tracker = Tracker(namespace="sp", emitters=emitter, subject=subject, app_id=it.key, encode_base64=True)
    tracker.track(PageView(page_url=it.url, page_title=it.page["title"], referrer=it.page["referrer"]))
    product = SelfDescribingJson("iglu:com.shop/product_viewed/jsonschema/1-0-0", it.product)
    tracker.track(SelfDescribing(product))
    subject.set_user_id(it.user_id)
    names = ("sku", "name", "category", "price", "quantity")
    items = [{name: item[name] for name in names} for item in it.order["products"]]
    order = it.order
    tracker.track_ecommerce_transaction(
        order_id=order["order_id"],
        total_value=order["total"],
        tax_value=order["tax"],
        shipping=order["shipping"],
        currency="EUR",
        items=items,
    )
    tracker.track(PageView(page_url=it.docs, page_title="Docs"))
    for i in range(it.ticks):
        tracker.track(StructuredEvent(category="clock", action="Tick", label="i", value=i))
    tracker.flush()
    if failures:
        raise SystemExit(f"{len(failures)} events failed")
