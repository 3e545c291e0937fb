import type { MessageFrame } from "../../protocol/mod.ts";

/** The characters with a meaning in Slack's texts, as `<!channel>`, which notifies all. */
const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** Words behind `@` that notify all users of Mattermost or Slack; two of them in Discord, also as the beginning
 * of a longer word. */
const WORDS_FOR_ALL = /@(?=(?:all|channel)\b|everyone|here)/gi;

/** A space without a width. */
const SEPARATOR = "\u200b";

/**
 * A message of a room as JSON for incoming webhooks of Slack.
 *
 * The room is `channel_name`, as in outgoing webhooks of Slack and Mattermost: `channel` would replace the
 * channel of the receiver's webhook.
 *
 * @param id see {@link HookMessage.id}.
 */
export function hookBody({ text, action, from, room, time }: MessageFrame, id: string): string {
  const escaped = text.replace(/[&<>]/g, (char) => ESCAPES[char]!)
    .replace(WORDS_FOR_ALL, `@${SEPARATOR}`);
  return JSON.stringify({
    text: action === true ? `_${escaped}_` : escaped,
    username: from,
    channel_name: room,
    ts: (time / 1000).toFixed(6),
    id,
  });
}
