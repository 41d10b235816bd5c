"""Amplitude's client for servers."""

from amplitude import Amplitude, BaseEvent, EventOptions, Identify, Revenue


def run(it):
    failures = []

    def answered(_event, code, message=None):
        if code != 200:
            failures.append(f"{code} {message}")

    client = Amplitude(it.key)
    client.configuration.server_url = f"{it.host}/2/httpapi"
    client.configuration.callback = answered
    client.configuration.flush_max_retries = 1
    visitor = {"device_id": it.anonymous_id, "ip": it.ip}
    known = {"user_id": it.user_id, **visitor}

    def view(url, title, **who):
        properties = {"[Amplitude] Page URL": url, "[Amplitude] Page Title": title}
        client.track(BaseEvent("[Amplitude] Page Viewed", event_properties=properties, **who))

    view(it.url, it.page["title"], **visitor)
    product = {name: value for name, value in it.product.items() if value is not None}
    client.track(BaseEvent("Product Viewed", event_properties=product, **visitor))
    traits = Identify()
    for name, value in it.traits.items():
        traits.set(name, value)
    client.identify(traits, EventOptions(**known))
    client.track(BaseEvent("Order Completed", event_properties=it.order, **known))
    revenue = Revenue(price=it.order["revenue"], quantity=1, product_id="ORD-1001", revenue_type="purchase")
    revenue.properties = {"currency": "EUR", "order_id": it.order["order_id"]}
    client.revenue(revenue, EventOptions(**known))
    view(it.docs, "Docs", **known)
    for i in range(it.ticks):
        client.track(BaseEvent("Tick", event_properties={"i": i}, **known))
    for future in client.flush():
        if future:
            future.result()
    client.shutdown()
    if failures:
        raise SystemExit("\n".join(failures))
