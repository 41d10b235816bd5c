use crate::page::parse_page;

use super::*;

fn came(query: &str, referrer: &str) -> Acquisition {
    let page = parse_page(&format!("https://shop.example.com/{query}"), false).unwrap();
    resolve(&page, (!referrer.is_empty()).then_some(referrer), "example.com")
}

fn source_and_channel(query: &str, referrer: &str) -> (String, String) {
    let came = came(query, referrer);
    (came.source.unwrap_or_else(|| "-".into()), came.channel)
}

#[test]
fn each_kind_of_arrival_has_its_source_and_channel() {
    for (query, referrer, source, channel) in [
        ("", "", "-", "Direct"),
        ("", "https://www.google.fi/", "Google", "Organic Search"),
        ("", "https://gemini.google.com/app", "Gemini", "AI Assistant"),
        ("", "https://mail.google.com/mail/u/0", "Gmail", "Email"),
        ("?gclid=abc", "https://www.google.com/", "Google", "Paid Search"),
        ("?gclid=abc", "", "Google", "Paid Search"),
        ("?fbclid=abc", "https://l.facebook.com/", "Facebook", "Organic Social"),
        ("?fbclid=abc", "", "-", "Direct"),
        ("?msclkid=1", "", "Bing", "Paid Search"),
        ("?gclid=abc&gclsrc=aw.ds", "", "Google", "Paid Search"),
        ("?gclid=abc&gclsrc=3p.ds", "https://www.bing.com/", "Bing", "Paid Search"),
        ("?gclid=abc&gclsrc=3p.ds", "", "Search Ads 360", "Paid Search"),
        ("?gclsrc=gf", "", "-", "Direct"),
        ("?utm_source=(direct)&utm_medium=(none)", "", "-", "Direct"),
        ("?utm_source=(direct)&utm_medium=(none)", "https://blog.example.org/", "-", "Direct"),
        ("?utm_source=(direct)&utm_medium=(none)&gclid=1", "", "Google", "Paid Search"),
        ("?utm_source=chatgpt.com", "", "ChatGPT", "AI Assistant"),
        (
            "?utm_source=newsletter&utm_medium=email",
            "https://www.google.com/",
            "newsletter",
            "Email",
        ),
        (
            "?utm_source=google&utm_medium=cpc&utm_campaign=Spring-Shop",
            "",
            "Google",
            "Paid Shopping",
        ),
        ("?utm_source=google&utm_medium=cpc&utm_campaign=workshop", "", "Google", "Paid Search"),
        ("?utm_source=fb&utm_medium=paid_social", "", "Facebook", "Paid Social"),
        ("?ref=producthunt", "", "Product Hunt", "Organic Social"),
        ("?source=partner", "", "partner", "Referral"),
        ("", "https://blog.partner.io/post?x=1", "blog.partner.io", "Referral"),
        ("", "android-app://com.google.android.gm", "Gmail", "Email"),
        ("", "https://www.amazon.de/dp/1", "Amazon", "Organic Shopping"),
        ("", "https://m.youtube.com/watch", "YouTube", "Organic Video"),
        ("?mc_cid=1", "", "Mailchimp", "Email"),
        ("?awc=1", "", "awin", "Affiliates"),
        ("?mtm_campaign=x&mtm_source=bing&mtm_medium=cpc", "", "Bing", "Paid Search"),
    ] {
        assert_eq!(
            source_and_channel(query, referrer),
            (source.into(), channel.into()),
            "{query} {referrer}"
        );
    }
}

#[test]
fn own_pages_and_payment_pages_are_no_source() {
    for referrer in [
        "https://www.example.com/",
        "https://blog.example.com/x",
        "https://www.paypal.com/checkout",
        "garbage",
    ] {
        let came = came("", referrer);
        assert_eq!(
            (came.source, came.referrer, came.channel.as_str()),
            (None, None, "Direct"),
            "{referrer}"
        );
    }
}

#[test]
fn tags_are_grouped_in_lower_case_and_the_first_value_wins() {
    let came =
        came("?utm_source=+Google+&utm_source=bing&utm_campaign=Big%20Sale&gclid=secret", "");
    assert_eq!(came.utm_source.as_deref(), Some("google"));
    assert_eq!(came.utm_campaign.as_deref(), Some("big sale"));
    assert_eq!(came.click_id.as_deref(), Some("gclid"));
}

#[test]
fn a_click_of_search_ads_360_is_told_from_one_of_google_ads() {
    let name = |query: &str| came(query, "").click_id;
    assert_eq!(name("?gclid=abc&gclsrc=aw.ds").as_deref(), Some("gclsrc"));
    assert_eq!(name("?gclid=abc&gclsrc=3p.ds").as_deref(), Some("gclsrc"));
    assert_eq!(name("?gclid=abc&gclsrc=ds").as_deref(), Some("gclid"));
    assert_eq!(name("?gclsrc=ds"), None);
}

#[test]
fn a_click_id_proves_the_click_was_paid() {
    let came = came("?utm_source=google&utm_medium=web&gclid=x", "");
    assert_eq!(came.channel, "Paid Search");
    assert_eq!(came.utm_medium.as_deref(), Some("web"));
}

#[test]
fn the_referrer_is_kept_without_its_query() {
    assert_eq!(
        came("", "https://www.partner.io/a/b/?token=1#x").referrer.as_deref(),
        Some("partner.io/a/b")
    );
}

#[test]
fn a_brand_is_known_under_every_public_suffix_and_look_alikes_are_not() {
    assert_eq!(known_source("google.co.uk").unwrap().name, "Google");
    assert_eq!(known_source("notgoogle.com"), None);
    assert_eq!(known_source("google.com.evil.example"), None);
}

#[test]
fn the_host_of_a_referrer_is_the_same_parsed_or_not() {
    for referrer in [
        "https://www.google.com/",
        "https://news.example.org/article?id=5",
        "http://a.b-c.example/#x",
        "https://Shop.Example/",
        "https://user@shop.example/",
        "https://shop.example:8080/",
        "https://192.0.2.1/",
        "https://0x7f.1/",
        "https://shop..example/",
        "https://xn--kenkkauppa-t5a.fi/",
        "android-app://com.example/",
        "https://shop.example",
        "no address",
    ] {
        let parsed = Url::parse(referrer)
            .ok()
            .and_then(|url| Some(without_www(url.host_str()?).to_lowercase()));
        assert_eq!(referring_host(referrer), parsed, "{referrer}");
    }
}
