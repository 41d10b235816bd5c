use super::*;

fn reason(user_agent: &str) -> Option<BotReason> {
    bot_reason(&Signs { user_agent, purpose: "" })
}

#[test]
fn crawlers_and_programs_are_recognised() {
    for user_agent in [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "curl/8.5.0",
        "python-requests/2.32",
        "facebookexternalhit/1.1",
        "Mozilla/5.0 (Laravel Reaver .env Presence)",
        "",
    ] {
        assert_eq!(reason(user_agent), Some(BotReason::UserAgent), "{user_agent}");
    }
}

#[test]
fn crawlers_of_models_are_a_class_of_their_own() {
    for user_agent in [
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; PerplexityBot/1.0; +https://perplexity.ai/perplexitybot)",
        "Mozilla/5.0 (compatible; CCBot/2.0; https://commoncrawl.org/faq/)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; OAI-SearchBot/1.0; +https://openai.com/searchbot",
        "meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)",
    ] {
        assert_eq!(reason(user_agent), Some(BotReason::AiCrawler), "{user_agent}");
    }
}

#[test]
fn assistants_that_act_for_a_person_are_another() {
    for user_agent in [
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; ChatGPT-User/1.0; +https://openai.com/bot",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Claude-User/1.0; +Claude-User@anthropic.com)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Perplexity-User/1.0; +https://perplexity.ai/perplexity-user)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; MistralAI-User/1.0; +https://docs.mistral.ai/robots)",
    ] {
        assert_eq!(reason(user_agent), Some(BotReason::AiAgent), "{user_agent}");
    }
}

#[test]
fn browsers_without_a_window_are_recognised() {
    let user_agent =
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/142.0.0.0 Safari/537.36";
    assert_eq!(reason(user_agent), Some(BotReason::Headless));
}

#[test]
fn people_are_people() {
    let programs = Programs::new(r#"{"crawlers": ["Foo[Bb]ar\\/"], "ai_crawlers": []}"#).unwrap();
    for user_agent in [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.6.1 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
        "Mozilla/5.0 (Linux; Android 10; CUBOT X30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) GSA/395.0.856 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Linux; Android 14; SM-S918B Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/142.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/442.0.0.44.114;]",
    ] {
        assert_eq!(reason(user_agent), None, "{user_agent}");
        assert_eq!(programs.reason(user_agent), None, "{user_agent}");
    }
}

#[test]
fn apps_of_phones_are_people() {
    for user_agent in [
        "MyApp/1.4.2 (cz.nkshub.myapp; Android 14; SM-G991B) RybbitFlutter/0.2.4",
        "Shop/2.1.0 (Linux; Android 13; Google Pixel 7) Flutter",
        "Shop/2.1.0 (iPhone; iOS 17.5) Flutter",
        "Shop/38 CFNetwork/1496.0.7 Darwin/23.5.0",
    ] {
        assert_eq!(reason(user_agent), None, "{user_agent}");
    }
    for user_agent in ["okhttp/4.12.0", "Shop/2.1", "Dart/3.4 (dart:io)", "Checker/1.0 (Android 9)"]
    {
        assert_eq!(reason(user_agent), Some(BotReason::UserAgent), "{user_agent}");
    }
}

#[test]
fn a_listed_crawler_is_found_by_its_pattern_in_any_case() {
    let lists = r#"{"crawlers": ["Foo[Bb]ar\\/"], "ai_crawlers": ["Quux"]}"#;
    let programs = Programs::new(lists).unwrap();
    let browser = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36";
    let with = |word: &str| programs.reason(&format!("{browser} {word}"));
    assert_eq!(with("foobar/2"), Some(BotReason::UserAgent));
    assert_eq!(with("quux/1"), Some(BotReason::AiCrawler));
    assert_eq!(with("bar/2"), None);
    assert!(Programs::new(r#"{"crawlers": ["("], "ai_crawlers": []}"#).is_err());
    assert!(Programs::new("[]").is_err());
}

#[test]
fn a_page_loaded_ahead_is_no_visit_yet() {
    let signs = Signs {
        user_agent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/144.0",
        purpose: "prefetch;prerender",
    };
    assert_eq!(bot_reason(&signs), Some(BotReason::Prefetch));
}

#[test]
fn a_browser_says_which_languages_it_reads_and_chromium_what_it_is() {
    let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0";
    let headers = |accept_language, client_hints, secure| Headers {
        accept_language,
        client_hints,
        secure,
        ..Headers::default()
    };
    assert!(!headers_are_odd(&headers("fi", "\"Chromium\";v=\"142\"", true), chrome));
    assert!(headers_are_odd(&headers("fi", "", true), chrome));
    assert!(!headers_are_odd(&headers("fi", "", false), chrome));
    assert!(!headers_are_odd(&headers("fi", "", true), firefox));
    assert!(headers_are_odd(&headers("", "", true), firefox));
}
