/** `/openapi.json` is a valid document, and the server answers as it describes. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { withData } from "../support/accounts.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";

type Content = Readonly<Record<string, { readonly schema?: object }>>;

interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Content }>
  >;
}

interface OpenapiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Record<string, object> };
}

const TOKEN = "0123456789abcdef";
const hooks = [{ room: "alerts", token: TOKEN }];

/** Answers that need a failing disk. */
const UNTESTED = ["POST /hooks/{token} 500"];

/** The rest of a request, from its method on, to one of the servers. */
type Request = readonly [path: string, init?: RequestInit] | string;

const BOB = { Authorization: `Basic ${btoa("Bob:")}` };
const UNKNOWN_SCHEME = { Authorization: "Negotiate x" };
const JSON_TYPE = { "Content-Type": "application/json" };
const FOREIGN = { Origin: "https://other.example" };

/** Requests to a server with all features. @param session of a member in the lobby. */
function requests(session: string, hash: string, goneHash: string, etag: string) {
  const bearer = { Authorization: `Bearer ${session}` };
  const hook = (body: unknown, path = TOKEN): Request => [
    `/hooks/${path}`,
    { body: JSON.stringify(body), headers: JSON_TYPE },
  ];
  const messages = (method: string): Record<string, Request> => ({
    [`${method} /rooms/{room}/messages 200`]: ["/rooms/lobby/messages?since=0&limit=5"],
    [`${method} /rooms/{room}/messages 304`]: [
      "/rooms/lobby/messages",
      { headers: { "If-None-Match": etag } },
    ],
    [`${method} /rooms/{room}/messages 400`]: ["/rooms/lobby/messages?limit=x"],
    [`${method} /rooms/{room}/messages 401`]: [
      "/rooms/lobby/messages",
      { headers: UNKNOWN_SCHEME },
    ],
    [`${method} /rooms/{room}/messages 403`]: ["/rooms/lobby/messages", { headers: FOREIGN }],
    [`${method} /rooms/{room}/messages 404`]: ["/rooms/none/messages"],
  });
  const events = (method: string): Record<string, Request> => ({
    [`${method} /rooms/{room}/events 200`]: ["/rooms/lobby/events?since=0"],
    [`${method} /rooms/{room}/events 400`]: ["/rooms/lobby/events?since=x"],
    [`${method} /rooms/{room}/events 401`]: ["/rooms/lobby/events", { headers: UNKNOWN_SCHEME }],
    [`${method} /rooms/{room}/events 403`]: ["/rooms/lobby/events", { headers: FOREIGN }],
    [`${method} /rooms/{room}/events 404`]: ["/rooms/none/events"],
  });
  const file = (method: string): Record<string, Request> => ({
    [`${method} /files/{hash}/{name} 200`]: [`/files/${hash}/a.txt`],
    [`${method} /files/{hash}/{name} 206`]: [
      `/files/${hash}/a.txt`,
      { headers: { Range: "bytes=0-1" } },
    ],
    [`${method} /files/{hash}/{name} 304`]: [
      `/files/${hash}/a.txt`,
      { headers: { "If-None-Match": `"${hash}"` } },
    ],
    [`${method} /files/{hash}/{name} 404`]: [`/files/${"0".repeat(64)}/a.txt`],
    [`${method} /files/{hash}/{name} 410`]: [`/files/${goneHash}/a.txt`],
    [`${method} /files/{hash}/{name} 416`]: [
      `/files/${hash}/a.txt`,
      { headers: { Range: "bytes=9999-" } },
    ],
  });
  return {
    // Before others change what they read.
    ...messages("GET"),
    ...messages("HEAD"),
    ...events("GET"),
    ...events("HEAD"),
    ...file("GET"),
    ...file("HEAD"),
    "POST /rooms/{room} 201": ["/rooms/lobby", { body: '{"text": "x"}', headers: JSON_TYPE }],
    "POST /rooms/{room} 400": ["/rooms/lobby", { body: " " }],
    "POST /rooms/{room} 401": ["/rooms/lobby", { body: "x", headers: UNKNOWN_SCHEME }],
    "POST /rooms/{room} 403": ["/rooms/lobby", { body: "x", headers: FOREIGN }],
    "POST /rooms/{room} 409": ["/rooms/lobby", { body: "x", headers: BOB }],
    "POST /rooms/{room} 411":
      "/rooms/lobby HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    "POST /rooms/{room} 413": ["/rooms/lobby", { body: "x".repeat(5000) }],
    "PUT /rooms/{room}/files/{name} 201": ["/rooms/lobby/files/a.txt", { body: "1" }],
    "PUT /rooms/{room}/files/{name} 400": ["/rooms/lobby/files/%2f", { body: "1" }],
    "PUT /rooms/{room}/files/{name} 401": [
      "/rooms/lobby/files/a.txt",
      { body: "1", headers: UNKNOWN_SCHEME },
    ],
    "PUT /rooms/{room}/files/{name} 403": [
      "/rooms/alerts/files/a.txt",
      { body: "1", headers: bearer },
    ],
    "PUT /rooms/{room}/files/{name} 409": [
      "/rooms/lobby/files/a.txt",
      { body: "1", headers: BOB },
    ],
    "PUT /rooms/{room}/files/{name} 411":
      "/rooms/lobby/files/a.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    "PUT /rooms/{room}/files/{name} 413":
      "/rooms/lobby/files/a.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 99999\r\n\r\n",
    "POST /hooks/{token} 200": hook({ text: "x" }),
    "POST /hooks/{token} 400": hook({}),
    "POST /hooks/{token} 403": hook({ text: "x" }, "guess"),
    "POST /hooks/{token} 404": hook({ text: "x", channel: "#none" }),
    "POST /hooks/{token} 411":
      `/hooks/${TOKEN} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    "POST /hooks/{token} 413":
      `/hooks/${TOKEN} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 999999\r\n\r\n`,
    "GET /healthz 200": ["/healthz"],
    "GET /metrics 200": ["/metrics", { headers: { Authorization: "Bearer of-metrics" } }],
    "GET /metrics 401": ["/metrics"],
  } satisfies Record<string, Request>;
}

/** Requests to a server without files. The first uses all tokens of its rate. */
const LIMITED: Record<string, Request> = {
  "PUT /rooms/{room}/files/{name} 404": ["/rooms/lobby/files/a.txt", { body: "1" }],
  "POST /rooms/{room} 429": ["/rooms/lobby", { body: "x" }],
  "GET /rooms/{room}/messages 429": ["/rooms/lobby/messages"],
  "HEAD /rooms/{room}/messages 429": ["/rooms/lobby/messages"],
  "GET /rooms/{room}/events 429": ["/rooms/none/events"],
  "HEAD /rooms/{room}/events 429": ["/rooms/none/events"],
  "PUT /rooms/{room}/files/{name} 429": ["/rooms/lobby/files/a.txt", { body: "1" }],
  "POST /hooks/{token} 429": [`/hooks/${TOKEN}`, { body: '{"text": "x"}' }],
};

async function answerTo(port: number, method: string, request: Request): Promise<Response> {
  if (typeof request !== "string") {
    const [path, init] = request;
    return await fetch(`http://127.0.0.1:${port}${path}`, { method, ...init });
  }
  const client = await RawClient.connect(port);
  client.send(`${method} ${request.replace("\r\n", "\r\nConnection: close\r\n")}`);
  const [head = "", body = ""] = (await client.untilEnd()).split("\r\n\r\n", 2);
  client.close();
  const [first = "", ...lines] = head.split("\r\n");
  const headers = lines.map((line) => line.split(": ", 2) as [string, string]);
  return new Response(body, { status: Number(first.split(" ")[1]), headers });
}

/** The body of an answer; of a stream its beginning. */
async function bodyOf(response: Response): Promise<string> {
  if (!/event-stream|ndjson/.test(response.headers.get("content-type") ?? "")) {
    return await response.text();
  }
  let begin = "";
  // Leaving the loop ends the stream.
  for await (const chunk of response.body ?? []) {
    begin += new TextDecoder().decode(chunk);
    if (begin.includes('"message"')) break;
  }
  return begin;
}

/** Compares answers with a document. */
class Comparison {
  readonly seen: string[] = [];
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false });

  constructor(private readonly document: OpenapiDocument) {
    // In the test, fields that the document does not have are faults.
    const { components: { schemas } } = structuredClone(document);
    for (const [name, schema] of Object.entries(schemas)) {
      if (name !== "File") Object.assign(schema, { unevaluatedProperties: false });
    }
    this.#ajv.addSchema({ ...document, components: { schemas } }, "api");
  }

  /** @param key method, path and expected status of the request. */
  async check(key: string, port: number, request: Request): Promise<void> {
    const [method = "", path = "", status = ""] = key.split(" ");
    const response = await answerTo(port, method, request);
    const body = await bodyOf(response);
    assertEquals(String(response.status), status, `${key}: ${body}`);
    const lower = method.toLowerCase();
    const described = this.document.paths[path]?.[lower]?.responses[status];
    assert(described !== undefined, key);
    this.seen.push(key);
    const { content } = described;
    if (content === undefined) return assertEquals(body, "", key);
    const type = response.headers.get("content-type")!.split(";")[0]!;
    const { schema } = content[type] ?? content["*/*"] ?? {};
    assert(type in content || "*/*" in content, `${key}: ${type}`);
    if (method === "HEAD" || schema === undefined) return;
    const pointer = ["paths", path, lower, "responses", status, "content", type, "schema"]
      .map((each) => encodeURIComponent(each.replaceAll("/", "~1"))).join("/");
    const validate = this.#ajv.getSchema(`api#/${pointer}`)!;
    const value = type.endsWith("json") ? JSON.parse(body) : body;
    if (type === "application/problem+json") {
      assertStringIncludes(`${described.description},`, ` ${value.code},`, key);
    }
    assert(validate(value), `${key}: ${this.#ajv.errorsText(validate.errors)} in ${body}`);
  }

  /** Method, path and status of each described answer. */
  described(): string[] {
    return Object.entries(this.document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).flatMap(([method, { responses }]) =>
        Object.keys(responses).filter((status) => status !== "default")
          .map((status) => `${method.toUpperCase()} ${path} ${status}`)
      )
    );
  }
}

Deno.test("openapi: the document is valid, and every answer in it is one of the server", async () => {
  const options = { hooks, storeFilesBytes: 10_000, rooms: ["alerts"], metricsToken: "of-metrics" };
  await withData(options, async ({ port }) => {
    const answer = await fetch(`http://127.0.0.1:${port}/openapi.json`);
    assertEquals(answer.headers.get("content-type"), "application/json");
    const text = await answer.text();
    const { valid, errors } = await new Validator().validate(JSON.parse(text));
    assert(valid, JSON.stringify(errors));
    const comparison = new Comparison(JSON.parse(text));

    const { client: bob, welcome } = await RawClient.hello(port, { name: "Bob" });
    const put = async (body: string) => {
      const url = `http://127.0.0.1:${port}/rooms/lobby/files/a.txt`;
      return (await (await fetch(url, { method: "PUT", body })).json()).hash;
    };
    const gone = await put("x".repeat(6000));
    const hash = await put("y".repeat(6000));
    const read = await fetch(`http://127.0.0.1:${port}/rooms/lobby/messages`);
    await read.text();
    const all = requests(welcome.session, hash, gone, read.headers.get("etag")!);
    for (const [key, request] of Object.entries(all)) await comparison.check(key, port, request);
    bob.close();

    await using limited = await startServer({ hooks, rate: { perSecond: 0.001, burst: 1 } });
    for (const [key, request] of Object.entries(LIMITED)) {
      await comparison.check(key, limited.port, request);
    }
    assertEquals([...comparison.seen, ...UNTESTED].sort(), comparison.described().sort());
  });
});
