import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const FIXTURE = new URL("../fixtures/data_version_1.sql", import.meta.url);

/** Makes a data folder of the first version of the schema; the fixture names its contents. */
export async function writeOldData(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const database = new DatabaseSync(join(folder, "hubbub.db"));
  database.exec(await Deno.readTextFile(FIXTURE));
  database.close();
}
