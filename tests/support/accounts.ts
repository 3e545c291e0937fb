import { hashAccountPassword, openAccounts, type ServerOptions } from "../../server/mod.ts";
import { startServer, type TestServer } from "./server.ts";

/** Adds an account to a data folder, as `hubbub account add` does. */
export async function addAccount(
  data: string,
  name: string,
  password: string,
  isOperator = false,
): Promise<void> {
  const accounts = await openAccounts(data);
  try {
    accounts.add(name, await hashAccountPassword(password), isOperator);
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
