import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { answerOf, type ClassRequest } from "../../../client/learn/class_requests.ts";
import { ClassRoll } from "../../../client/learn/class_roll.ts";

function newClass() {
  let tokens = 0;
  const roll = new ClassRoll(() => 0, () => `token${++tokens}`);
  const where = { address: "192.0.2.1:8090", program: "hubbub" };
  const context = { roll, teacherPath: "/class-secret", titles: ["One <1>", "Two"], where };
  const ask = (request: Partial<ClassRequest>) =>
    answerOf(
      { method: "GET", path: "/", headers: new Map(), body: "", address: "a", ...request },
      context,
    );
  const post = (path: string, content: unknown) =>
    ask({ method: "POST", path, body: JSON.stringify(content) });
  return { ask, post, roll };
}

Deno.test("class requests: a learner joins, reports and leaves", () => {
  const { ask, post } = newClass();
  assertEquals(post("/join", { name: "Ann" }).body, '{"token":"token1"}');
  const position = { lesson: 1, step: 2, steps: 5, answered: 0 };
  assertEquals(post("/report", { token: "token1", position }).status, 200);
  const page = ask({ path: "/class-secret" }).body;
  assertStringIncludes(page, "1 learner here");
  assertStringIncludes(page, "1. One &lt;1&gt;");
  assertStringIncludes(page, "2 of 5");
  assertEquals(post("/leave", { token: "token1" }).status, 200);
  assertStringIncludes(ask({ path: "/class-secret" }).body, "Ann (has left)");
});

Deno.test("class requests: the teacher's page loads itself again, without scripts and files", () => {
  const { ask, post } = newClass();
  post("/join", { name: "Ann" });
  const { body: text, type } = ask({ path: "/class-secret" });
  assertEquals(type, "text/html; charset=utf-8");
  assertMatch(text, /<meta http-equiv="refresh" content="\d+">/);
  for (const foreign of ["<script", "<link", "src=", "url(", "onload"]) {
    assert(!text.includes(foreign), foreign);
  }
});

Deno.test("class requests: a name is text in the page, whatever it is", () => {
  const { ask, post } = newClass();
  const name = `<b>"&'`;
  assertEquals(post("/join", { name }).status, 200);
  const page = ask({ path: "/class-secret" }).body;
  assertStringIncludes(page, "&lt;b&gt;&quot;&amp;&#39;");
  assert(!page.includes(name));
});

Deno.test("class requests: only the teacher's path shows the learners", () => {
  const { ask, post } = newClass();
  post("/join", { name: "Carol" });
  for (
    const path of ["/", "/class-", "/class-secre", "/class-secret/", "/../class-secret", "/join"]
  ) {
    assert(!ask({ path }).body.includes("Carol"), path);
  }
  assertStringIncludes(ask({}).body, "hubbub learn --join 192.0.2.1:8090 --name Ann");
});

/** A request that is refused, and its status. */
const REFUSED: readonly (readonly [string, Partial<ClassRequest>, number])[] = [
  ["a taken name", { path: "/join", body: '{"name":"ANN"}' }, 409],
  ["a name that is none", { path: "/join", body: '{"name":""}' }, 409],
  ["a name that is a number", { path: "/join", body: '{"name":1}' }, 400],
  ["a body that is no JSON", { path: "/join", body: "{" }, 400],
  ["a body that is no object", { path: "/join", body: "[]" }, 400],
  ["no body", { path: "/join" }, 400],
  ["an unknown token", { path: "/report", body: '{"token":"x"}' }, 404],
  ["no token", { path: "/report", body: "{}" }, 400],
  ["an unknown path", { path: "/x", body: "{}" }, 404],
  ["a page of another site", {
    path: "/join",
    body: '{"name":"Eve"}',
    headers: new Map([["origin", "http://example.org"]]),
  }, 403],
  ["another method", { method: "DELETE" }, 405],
  ["an unknown page", { method: "GET", path: "/x" }, 404],
];

for (const [what, request, status] of REFUSED) {
  Deno.test(`class requests: ${what} is refused with a sentence`, () => {
    const { ask, post, roll } = newClass();
    post("/join", { name: "Ann" });
    const answer = ask({ method: "POST", ...request });
    assertEquals(answer.status, status);
    assertMatch(JSON.parse(answer.body).error, /^[A-Z].*\.$/);
    assertEquals(roll.learners().length, 1);
  });
}
