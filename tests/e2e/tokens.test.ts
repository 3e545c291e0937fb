/**
 * Tokens of accounts: `hubbub token`, and what a program can do over HTTP with one.
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { hashAccountPassword, newApiToken, openAccounts, openTokens } from "../../server/mod.ts";
import { addAccount, withData } from "../support/accounts.ts";
import { hasCommand, run } from "../support/commands.ts";
import { HttpClient, httpRequest } from "../support/http_answers.ts";
import { runProgram, startServe } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";

const PASSWORD = "correct horse";
const BASIC = 'Basic realm="hubbub", charset="UTF-8"';
const INVALID = 'Bearer realm="hubbub", error="invalid_token"';

/** Adds a token to an account of a data folder. */
async function addToken(data: string, name: string, expiresAt?: number): Promise<string> {
  const { token, ...secret } = newApiToken();
  const file = await openTokens(data);
  file.add(name, secret, { expiresAt }, Date.now());
  file.close();
  return token;
}

/** Status, code or sender, and challenge of a request with a token. */
async function ask(
  port: number,
  token: string,
  path = "/rooms/alerts",
  init: RequestInit = { method: "POST", body: "x" },
): Promise<unknown[]> {
  const headers = { Authorization: `Bearer ${token}` };
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers, ...init });
  const text = await response.text();
  const { code, from } = text === "" ? {} as Record<string, string> : JSON.parse(text);
  const challenge = response.headers.get("www-authenticate");
  return [response.status, ...[code ?? from, challenge].filter((each) => each != null)];
}

Deno.test("hubbub token adds, lists and removes the tokens of a server that runs", async () => {
  const data = await Deno.makeTempDir({ prefix: "hubbub-token-" });
  const token = async (...parameters: string[]) => {
    const { code, stdout, stderr } = await runProgram(["token", ...parameters, "--data", data]);
    return [stdout, stderr, code] as const;
  };
  try {
    assertEquals((await token("list"))[2], 1, "there is no data");
    await addAccount(data, "Cron", PASSWORD);
    await using serve = await startServe(["--data", data, "--password", "open sesame"]);
    const [one, note] = await token("add", "cron", "--label", "backup of db1", "--expires", "30d");
    const [, id] = /^hub_([0-9a-f]{8})_[0-9a-f]{40}\n$/.exec(one)!;
    assertMatch(
      note,
      /^The token \w{8} of Cron expires on [\d-]+ \d\d:\d\d UTC\S*\. Keep it: it is not shown again\.\n$/,
    );
    const [other] = await token("add", "Cron");
    // A token needs no password of the server.
    assertEquals(await ask(serve.port, one.trim()), [201, "Cron"]);
    const day = "\\d{4}-\\d\\d-\\d\\d";
    const list = (await token("list"))[0];
    assertMatch(
      list,
      new RegExp(
        `^${id}  Cron  ${day}  used ${day} +expires ${day} \\d\\d:\\d\\d UTC\\S*  backup of db1$`,
        "m",
      ),
    );
    assertMatch(list, new RegExp(`^${other.slice(4, 12)}  Cron  ${day}  never used$`, "m"));
    assertEquals(await token("remove", id!), [`The token ${id} of Cron was removed.\n`, "", 0]);
    assertEquals(await ask(serve.port, one.trim()), [401, "invalid_token", INVALID]);
    await serve.stderr.until(/ audit wrong token address=127\.0\.0\.1\n/);
    assertEquals(await ask(serve.port, other.trim()), [201, "Cron"]);
    for (
      const [parameters, message, exit] of [
        [["remove", id!], `There is no token ${id}. hubbub token list shows`, 1],
        [["add", "Nat"], "There is no account Nat. Add it first, with hubbub account add Nat", 1],
        [["add", "Cron", "--expires", "90"], "expected a duration with its unit, such as 90d", 2],
        [["add", "Cron", "--expires", "59s"], "from 60 s to 315360000 s", 2],
        [["add", "Cron", "--expires", "3651d"], "from 60 s to 315360000 s", 2],
      ] as const
    ) {
      const [stdout, stderr, code] = await token(...parameters);
      assertStringIncludes(stderr, message);
      assertEquals([stdout, code], ["", exit]);
    }
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});

Deno.test("a token posts, reads and stores files in the name of its account, beside its user", () =>
  withData({ storeFilesBytes: 1_000_000 }, async ({ port, data }) => {
    await addAccount(data, "Ann", PASSWORD);
    const { client: ann } = await RawClient.hello(port, {
      ...{ name: "ann", password: PASSWORD, rooms: ["alerts"] },
    });
    const token = await addToken(data, "ANN");
    assertEquals(await ask(port, token), [201, "Ann"]);
    assertEquals((await ann.frame("message")).from, "Ann");
    const path = "/rooms/alerts/messages";
    assertEquals(await ask(port, token, path, {}), [200]);
    assertEquals(await ask(port, token, path, { method: "HEAD" }), [200]);
    assertEquals(await ask(port, "x", path, { method: "HEAD" }), [401, INVALID]);
    const file = "/rooms/alerts/files/a.txt";
    const put = { method: "PUT", body: "abc" };
    assertEquals(await ask(port, token, file, put), [201]);
    const { from, file: { name } } = await ann.frame("message");
    assertEquals([from, name], ["Ann", "a.txt"]);
    const unknown = newApiToken().token;
    assertEquals(await ask(port, unknown, file, put), [401, "invalid_token", INVALID]);
    ann.close();
  }));

Deno.test("a token ends with its account and at its expiry, and rests during a ban or a mute", () =>
  withData({ operators: [] }, async ({ port, data }) => {
    await addAccount(data, "Op", PASSWORD, true);
    for (const name of ["Ann", "Bob", "Eve"]) await addAccount(data, name, PASSWORD);
    const [ann, bob, eve] = await Promise.all(
      ["Ann", "Bob", "Eve"].map((name) => addToken(data, name)),
    );
    const old = await addToken(data, "Eve", Date.now() - 1);
    assertEquals(await ask(port, old), [401, "invalid_token", INVALID]);
    assertEquals(await ask(port, ann!), [201, "Ann"]);
    const accounts = await openAccounts(data);
    accounts.remove("Ann");
    accounts.setPassword("Bob", await hashAccountPassword("another one"));
    accounts.close();
    assertEquals(await ask(port, ann!), [401, "invalid_token", INVALID]);
    assertEquals(await ask(port, bob!), [201, "Bob"], "a new password does not end it");
    const { client: op } = await RawClient.hello(port, { name: "Op", password: PASSWORD });
    const notice = async (frame: Record<string, unknown>) => {
      op.sendFrame(frame);
      await op.frame("notice");
    };
    const { client } = await RawClient.hello(port, { name: "Bob", password: "another one" });
    await notice({ type: "mute", name: "Bob" });
    assertEquals(await ask(port, bob!), [403, "muted"]);
    client.close();
    await notice({ type: "ban", target: "Eve" });
    assertEquals(await ask(port, eve!), [403, "banned"]);
    await notice({ type: "unban", target: "Eve" });
    assertEquals(await ask(port, eve!), [201, "Eve"]);
    await notice({ type: "unregister", name: "Eve" });
    assertEquals(await ask(port, eve!), [401, "invalid_token", INVALID]);
    op.close();
  }));

Deno.test("a stream ends with its token", () =>
  withData({}, async ({ port, data }) => {
    await addAccount(data, "Ann", PASSWORD);
    const token = await addToken(data, "Ann");
    const headers = { Authorization: `Bearer ${token}`, Accept: "application/x-ndjson" };
    const stream = await fetch(`http://127.0.0.1:${port}/rooms/lobby/events?since=0`, { headers });
    assertEquals(stream.status, 200);
    assertEquals(await ask(port, token, "/rooms/lobby"), [201, "Ann"]);
    const file = await openTokens(data);
    file.remove(token.slice(4, 12));
    file.close();
    assertEquals(JSON.parse(await stream.text()).from, "Ann");
  }));

Deno.test("a file that is sent while its token, its password or its free name ends is not posted", () =>
  withData({ storeFilesBytes: 1_000_000 }, async ({ port, data }) => {
    for (const name of ["Ann", "Bob", "Cid"]) await addAccount(data, name, PASSWORD);
    const token = await addToken(data, "Ann");
    const basic = (name: string, password = "") => `Basic ${btoa(`${name}:${password}`)}`;
    const kinds = {
      [`Bearer ${token}`]: [401, "invalid_token"],
      [basic("Bob", PASSWORD)]: [401, "wrong_password"],
      [basic("Cid", PASSWORD)]: [401, "wrong_password"],
      [basic("free")]: [401, "wrong_password"],
      [basic("other")]: [201, undefined],
    };
    const uploads = await Promise.all(
      Object.keys(kinds).map(async (authorization) => {
        const client = await HttpClient.connect(port);
        const length = "Content-Length: 6";
        const headers = [`Authorization: ${authorization}`, length, "Expect: 100-continue"];
        client.send(httpRequest("PUT /rooms/lobby/files/a.txt", headers));
        await client.raw.until("100 Continue\r\n\r\n");
        return client;
      }),
    );
    const file = await openTokens(data);
    file.remove(token.slice(4, 12));
    file.close();
    const accounts = await openAccounts(data);
    accounts.setPassword("Bob", await hashAccountPassword("another one"));
    accounts.remove("Cid");
    accounts.close();
    await addAccount(data, "free", PASSWORD);
    // Its request makes the server read the accounts again.
    assertEquals((await ask(port, token))[0], 401);
    for (const [index, expected] of Object.values(kinds).entries()) {
      using client = uploads[index]!;
      client.send("abcdef");
      const { status, body } = await client.answer("PUT");
      assertEquals([status, JSON.parse(body).code], expected);
    }
  }));

Deno.test("a request with a token counts as one, and not as a hash", () =>
  withData({ rate: { burst: 40, perSecond: 0.001 } }, async ({ port, data }) => {
    await addAccount(data, "Ann", PASSWORD);
    const token = await addToken(data, "Ann");
    const post = () => ask(port, token, "/rooms/lobby");
    for (let count = 0; count < 40; count++) assertEquals(await post(), [201, "Ann"]);
    assertEquals(await post(), [429, "too_many_requests"]);
  }));

Deno.test("the 21st wrong token of an address is refused, and right ones are not", () =>
  withData({}, async ({ port, data }) => {
    await addAccount(data, "Ann", PASSWORD);
    const token = await addToken(data, "Ann");
    for (let count = 0; count < 20; count++) {
      assertEquals((await ask(port, newApiToken().token))[1], "invalid_token");
    }
    assertEquals(await ask(port, token), [201, "Ann"]);
    const headers = { Authorization: `Bearer ${newApiToken().token}` };
    const body = { method: "POST", body: "x", headers };
    const answer = await fetch(`http://127.0.0.1:${port}/rooms/lobby`, body);
    const { code, detail } = await answer.json();
    assertEquals([answer.status, code], [429, "too_many_attempts"]);
    assertMatch(detail, /^Too many wrong tokens\. Try again in \d seconds?\.$/);
    assertMatch(answer.headers.get("retry-after")!, /^\d$/);
  }));

Deno.test("malformed credentials are refused, and end nothing", () =>
  withData({}, async ({ port, data }) => {
    await addAccount(data, "Ann", PASSWORD);
    const token = await addToken(data, "Ann");
    const send = async (headers: string) => {
      const client = await RawClient.connect(port);
      client.send(
        `POST /rooms/lobby HTTP/1.1\r\nHost: localhost\r\n${headers}Connection: close\r\n` +
          "Content-Length: 1\r\n\r\nx",
      );
      const answer = await client.untilEnd();
      client.close();
      const [, challenge] = /^www-authenticate: (.*)\r$/im.exec(answer) ?? [];
      return [Number(answer.slice(9, 12)), challenge];
    };
    const header = (value: string) => `Authorization: ${value}\r\n`;
    const cases: readonly (readonly [headers: string, status: number, challenge?: string])[] = [
      [header(`Bearer ${token}`), 201],
      [header(`bEARER   ${token}  `), 201],
      [header("Bearer"), 401, INVALID],
      [header("Bearer "), 401, INVALID],
      [header(`Bearer ${"x".repeat(10_000)}`), 401, INVALID],
      [header(`Bearer ${token}${"0".repeat(10_000)}`), 401, INVALID],
      [header(`Bearer ${token} ${token}`), 401, INVALID],
      [header(`Bearer ${token.replace("_", "é")}`), 401, INVALID],
      [header(`Bearer ${token.toUpperCase()}`), 401, INVALID],
      [header(`Bearer "${token}"`), 401, INVALID],
      [header(`Bearer ${token}, Basic ${btoa(`Ann:${PASSWORD}`)}`), 401, INVALID],
      [header(token), 401, BASIC],
      [header(`Token ${token}`), 401, BASIC],
      [header(`Basic ${token}`), 401, BASIC],
      [header(`Basic ${btoa(`Ann:${token}`)}`), 401, BASIC],
      [header(`Bearer ${token}\0`), 400],
      [header(`Bearer ${token}`) + header(`Bearer ${token}`), 400],
      [header(`Bearer ${token}`) + header(`Basic ${btoa("cron:")}`), 400],
    ];
    for (const [headers, ...expected] of cases) {
      const [status, challenge] = await send(headers);
      assertEquals([status, challenge], [expected[0], expected[1]], headers.slice(0, 200));
    }
  }));

Deno.test({
  name: "curl sends a token as a header and as --oauth2-bearer",
  ignore: !hasCommand("curl", "--version"),
  fn: () =>
    withData({}, async ({ port, data }) => {
      await addAccount(data, "Cron", PASSWORD);
      const token = await addToken(data, "Cron");
      const url = `http://127.0.0.1:${port}/rooms/alerts`;
      for (const words of [["-H", `Authorization: Bearer ${token}`], ["--oauth2-bearer", token]]) {
        const { stdout } = await run("curl", "-sS", "-m", "20", ...words, "-d", "done", url);
        assertEquals(JSON.parse(stdout).from, "Cron");
      }
      const read = await run(
        "curl",
        "-sS",
        "-m",
        "20",
        "--oauth2-bearer",
        token,
        `${url}/messages`,
      );
      assertEquals(JSON.parse(read.stdout).messages.length, 2);
    }),
});
