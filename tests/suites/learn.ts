import { importSuite } from "../support/suites.ts";

await importSuite(import.meta.url);
