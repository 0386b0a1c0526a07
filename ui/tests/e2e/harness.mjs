// A browser over the fake backend, under the policy of the real window: what breaks it, fails.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const ROOT = fileURLToPath(new URL("../../../target/ui-fake/", import.meta.url));
export const PICTURES = fileURLToPath(new URL("../../../target/pictures/ui/", import.meta.url));

// As in the program's configuration; `frame-ancestors` counts in a header alone.
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src ipc: http://ipc.localhost",
  "frame-src sealed://localhost http://sealed.localhost",
  "worker-src 'none'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8" };

function serve() {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, "http://localhost").pathname);
    try {
      const body = await readFile(join(ROOT, path));
      response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream", "content-security-policy": POLICY });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

export async function open() {
  const server = await serve();
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  const origin = `http://127.0.0.1:${server.address().port}`;

  /** A window on a world. Its `faults` must be empty at the end. */
  async function window(scenario, { dark = false, width = 1280, height = 800, locale = "en-GB", reduced = true, language } = {}) {
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: dark ? "dark" : "light",
      reducedMotion: reduced ? "reduce" : "no-preference",
      locale,
      timezoneId: "Europe/Berlin",
    });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const faults = [];
    page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) faults.push(`${message.type()}: ${message.text()}`);
    });
    await page.addInitScript(() => {
      // As in the real window.
      Object.freeze(Object.prototype);
      document.addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
    });
    if (language) await page.addInitScript((value) => Object.defineProperty(navigator, "language", { get: () => value }), language);
    // What Rust serves once in the sealed frame.
    await page.route("http://sealed.localhost/**", (route) =>
      route.fulfill({
        contentType: "text/html; charset=utf-8",
        body: route.request().url().endsWith("/blank")
          ? "<!doctype html><title>blank</title>"
          : "<!doctype html><title>sealed</title><style>:root{color-scheme:light dark}body{font:13px/1.5 monospace;margin:0 12px;height:100vh;display:flex;align-items:center;color:#16181d;overflow-wrap:anywhere}@media(prefers-color-scheme:dark){body{color:#eceef2}}</style><body>nw_test_SEALEDSEALEDSEALEDSEALEDSEALEDSEALED",
      }),
    );
    /** Begins anew with another world, in the same window: a new one takes longer than most tests. */
    async function show(other) {
      await page.mouse.move(0, 0);
      await page.goto("about:blank");
      faults.length = 0;
      await page.goto(`${origin}/fake.html#${other}`);
    }
    await page.goto(`${origin}/fake.html#${scenario}`);
    return { page, faults, show, close: () => context.close() };
  }

  return {
    window,
    origin,
    async close() {
      await browser.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const ready = (page) => page.waitForSelector("html[data-ready='true'][data-read='true']");
export const hook = (page, id) => page.getByTestId(id);
