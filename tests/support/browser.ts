import axe from "axe-core";
import type { Browser, BrowserContextOptions, Page, Request } from "playwright-core";
import { delimiter, join } from "node:path";

const CHROMIUM = ["chromium", "chromium-browser", "google-chrome"].map(onPath)
  .find((path) => path !== undefined);

/** How long a page may take to show what a test waits for. Only failing tests wait so long. */
const PATIENCE_MILLISECONDS = 120_000;

/** Whether there is a browser. */
export const HAS_BROWSER: boolean = CHROMIUM !== undefined;

if (!HAS_BROWSER) console.log("left out: tests with chromium, which is not on this machine");

/** A test that needs a browser. */
export function browserTest(name: string, fn: () => Promise<void>): void {
  Deno.test({
    name: `browser: ${name}`,
    ignore: !HAS_BROWSER,
    // The browser that all tests of a file share runs on between them, and so do its pipes.
    sanitizeOps: false,
    sanitizeResources: false,
    fn,
  });
}

/** A page and its errors. */
export interface TestPage extends AsyncDisposable {
  readonly page: Page;
  /** Errors of its console, and exceptions. */
  readonly errors: string[];
  /** Addresses of all requests. */
  readonly requests: string[];
}

let browser: Promise<Browser> | undefined;

/** One browser serves all tests. */
async function launch(): Promise<Browser> {
  // Or it looks into /proc when it is loaded, to find out whether this is Windows in disguise; Deno
  // would ask all permissions for that.
  Deno.env.set("__IS_WSL_TEST__", "1");
  const { chromium } = await import("playwright-core");
  return await chromium.launch({
    executablePath: CHROMIUM!,
    // Chromium's own sandbox does not work for root.
    args: ["--no-sandbox"],
    // They end the browser, and tests beside these send them to this process. Without a process that
    // listens to it, the browser ends by itself.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
}

/** Opens an address in a window with nothing kept of others. */
export async function openPage(
  url: string,
  options: BrowserContextOptions = {},
): Promise<TestPage> {
  const context = await (await (browser ??= launch())).newContext(options);
  context.setDefaultTimeout(PATIENCE_MILLISECONDS);
  const page = await context.newPage();
  const errors: string[] = [];
  const requests: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !isTooSlow(message.text())) errors.push(message.text());
  });
  page.on("request", (request) => requests.push(request.url()));
  page.on("websocket", (socket) => requests.push(socket.url()));
  await load(page, url);
  return { page, errors, requests, [Symbol.asyncDispose]: () => context.close() };
}

/** Loads an address. */
function load(page: Page, url: string): Promise<void> {
  return inTime(page, async (attempt) => {
    // To where one is already, only the part behind the # would be gone to.
    if (attempt > 1) await page.goto("about:blank");
    await page.goto(url);
  });
}

/** Loads the page anew. */
export function reload(page: Page): Promise<void> {
  return inTime(page, async () => void await page.reload());
}

/** Navigates, again where the browser was too slow for the server. */
async function inTime(page: Page, navigate: (attempt: number) => Promise<void>): Promise<void> {
  let wasSlow = true;
  const onFailure = (request: Request) => {
    wasSlow ||= isTooSlow(request.failure()?.errorText ?? "");
  };
  page.on("requestfailed", onFailure);
  for (let attempt = 1; wasSlow && attempt <= 5; attempt++) {
    wasSlow = false;
    await navigate(attempt).catch(async (error) => {
      if (!isTooSlow(String(error))) throw error;
      wasSlow = true;
      // The browser's own page about that would interrupt the next attempt.
      await page.waitForURL("chrome-error:**");
    });
  }
  page.off("requestfailed", onFailure);
}

/**
 * Whether a browser has connected, and on a machine with too much to do took more than the 150 ms to
 * ask for something after which silence is a person: it gets the prompt for a name as its answer.
 */
function isTooSlow(error: string): boolean {
  return error.includes("ERR_INVALID_HTTP_RESPONSE");
}

/** Ends the browser, after all tests. */
export async function closeBrowser(): Promise<void> {
  await (await browser)?.close();
  browser = undefined;
}

/** Violations that axe finds. */
export async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return await page.evaluate<string[]>(`axe.run().then(({ violations }) => violations
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ": " + html)))`);
}

/** Opens the page of a server and joins. */
export async function joinPage(
  port: number,
  name: string,
  options?: BrowserContextOptions,
): Promise<TestPage> {
  const opened = await openPage(`http://127.0.0.1:${port}/`, options);
  const { page } = opened;
  await page.getByLabel("Name", { exact: true }).fill(name);
  await submitLogin(page);
  return opened;
}

/** Submits the login form, and waits until the user is in the chat. @throws with the reason of a refusal. */
export async function submitLogin(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Join", exact: true }).click();
  const fault = page.locator("#join-fault:visible");
  await page.getByRole("log").or(fault).first().waitFor();
  if (await fault.isVisible()) throw new Error(`The page did not join: ${await fault.innerText()}`);
}

/** Opens the whispers with a user, by the menu of their name in the list. */
export async function openWhispers(page: Page, name: string): Promise<void> {
  await page.getByRole("complementary").getByRole("button", { name }).click();
  await page.getByRole("menuitem", { name: `Whisper to ${name}` }).click();
}

/** Types a message and sends it. */
export async function say(page: Page, text: string): Promise<void> {
  const field = page.getByLabel("Message", { exact: true });
  await field.fill(text);
  await field.press("Enter");
}

/**
 * Hands a file to an element as the browser would: a test has no hand to drag with, and no clipboard.
 */
export async function handFile(
  page: Page,
  selector: string,
  type: "drop" | "paste",
  { name, text }: { readonly name: string; readonly text: string },
): Promise<void> {
  // As text: what it says about the page, the tests' own types do not know.
  await page.evaluate(`{
    const data = new DataTransfer();
    data.items.add(new File([${JSON.stringify(text)}], ${JSON.stringify(name)}));
    const how = { dataTransfer: data, clipboardData: data, bubbles: true, cancelable: true };
    const Kind = ${type === "drop" ? "DragEvent" : "ClipboardEvent"};
    document.querySelector(${JSON.stringify(selector)}).dispatchEvent(new Kind("${type}", how));
  }`);
}

/** Waits until the log shows the text. */
export function waitForText(page: Page, text: string): Promise<void> {
  return page.getByRole("log").getByText(text, { exact: true }).first().waitFor();
}

/** The texts of all messages in the log, from top to bottom. */
export function messagesOn(page: Page): Promise<string[]> {
  return page.locator("#log .message .text").allInnerTexts();
}

/** Where a command is. */
function onPath(command: string): string | undefined {
  return (Deno.env.get("PATH") ?? "").split(delimiter)
    .map((folder) => join(folder, command))
    .find((path) => {
      try {
        return Deno.statSync(path).isFile;
      } catch {
        return false;
      }
    });
}

/**
 * Waits until an expression is true in a page.
 *
 * A text would be evaluated again at each look, which the page's security policy forbids after the first
 * one: a function is evaluated once.
 */
export async function untilInPage(page: Page, expression: string): Promise<void> {
  await page.waitForFunction(new Function(`return ${expression};`) as () => unknown);
}
