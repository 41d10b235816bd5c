"""PostHog's client for servers."""

from posthog import Posthog


def run(it):
    posthog = Posthog(it.key, host=it.host, sync_mode=False, max_retries=0, debug=False)
    person = {"$ip": it.ip, "$raw_user_agent": it.user_agent}
    view = {**person, "$current_url": it.url, "$referrer": it.page["referrer"], "title": it.page["title"]}
    posthog.capture("$pageview", distinct_id=it.anonymous_id, properties=view)
    posthog.capture("Product Viewed", distinct_id=it.anonymous_id, properties={**person, **it.product})
    identified = {**person, "$anon_distinct_id": it.anonymous_id, "$set": it.traits}
    posthog.capture("$identify", distinct_id=it.user_id, properties=identified)
    posthog.group_identify("company", it.group["id"], it.group["traits"])
    posthog.capture("Order Completed", distinct_id=it.user_id, properties={**person, **it.order})
    posthog.capture("$pageview", distinct_id=it.user_id, properties={**person, "$current_url": it.docs})
    posthog.alias(it.anonymous_id, it.user_id)
    for i in range(it.ticks):
        posthog.capture("Tick", distinct_id=it.user_id, properties={**person, "i": i})
    posthog.shutdown()
