//! Reveal: the person sees the secret, the page can't.

use fantoccini::Locator;
use keydeck_tests::pictures::Album;
use keydeck_tests::walk::Walk;
use keydeck_tests::{Desktop, Machine, canary};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn the_frame_shows_what_the_page_cannot_read() {
    let machine = Machine::start();
    let mut album = Album::new("pictures/reveal");
    let desktop = Desktop::start(&machine).await;
    let page = &desktop.page;
    let mut walk = Walk::new(&machine, &desktop, &mut album);
    walk.connect_local().await;
    let made = walk.create_and_copy("Billing worker").await;

    page.press("secret-reveal").await;
    let frame = page.see("secret-frame").await;
    // The page shows the countdown when the frame was served.
    page.says("secret-dialog", "hidden again in").await;
    // A picture of it would hold the secret: what the page holds is looked at, and no picture is kept.
    canary::page_is_clean(&page.everything().await, "revealed");
    let address = frame.attr("src").await.unwrap().unwrap();
    assert!(address.starts_with("sealed://localhost/"), "{address}");
    let tries = "
        const [address, done] = arguments;
        const frame = document.querySelector(\"[data-testid='secret-frame']\");
        const attempt = (what) => { try { return String(what()) } catch (error) { return 'refused' } };
        const direct = [
            attempt(() => frame.contentDocument && frame.contentDocument.body.innerText),
            attempt(() => frame.contentWindow.document.body.innerText),
            attempt(() => frame.contentWindow.location.href),
            attempt(() => frame.contentWindow.eval('document.body.innerText')),
            attempt(() => window.getSelection().toString()),
        ];
        const asked = (how) => fetch(address, how).then((answer) => answer.text(), () => 'refused');
        const sent = new Promise((resolve) => {
            const request = new XMLHttpRequest();
            request.onload = () => resolve(request.responseText);
            request.onerror = () => resolve('refused');
            try { request.open('GET', address); request.send(); } catch { resolve('refused'); }
        });
        Promise.all([asked({}), asked({ mode: 'no-cors' }), asked({ headers: { accept: 'text/html' } }), sent]).then((more) => done([...direct, ...more]));";
    let read = page.client.execute_async(tries, vec![json!(address)]).await.unwrap();
    assert!(!read.to_string().contains(&made.secret), "script in the page read it");

    // The person sees it.
    frame.enter_frame().await.unwrap();
    let shown = page.client.find(Locator::Css("body")).await.unwrap().text().await.unwrap();
    assert!(shown.contains(&made.secret), "the frame shows the secret");
    page.client.enter_parent_frame().await.unwrap();

    // It works once: a second frame at the same address stays empty, and so does the window itself.
    let again = page.call("reveal_served", json!({ "address": address })).await.unwrap();
    assert_eq!(again, json!(true));
    let second = "const [address, done] = arguments; const frame = document.createElement('iframe'); frame.dataset.testid = 'second'; \
                  frame.onload = () => done(true); frame.src = address; document.querySelector(\"[data-testid='secret-dialog']\").append(frame)";
    page.client.execute_async(second, vec![json!(address)]).await.unwrap();
    page.see("second").await.enter_frame().await.unwrap();
    let shown = page.client.find(Locator::Css("body")).await.unwrap().text().await.unwrap();
    assert!(!shown.contains(&made.secret), "a second frame shows it again");
    page.client.enter_parent_frame().await.unwrap();

    page.press("secret-hide").await;
    page.gone("secret-frame").await;
    walk.picture("hidden").await;
    desktop.quit().await;
    assert!(canary::find(&[made.secret], &[machine.folder(), album.folder()]).is_empty());
}

/// The page sends the whole window to the sealed address, where it could not be closed again.
#[tokio::test(flavor = "multi_thread")]
async fn the_window_itself_never_stays_on_a_secret() {
    let machine = Machine::start();
    let mut album = Album::new("pictures/reveal-window");
    let desktop = Desktop::start(&machine).await;
    let page = &desktop.page;
    let mut walk = Walk::new(&machine, &desktop, &mut album);
    walk.connect_local().await;
    let mut made = walk.create_and_copy("Billing worker").await;
    walk.try_and_finish(&mut made, "Billing worker").await;
    let overview = page.call("overview", json!({})).await.unwrap();
    let connection = &overview["connections"][0];
    let key = json!({ "connection": connection["id"], "organization": connection["organizations"][0]["id"], "key": made.id });
    let reveal = page.call("reveal_secret", json!({ "key": key })).await.unwrap();
    page.client.execute("location.href = arguments[0]", vec![reveal["address"].clone()]).await.unwrap();
    page.holds("the window is back", "return location.origin", vec![], |at| *at == json!("tauri://localhost")).await;
    page.find("html[data-ready='true']").await;
    // Back by the history, where the page cache would show it again.
    page.client.execute("history.back()", vec![]).await.unwrap();
    page.holds(
        "the window is back again",
        "return [location.origin, document.documentElement.dataset.ready ?? null]",
        vec![],
        |at| *at == json!(["tauri://localhost", "true"]),
    )
    .await;
    canary::page_is_clean(&page.everything().await, "back");
    desktop.quit().await;
}
