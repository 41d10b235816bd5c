"""Mixpanel's client for servers: forms with JSON, and an answer that it reads."""

from mixpanel import Consumer, Mixpanel


def run(it):
    consumer = Consumer(
        events_url=f"{it.host}/track",
        people_url=f"{it.host}/engage",
        groups_url=f"{it.host}/groups",
        import_url=f"{it.host}/import",
        retry_limit=0,
    )
    mixpanel = Mixpanel(it.key, consumer)
    visitor = {"ip": it.ip, "$device_id": it.anonymous_id}
    view = {"$current_url": it.url, "$referrer": it.page["referrer"], "current_page_title": it.page["title"]}
    mixpanel.track(it.anonymous_id, "$mp_web_page_view", {**visitor, **view})
    mixpanel.track(it.anonymous_id, "Product Viewed", {**visitor, **it.product})
    known = {**visitor, "$user_id": it.user_id}
    mixpanel.people_set(it.user_id, it.traits)
    mixpanel.group_set("company", it.group["id"], it.group["traits"])
    mixpanel.track(it.user_id, "Order Completed", {**known, **it.order})
    mixpanel.track(it.user_id, "$mp_web_page_view", {**known, "$current_url": it.docs})
    for i in range(it.ticks):
        mixpanel.track(it.user_id, "Tick", {**known, "i": i})
