// Visitors with a headless Chromium, and what every page must hold for all of them.
import assert from "node:assert/strict";
import { accessSync, constants } from "node:fs";
import { mkdir } from "node:fs/promises";
import { delimiter, join } from "node:path";

import axe from "axe-core";
import puppeteer from "puppeteer-core";

import { skip } from "./journey.mjs";

const patience = 20_000;
export const screens = {
  phone: { width: 390, height: 844, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  smallPhone: { width: 320, height: 568, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  laptop: { width: 1280, height: 800 },
  projector: { width: 1920, height: 1080 },
  smallProjector: { width: 1280, height: 720 },
};

function find(program) {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/**
 * Starts Chromium for the journey `t` and gives `visit(name, screen, {language, script, dark})`: a visitor who shares
 * nothing with the others. Skips where there is no Chromium.
 */
export async function startBrowser(t) {
  const executablePath = find("chromium") ?? skip("Chromium is not installed (deploy/packages test)");
  const browser = await puppeteer.launch({
    executablePath,
    // Tests may run as root, and in containers whose /dev/shm is small; pages come from our own server only.
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars"],
  });
  t.atEnd(() => browser.close());
  const visitors = [];
  t.atEnd(async () => visitors.forEach((visitor) => visitor.complain()));
  return {
    async visit(name, screen, options = {}) {
      const visitor = new Visitor(name, await newPage(browser, screen, options));
      visitors.push(visitor);
      return visitor;
    },
  };
}

async function newPage(browser, screen, { language = "en", script = true, dark = false }) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  await page.setViewport(screen);
  await page.setJavaScriptEnabled(script);
  await page.setExtraHTTPHeaders({ "Accept-Language": language });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }]);
  return page;
}

class Visitor {
  constructor(name, page) {
    this.name = name;
    this.page = page;
    this.complaints = [];
    page.on("pageerror", (error) => this.complaints.push(`script: ${error}`));
    page.on("dialog", (dialog) => {
      this.complaints.push(`dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    // What a browser says of refused scripts and missing files. That a killed server does not answer is no fault.
    page.on("console", (message) => {
      if (message.type() === "error" && !message.text().includes("net::ERR_")) this.complaints.push(message.text());
    });
  }

  complain() {
    assert.deepEqual(this.complaints, [], `${this.name}'s browser complained`);
  }

  go(url) {
    return this.page.goto(url);
  }

  /** Waits until the one visible element of `selector` is there and holds still, and presses it. */
  async press(selector) {
    await this.page.locator(selector).click();
  }

  /** Presses what leads to another page, with or without scripts, and waits for that. */
  async follow(selector) {
    await Promise.all([this.page.waitForNavigation(), this.page.click(selector)]);
  }

  async write(selector, text) {
    await this.page.locator(selector).fill(text);
  }

  /** Waits until `look`, run in the page, gives something, and gives that. */
  async sees(look, ...args) {
    try {
      return await (await this.page.waitForFunction(look, { polling: 50 }, ...args)).jsonValue();
    } catch (error) {
      const shown = await this.page.evaluate(() => document.body.innerText);
      await this.picture("never seen");
      throw new Error(`${this.name} never saw ${look} ${JSON.stringify(args)} (${error.message}) but:\n${shown}`);
    }
  }

  reads(selector, words) {
    return this.sees(
      (where, what) => [...document.querySelectorAll(where)].some((each) => each.innerText?.includes(what)),
      selector,
      words,
    );
  }

  text(selector) {
    return this.page.$eval(selector, (element) => element.textContent);
  }

  /** axe-core finds nothing against WCAG 2.1 AA and its best practices, and nothing is wider than the screen. */
  async checkPage(what) {
    await this.page.evaluate(axe.source);
    const { violations } = await this.page.evaluate(() => globalThis.axe.run({ resultTypes: ["violations"] }));
    const found = violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(" ")}`);
    assert.deepEqual(found, [], `${what}, as ${this.name} has it`);
    await this.picture(what);
    const { width } = this.page.viewport();
    const outside = await this.page.evaluate((edge) => {
      if (document.documentElement.scrollWidth <= edge) return [];
      const all = [...document.body.querySelectorAll("*")].filter((each) => each.getBoundingClientRect().right > edge + 1);
      return all.map((each) => each.outerHTML.slice(0, 200));
    }, width);
    assert.deepEqual(outside, [], `${what} is wider than ${width}, as ${this.name} has it`);
  }

  /** Into the folder of COLLOQUY_E2E_PICTURES, if that is set. */
  async picture(what, options = {}) {
    const folder = process.env.COLLOQUY_E2E_PICTURES;
    if (!folder) return;
    await mkdir(folder, { recursive: true });
    const path = join(folder, `${what} (${this.name}).png`.replaceAll(" ", "_"));
    await this.page.screenshot({ path, ...options });
  }
}
