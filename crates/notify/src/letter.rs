//! A message in one language, as text and as HTML.

use luotsi_marketing::goal::Locale;
use luotsi_marketing::phrase::Phrase;
use serde::{Deserialize, Serialize};

/// What a mail says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// `en`, `fi` or `fa`.
    pub locale: String,
    pub workspace: String,
    pub title: String,
    /// Where the change sits, the most telling first.
    pub body: Vec<String>,
    /// What can be done about it.
    pub advice: Option<String>,
    /// Path of the page that it is about.
    pub link: String,
    /// Path of the page on which people choose what they are told.
    pub choose: String,
}

/// Most characters of a subject.
const LONGEST_SUBJECT: usize = 160;

impl Letter {
    pub fn locale(&self) -> Locale {
        self.locale.parse().unwrap_or(Locale::En)
    }

    /// One line, without anything that could end a header.
    pub fn subject(&self) -> String {
        let subject = one_line(&format!("{} · {}", self.title, self.workspace));
        if subject.chars().count() <= LONGEST_SUBJECT {
            return subject;
        }
        let mut short: String = subject.chars().take(LONGEST_SUBJECT - 1).collect();
        short.push('…');
        short
    }

    fn word(&self, key: &'static str) -> String {
        Phrase::new(key).text_value("workspace", self.workspace.as_str()).text(self.locale())
    }

    pub fn text(&self, base_url: &str) -> String {
        let mut parts = vec![self.title.clone()];
        parts.extend(self.body.iter().cloned());
        parts.extend(self.advice.clone());
        parts.push(format!("{}:\n{base_url}{}", self.word("mail_open"), self.link));
        parts.push(format!(
            "-- \n{}\n{}: {base_url}{}",
            self.word("mail_footer"),
            self.word("mail_choose"),
            self.choose
        ));
        parts.join("\n\n") + "\n"
    }

    /// A page for mail programs: styles inline, no picture, nothing that is fetched.
    pub fn html(&self, base_url: &str) -> String {
        let (lang, dir) = match self.locale() {
            Locale::En => ("en", "ltr"),
            Locale::Fi => ("fi", "ltr"),
            Locale::Fa => ("fa", "rtl"),
        };
        let align = if dir == "rtl" { "right" } else { "left" };
        let font = if dir == "rtl" {
            "Vazirmatn,Tahoma,Arial,sans-serif"
        } else {
            "Inter,-apple-system,'Segoe UI',Arial,sans-serif"
        };
        let paragraph = |text: &str, style: &str| {
            format!(
                "<p style=\"margin:0 0 12px;{style}\">{}</p>",
                escaped(text).replace('\n', "<br>")
            )
        };
        let body: String = self.body.iter().map(|text| paragraph(text, "")).collect();
        let advice =
            self.advice.as_deref().map(|text| paragraph(text, "color:#495057")).unwrap_or_default();
        format!(
            "<!doctype html>\n<html lang=\"{lang}\" dir=\"{dir}\">\n<head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title></head>\n\
             <body dir=\"{dir}\" style=\"margin:0;padding:24px;background:#f6f7f9;color:#1a1d21;\
             font:16px/1.6 {font};text-align:{align}\">\n\
             <div style=\"max-width:560px;margin:0 auto;padding:24px;background:#ffffff;border-radius:8px\">\n\
             <h1 style=\"margin:0 0 16px;font-size:19px;line-height:1.4\">{title}</h1>\n{body}{advice}\n\
             <p style=\"margin:20px 0 0\"><a href=\"{link}\" style=\"display:inline-block;padding:10px 18px;\
             background:#155e75;color:#ffffff;border-radius:6px;text-decoration:none\">{open}</a></p>\n</div>\n\
             <p style=\"max-width:560px;margin:16px auto 0;color:#5c636a;font-size:13px\">{footer} \
             <a href=\"{choose}\" style=\"color:#5c636a\">{choose_word}</a></p>\n</body>\n</html>\n",
            title = escaped(&self.title),
            link = escaped(&format!("{base_url}{}", self.link)),
            open = escaped(&self.word("mail_open")),
            footer = escaped(&self.word("mail_footer")),
            choose = escaped(&format!("{base_url}{}", self.choose)),
            choose_word = escaped(&self.word("mail_choose")),
        )
    }
}

/// Without control characters: a line break in a header would begin another.
pub(crate) fn one_line(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(locale: &str, title: &str) -> Letter {
        Letter {
            locale: locale.into(),
            workspace: "Kauppa & Co".into(),
            title: title.into(),
            body: vec!["Most of it: <b>FI</b>.".into()],
            advice: Some("Look.".into()),
            link: "/goals/g1".into(),
            choose: "/settings/notices".into(),
        }
    }

    #[test]
    fn nothing_in_a_title_ends_the_subject() {
        let subject = letter("en", "Orders\r\nBcc: all@example.com\u{85}\n\n fell").subject();
        assert_eq!(subject, "Orders Bcc: all@example.com fell · Kauppa & Co");
        assert_eq!(letter("en", &"x".repeat(500)).subject().chars().count(), LONGEST_SUBJECT);
    }

    #[test]
    fn a_persian_letter_runs_from_right_to_left() {
        let html = letter("fa", "سفارش‌ها افت کرد").html("https://luotsi.example");
        assert!(
            html.contains("<html lang=\"fa\" dir=\"rtl\">") && html.contains("text-align:right")
        );
        assert!(html.contains("باز کردن در Luotsi"));
        assert!(letter("fi", "Tilaukset laskivat").html("").contains("dir=\"ltr\""));
    }

    #[test]
    fn what_people_wrote_is_no_html() {
        let html = letter("en", "\"><script>alert(1)</script>").html("https://luotsi.example");
        assert!(!html.contains("<script>") && !html.contains("<b>FI"));
        assert!(html.contains("&lt;script&gt;") && html.contains("Kauppa &amp; Co"));
    }

    #[test]
    fn the_text_says_the_same_as_the_page() {
        assert_eq!(
            letter("en", "Orders fell.").text("https://luotsi.example"),
            "Orders fell.\n\nMost of it: <b>FI</b>.\n\nLook.\n\nOpen in Luotsi:\nhttps://luotsi.example/goals/g1\n\n\
             -- \nYou get this as a member of Kauppa & Co.\n\
             Choose what you are told: https://luotsi.example/settings/notices\n"
        );
    }
}
