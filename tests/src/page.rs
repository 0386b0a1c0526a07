//! What is in the window, as a person finds it: by the marks (`data-testid`) of the page.

use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::wd::TimeoutConfiguration;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};

/// How long something may take to appear.
const PATIENCE: Duration = Duration::from_secs(60);

/// The page in the window.
pub struct Page {
    /// The driver's session, for what has no method here.
    pub client: Client,
}

impl Page {
    /// The page of a driver's session.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Waits until the first view is drawn and takes clicks.
    ///
    /// # Panics
    /// Where it never does.
    pub async fn ready(&self) {
        let script = TimeoutConfiguration::new(Some(PATIENCE), Some(PATIENCE), None);
        self.client.update_timeouts(script).await.unwrap();
        self.find("html[data-ready='true'][data-read='true']").await;
    }

    /// The element with a mark, once it can be seen.
    ///
    /// # Panics
    /// Where it does not appear.
    pub async fn see(&self, mark: &str) -> Element {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            // A view that is redrawn meanwhile gives a new element: it is looked for again.
            let element = self.find(&marked(mark)).await;
            if element.is_displayed().await.unwrap_or(false) {
                return element;
            }
            assert!(tokio::time::Instant::now() < deadline, "`{mark}` is there but can't be seen");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The first element for a CSS selector, once it is there.
    ///
    /// # Panics
    /// Where it does not appear.
    pub async fn find(&self, selector: &str) -> Element {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            // One that goes while it is handed over is an error of the driver, and no answer.
            match self.client.find(Locator::Css(selector)).await {
                Ok(element) => return element,
                Err(error) if tokio::time::Instant::now() > deadline => {
                    panic!("`{selector}` does not appear ({error}); the page says:\n{}", self.words().await)
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    /// Presses the element with a mark, once it can be pressed.
    ///
    /// # Panics
    /// Where it can't.
    pub async fn press(&self, mark: &str) {
        self.press_at(&marked(mark)).await;
    }

    /// Presses the first element for a CSS selector, once it can be pressed.
    ///
    /// # Panics
    /// Where it can't.
    pub async fn press_at(&self, selector: &str) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let element = self.find(selector).await;
            // A view that is redrawn meanwhile gives a new element: it is looked for again. What can't be pressed yet is
            // not tried: it could become free in between, and be pressed although this did not know it.
            let enabled = element.is_enabled().await;
            let clicked = if matches!(enabled, Ok(true)) { element.click().await } else { Ok(()) };
            match (enabled, clicked) {
                (Ok(true), Ok(())) => return,
                (enabled, clicked) => {
                    assert!(
                        tokio::time::Instant::now() < deadline,
                        "`{selector}` can't be pressed: enabled {enabled:?}, {clicked:?}"
                    );
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }
    }

    /// Types into the element with a mark.
    ///
    /// # Panics
    /// Where it takes no text.
    pub async fn write(&self, mark: &str, text: &str) {
        let field = self.see(mark).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Waits until the element with a mark says something.
    ///
    /// # Panics
    /// Where it does not.
    pub async fn says(&self, mark: &str, text: &str) {
        let script = "const e = document.querySelector(arguments[0]); return e ? e.textContent : null";
        self.holds(&format!("`{mark}` says ‘{text}’"), script, vec![json!(marked(mark))], |value| {
            value.as_str().is_some_and(|said| said.to_lowercase().contains(&text.to_lowercase()))
        })
        .await;
    }

    /// Waits until the element with a mark is gone.
    ///
    /// # Panics
    /// Where it stays.
    pub async fn gone(&self, mark: &str) {
        let script = "return document.querySelector(arguments[0]) === null";
        self.holds(&format!("`{mark}` is gone"), script, vec![json!(marked(mark))], |value| *value == json!(true)).await;
    }

    /// Waits until a script gives what is wanted.
    ///
    /// # Panics
    /// Where it does not.
    pub async fn holds(&self, what: &str, script: &str, arguments: Vec<Value>, wanted: impl Fn(&Value) -> bool) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let value = self.client.execute(script, arguments.clone()).await.unwrap();
            if wanted(&value) {
                return;
            }
            if tokio::time::Instant::now() > deadline {
                panic!("waited in vain until {what}; last {value}; the page says:\n{}", self.words().await);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What a person can read.
    ///
    /// # Panics
    /// Where the page doesn't answer.
    pub async fn words(&self) -> String {
        let value = self.client.execute("return document.body.innerText", vec![]).await.unwrap();
        value.as_str().unwrap_or_default().to_owned()
    }

    /// All that the page holds: its document, and what stands in its fields.
    ///
    /// # Panics
    /// Where the page doesn't answer.
    pub async fn everything(&self) -> String {
        let script = "return document.documentElement.outerHTML + '\\n' + \
                      [...document.querySelectorAll('input, textarea, select')].map((field) => field.value).join('\\n')";
        self.client.execute(script, vec![]).await.unwrap().as_str().unwrap_or_default().to_owned()
    }

    /// Calls a command as script in the page can.
    ///
    /// # Errors
    /// What the page gets.
    ///
    /// # Panics
    /// Where the page doesn't answer.
    pub async fn call(&self, command: &str, arguments: Value) -> Result<Value, Value> {
        let script = "const [command, given, done] = arguments; \
                      window.__TAURI_INTERNALS__.invoke(command, given).then((ok) => done({ ok }), (error) => done({ error }))";
        let answer = self.client.execute_async(script, vec![json!(command), arguments]).await.unwrap();
        match answer.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(answer.get("ok").cloned().unwrap_or(Value::Null)),
        }
    }

    /// Leaves a session whose program is gone.
    pub async fn forget(self) {
        // It fails, because there is nobody left to end; without it the client would wait for an answer.
        let _ = tokio::time::timeout(Duration::from_secs(5), self.client.close()).await;
    }
}

/// The selector of a mark.
#[must_use]
pub fn marked(mark: &str) -> String {
    format!("[data-testid='{mark}']")
}
