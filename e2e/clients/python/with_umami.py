"""Umami's client for servers."""

import umami


def run(it):
    umami.set_url_base(it.host)
    umami.set_website_id(it.key)
    umami.set_hostname(it.domain)
    page = it.page
    visitor = {"ip_address": it.ip, "language": "de-DE"}
    umami.new_page_view(page["title"], page["path"] + page["search"], referrer=page["referrer"], **visitor)
    product = {name: it.product[name] for name in ("sku", "price", "name")}
    umami.new_event("Product Viewed", url=page["path"], custom_data=product, **visitor)
    umami.new_revenue_event(it.order["revenue"], "EUR", event_name="Order Completed", url=page["path"], **visitor)
    umami.new_page_view("Docs", "/docs", **visitor)
    for i in range(it.ticks):
        umami.new_event("Tick", url="/docs", custom_data={"i": i}, **visitor)
