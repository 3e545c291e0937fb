/**
 * The page in a real browser. All tests share one, which takes a second to start: the files beside
 * this one only register theirs.
 */

import { closeBrowser } from "../support/browser.ts";
import "./chat.ts";
import "./irc.ts";
import "./rooms.ts";
import "./connection.ts";
import "./reloading.ts";
import "./typing.ts";
import "./writing.ts";
import "./actions.ts";
import "./settings.ts";
import "./finding.ts";
import "./layout.ts";
import "./scrolling.ts";
import "./busy_room.ts";
import "./files.ts";
import "./event_source.ts";
import "./safety.ts";
import "./access.ts";
import "./reports.ts";

Deno.test.afterAll(closeBrowser);
