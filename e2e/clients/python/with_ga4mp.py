"""A client of GA4's Measurement Protocol."""

from ga4mp import GtagMP


def run(it):
    ga = GtagMP(api_secret=it.secret, measurement_id=it.key, client_id="1234567890.1774747800")
    ga._base_domain = f"{it.host}/mp/collect"

    def event(name, **params):
        event = ga.create_new_event(name=name)
        for param, value in params.items():
            event.set_event_param(param, value)
        return event

    # A parameter has at most 100 characters.
    location = it.url.split("&utm_medium")[0] + "&utm_campaign=spring_sale"
    view = {"page_location": location, "page_title": it.page["title"], "page_referrer": it.page["referrer"]}
    order = it.order
    items = [{"item_id": item["sku"], "quantity": item["quantity"]} for item in order["products"]]
    bought = {"transaction_id": order["order_id"], "value": order["revenue"], "currency": "EUR", "items": items}
    item = {"item_id": it.product["sku"], "price": it.product["price"]}
    seen = {"currency": "EUR", "value": it.product["price"], "items": [item]}
    ga.send([event("page_view", **view)])
    ga.send([event("view_item", **seen)])
    ga.send([event("purchase", **bought)])
    ga.send([event("page_view", page_location=it.docs, page_title="Docs")])
    ga.send([event("Tick", i=i) for i in range(it.ticks)])
