//! F41: a locale without a language. WebKit would call the page's language `C`, which no number format takes, and
//! the chart's code would not load.

use keydeck_tests::{KeyServer, Machine};
use serde_json::Value;

use super::person::{ADA, Person};

#[tokio::test(flavor = "multi_thread")]
async fn f41_charts_draw_with_lc_all_c() {
    draws("C").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f41_charts_draw_with_lc_all_c_utf_8() {
    draws("C.UTF-8").await;
}

async fn draws(locale: &str) {
    let server = KeyServer::demonstration(ADA, 40);
    let variables = ["LC_ALL", "LANG"].map(|name| (name, locale.to_owned()));
    let album = format!("pictures/plain-locale/{locale}");
    let mut ada = Person::sit_down_with(Machine::start(), ADA, &album, &variables).await;
    let known = "try { new Intl.NumberFormat(navigator.language); return navigator.language } catch { return null }";
    let language = ada.page().client.execute(known, vec![]).await.unwrap();
    assert!(language.is_string(), "the page's language is one that numbers can be written in");

    ada.page().press("connect-keydeck").await;
    ada.add(&server, "Northwind's").await;
    ada.sign_in().await;
    ada.page().press("nav-usage").await;
    // Axes and grid are grey: what has a colour is the traffic.
    let drawn = "
        const canvas = document.querySelector('.uplot canvas');
        if (!canvas || canvas.width === 0) return [0, 0];
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let grey = 0, coloured = 0;
        for (let at = 0; at < data.length; at += 4) {
            if (data[at + 3] === 0) continue;
            const channels = [data[at], data[at + 1], data[at + 2]];
            if (Math.max(...channels) - Math.min(...channels) > 60) coloured++;
            else grey++;
        }
        return [grey, coloured];";
    let is_drawn = |pixels: &Value| pixels[0].as_u64() > Some(1_000) && pixels[1].as_u64() > Some(1_000);
    ada.page().holds("axes and traffic are drawn", drawn, vec![], is_drawn).await;
    ada.picture("usage").await;
    ada.desktop.quit().await;
}
