import { randomBytes } from "node:crypto";
import { hashPassword } from "../../server/accounts/password.ts";
import { WorkQueue } from "../../server/accounts/work_queue.ts";
import { openAccounts, type ServerOptions } from "../../server/mod.ts";
import { startServer, type TestServer } from "./server.ts";

/** A queue for hashing that, unlike that of a server, does not rest after each registration. */
export const EAGER_QUEUE = new WorkQueue({
  "known login": { atOnce: 1, maxWaiting: 64 },
  "login": { atOnce: 1, maxWaiting: 64 },
  "registration": { atOnce: 1, maxWaiting: 64 },
});

/** The hash of each password that was used: it takes 0.1 s, and may be the same for many accounts. */
const hashes = new Map<string, Promise<string>>();

function hashOf(password: string): Promise<string> {
  const hash = hashes.get(password) ?? hashPassword(password, randomBytes, EAGER_QUEUE);
  hashes.set(password, hash);
  return hash;
}

/** Adds an account to a data folder, as `hubbub account add` does. */
export async function addAccount(
  data: string,
  name: string,
  password: string,
  isOperator = false,
): Promise<void> {
  const accounts = await openAccounts(data);
  try {
    accounts.add(name, await hashOf(password), isOperator);
  } finally {
    accounts.close();
  }
}

/** Runs a test with a server that keeps its data in a folder of its own. */
export async function withData(
  options: Partial<ServerOptions>,
  test: (server: TestServer & { readonly data: string }) => Promise<void>,
): Promise<void> {
  const data = await Deno.makeTempDir();
  try {
    await using server = await startServer({ data, ...options });
    await test({ ...server, data });
  } finally {
    await Deno.remove(data, { recursive: true });
  }
}
