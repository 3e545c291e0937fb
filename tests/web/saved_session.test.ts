import { assertEquals } from "@std/assert";
import { savedName, type SavedSession, saveSession, takeSession } from "../../web/saved_session.ts";

const NOTHING_SAID = { companion: "Ben", conversations: [] };
const CONVERSATION = {
  kind: "person",
  name: "Ben",
  draft: "x".repeat(1000),
  unread: 0,
  isUrgent: false,
  entries: [],
} as const;
const SESSION: SavedSession = {
  name: "Ann",
  point: { session: "token", rooms: { lobby: 4 }, whisper: 2 },
  transcript: { ...NOTHING_SAID, conversations: [CONVERSATION] },
};

/** Storage for values up to a maximum of characters. */
class FakeStorage {
  readonly #values = new Map<string, string>();

  constructor(private readonly longest: number) {}

  getItem(key: string): string | null {
    return this.#values.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    if (value.length > this.longest) throw new Error("Cannot keep it: it is too long");
    this.#values.set(key, value);
  }

  removeItem(key: string): void {
    this.#values.delete(key);
  }
}

/** Runs a function in a browser with such a storage. */
function withStorage(longest: number, run: () => void): void {
  const names = ["localStorage", "sessionStorage"];
  const before = names.map((name) => Object.getOwnPropertyDescriptor(globalThis, name)!);
  for (const name of names) {
    Object.defineProperty(globalThis, name, {
      value: new FakeStorage(longest),
      configurable: true,
    });
  }
  try {
    run();
  } finally {
    for (const [index, name] of names.entries()) {
      Object.defineProperty(globalThis, name, before[index]!);
    }
  }
}

Deno.test("saved session: it is resumed once, the name is kept", () => {
  withStorage(5000, () => {
    assertEquals([savedName(), takeSession()], ["", undefined]);
    saveSession(SESSION);
    assertEquals(takeSession(), SESSION);
    assertEquals([savedName(), takeSession()], ["Ann", undefined]);
  });
});

Deno.test("saved session: where space is short the open conversation is kept", () => {
  withStorage(500, () => {
    saveSession(SESSION);
    assertEquals(takeSession(), { ...SESSION, transcript: NOTHING_SAID });
  });
});

Deno.test("saved session: works in a browser that stores nothing", () => {
  withStorage(0, () => {
    saveSession(SESSION);
    assertEquals([savedName(), takeSession()], ["", undefined]);
  });
});

Deno.test("saved session: the server below another path does not get it", () => {
  const at = (pathname: string) =>
    Object.defineProperty(globalThis, "location", { value: { pathname }, configurable: true });
  const before = Object.getOwnPropertyDescriptor(globalThis, "location");
  try {
    withStorage(5000, () => {
      at("/chat/");
      saveSession(SESSION);
      at("/tea/");
      assertEquals(takeSession(), undefined);
      at("/chat/");
      assertEquals(takeSession(), SESSION);
    });
  } finally {
    if (before === undefined) Reflect.deleteProperty(globalThis, "location");
    else Object.defineProperty(globalThis, "location", before);
  }
});

Deno.test("saved session: what another version of the page has stored is not resumed", () => {
  withStorage(5000, () => {
    const stored = (value: unknown) => {
      sessionStorage.setItem("hubbub.session", JSON.stringify(value));
      return takeSession();
    };
    const { name, point } = SESSION;
    for (
      const value of [
        ...[null, 5, [], { name, point: null }, { name: 5, point }],
        { name, point: { ...point, rooms: null } },
        { name, point: { ...point, rooms: { lobby: "4" } } },
        { name, point: { session: "token", rooms: {} } },
      ]
    ) assertEquals(stored(value), undefined);
    const entry = { key: "1", kind: "message", from: "Ben", text: 5, time: 1 };
    for (
      const transcript of [
        ...[null, {}, { conversations: 5 }, { conversations: [null] }],
        { conversations: [], companion: {} },
        { conversations: [{ ...CONVERSATION, unread: "many" }] },
        { conversations: [{ ...CONVERSATION, entries: [entry] }] },
      ]
    ) assertEquals(stored({ name, point, transcript }), { name, point });
    assertEquals(stored(SESSION), SESSION);
  });
});
