// Builds the page beside this file, measures it in the browser and tells the figures as JSON, in milliseconds.
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { build, preview } from "vite";

const root = fileURLToPath(new URL(".", import.meta.url));
const outDir = fileURLToPath(new URL("../../../target/ui-bench/", import.meta.url));
const config = { root, base: "./", configFile: false, logLevel: "error" };
await build({ ...config, build: { outDir, emptyOutDir: true, target: "es2022", rollupOptions: { input: `${root}chart.html` } } });
const server = await preview({ ...config, build: { outDir }, preview: { host: "127.0.0.1", port: 0 } });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--no-first-run"] });
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(`${server.resolvedUrls.local[0]}chart.html`);
  console.log(JSON.stringify(await page.evaluate(() => window.measured)));
} finally {
  await browser.close();
  await server.close();
}
