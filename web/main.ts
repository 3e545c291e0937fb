/**
 * The page in the browser.
 *
 * @module
 */

import { ChatPage } from "./chat_page.ts";

new ChatPage().start();
