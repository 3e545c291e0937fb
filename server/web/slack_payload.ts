/**
 * The payloads of Slack's incoming webhooks, reduced to text.
 *
 * As in Slack, `blocks` replace `text`, and attachments follow. Marks such as `*bold*` stay. Unknown
 * blocks and elements are left out.
 *
 * @module
 */

import {
  byteLength,
  cleanText,
  isBlank,
  MAX_TEXT_BYTES,
  MAX_TEXT_LINES,
} from "../../protocol/mod.ts";

/** Maximum number of attachments, as in Slack. */
const MAX_ATTACHMENTS = 100;
/** Maximum number of blocks of a message or an attachment, as in Slack. */
const MAX_BLOCKS = 50;
/** Maximum depth of elements within a block. Slack has three levels. */
const MAX_ELEMENT_DEPTH = 8;
/** The end of a text that was cut. */
const CUT = "\n[cut]";

/** Why a payload is refused, in Slack's words. */
export type SlackFault =
  | "invalid_attachments"
  | "invalid_blocks"
  | "invalid_payload"
  | "no_text"
  | "too_many_attachments";

/** The message of a payload. */
export interface SlackMessage {
  /** Cleaned, not blank, and within the bounds of a message. */
  readonly text: string;
  readonly username: string | undefined;
  /** A room, with or without `#`. */
  readonly channel: string | undefined;
}

export type SlackResult =
  | { readonly value: SlackMessage; readonly fault?: undefined }
  | { readonly fault: SlackFault; readonly value?: undefined };

type Fields = Readonly<Record<string, unknown>>;

/** Ends the reduction of a payload. */
class PayloadError extends Error {
  constructor(readonly fault: SlackFault) {
    super(fault);
  }
}

/**
 * Reads the body of a request: JSON, or a form with JSON in its field `payload`. JSON is accepted with
 * the type of a form, too, since `curl -d` sends that type.
 */
export function readSlackPayload(body: string, type: string): SlackResult {
  try {
    const isForm = /^application\/x-www-form-urlencoded\b/i.test(type);
    const payload = isForm && !body.trimStart().startsWith("{")
      ? new URLSearchParams(body).get("payload") ?? ""
      : body;
    return { value: messageOf(fieldsOf(parsed(payload), "invalid_payload")) };
  } catch (error) {
    if (!(error instanceof PayloadError)) throw error;
    return { fault: error.fault };
  }
}

function parsed(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    throw new PayloadError("invalid_payload");
  }
}

function messageOf(payload: Fields): SlackMessage {
  const { text, username, channel, blocks, attachments } = payload;
  const isText = [text, username, channel].every((each) => each == null || isString(each));
  if (!isText) throw new PayloadError("invalid_payload");
  const attached = listOf(attachments, "invalid_attachments");
  if (attached.length > MAX_ATTACHMENTS) throw new PayloadError("too_many_attachments");
  const parts = [
    blocksText(blocks) || markup(text),
    ...attached.map((each) => attachmentText(fieldsOf(each, "invalid_attachments"))),
  ];
  const whole = cleanText(lines(parts)).trimEnd();
  if (isBlank(whole)) throw new PayloadError("no_text");
  return {
    text: fitted(whole),
    username: isString(username) ? username : undefined,
    channel: isString(channel) && channel.trim() !== "" ? channel.trim() : undefined,
  };
}

/** A text within the bounds of a message. */
function fitted(text: string): string {
  const rows = text.split("\n");
  if (rows.length <= MAX_TEXT_LINES && byteLength(text) <= MAX_TEXT_BYTES) return text;
  const fewer = rows.slice(0, MAX_TEXT_LINES - 1).join("\n");
  const space = new Uint8Array(MAX_TEXT_BYTES - CUT.length);
  const { read } = new TextEncoder().encodeInto(fewer, space);
  return fewer.slice(0, read) + CUT;
}

/** The fallback is for clients that cannot show the rest. */
function attachmentText(attachment: Fields): string {
  const { pretext, author_name, title, title_link, text, fields, actions, blocks } = attachment;
  const shown = lines([
    markup(pretext),
    plain(author_name),
    linked(markup(title), title_link),
    markup(text),
    ...listOf(fields, "invalid_attachments").map((each) => {
      const { title, value } = fieldsOf(each, "invalid_attachments");
      return [plain(title), markup(value)].filter(Boolean).join(": ");
    }),
    ...listOf(actions, "invalid_attachments").map((each) => {
      const { text, url } = fieldsOf(each, "invalid_attachments");
      return isString(url) ? linked(plain(text), url) : "";
    }),
    blocksText(blocks),
  ]);
  return shown || markup(attachment.fallback) || plain(attachment.image_url);
}

function blocksText(blocks: unknown): string {
  const list = listOf(blocks, "invalid_blocks");
  if (list.length > MAX_BLOCKS) throw new PayloadError("invalid_blocks");
  return lines(list.map((block) => blockText(fieldsOf(block, "invalid_blocks"))));
}

function blockText(block: Fields): string {
  const elements = () => elementsOf(block);
  switch (block.type) {
    case "section":
      return lines([
        textObject(block.text),
        ...listOf(block.fields, "invalid_blocks").map(textObject),
      ]);
    case "header":
      return textObject(block.text);
    case "markdown":
      return plain(block.text);
    case "context":
      return elements().map((each) =>
        each.type === "image" ? plain(each.alt_text) : textObject(each)
      ).filter(Boolean).join(" ");
    case "actions":
      return lines(
        elements().filter(({ url }) => isString(url))
          .map(({ text, url }) => linked(textObject(text), url)),
      );
    case "divider":
      return "---";
    case "image":
      return linked(textObject(block.title) || plain(block.alt_text), block.image_url);
    case "rich_text":
      return lines(elements().map((each) => richText(each, 1)));
    default:
      return "";
  }
}

/** A part of a rich text. @param depth of the element in its block. */
function richText(element: Fields, depth: number): string {
  if (depth > MAX_ELEMENT_DEPTH) throw new PayloadError("invalid_blocks");
  const inner = () => elementsOf(element).map((each) => richText(each, depth + 1));
  switch (element.type) {
    case "rich_text_section":
    case "rich_text_preformatted":
      return inner().join("").replace(/\n$/, "");
    case "rich_text_quote":
      return inner().join("").replace(/^/gm, "> ");
    case "rich_text_list":
      return inner().map((each, index) =>
        `${element.style === "ordered" ? `${index + 1}.` : "-"} ${each}`
      ).join("\n");
    case "text":
      return stringOf(element.text);
    case "link":
      return linked(stringOf(element.text), element.url);
    case "emoji":
      return `:${stringOf(element.name)}:`;
    case "user":
      return `@${stringOf(element.user_id)}`;
    case "usergroup":
      return `@${stringOf(element.usergroup_id)}`;
    case "channel":
      return `#${stringOf(element.channel_id)}`;
    case "broadcast":
      return `@${stringOf(element.range)}`;
    case "date":
      return stringOf(element.fallback);
    default:
      return "";
  }
}

function elementsOf({ elements }: Fields): Fields[] {
  return listOf(elements, "invalid_blocks").map((each) => fieldsOf(each, "invalid_blocks"));
}

/** A text object: `mrkdwn` or `plain_text`. */
function textObject(value: unknown): string {
  if (value == null) return "";
  const { type, text } = fieldsOf(value, "invalid_blocks");
  return type === "mrkdwn" ? markup(text) : plain(text);
}

/** Text in Slack's markup: links and mentions in angle brackets, and three entities. */
function markup(value: unknown): string {
  return stringOf(value).replace(
    /<([^<>]+)>|&(?:amp|lt|gt);/g,
    (found, inside?: string) => inside === undefined ? entity(found) : reference(inside),
  );
}

function plain(value: unknown): string {
  return stringOf(value).replace(/&(?:amp|lt|gt);/g, entity);
}

function entity(text: string): string {
  return text === "&amp;" ? "&" : text === "&lt;" ? "<" : ">";
}

/** A link, or a mention of a user, a room or all. @param inside the text between the brackets. */
function reference(inside: string): string {
  const bar = inside.indexOf("|");
  const target = plain(bar < 0 ? inside : inside.slice(0, bar));
  const label = plain(bar < 0 ? "" : inside.slice(bar + 1));
  const marked = (mark: string) => {
    const name = label || target.slice(1);
    return name.startsWith(mark) ? name : mark + name;
  };
  if (target.startsWith("@")) return marked("@");
  if (target.startsWith("#")) return marked("#");
  if (target.startsWith("!date^")) return label;
  if (target.startsWith("!subteam^")) return label || `@${target.slice("!subteam^".length)}`;
  if (target.startsWith("!")) return `@${target.slice(1)}`;
  return linked(label, target);
}

/** A label with its address, which is not repeated. */
function linked(label: string, address: unknown): string {
  const url = plain(address);
  if (url === "" || label === url || url === `mailto:${label}`) return label;
  return label === "" ? url.replace(/^mailto:/, "") : `${label} (${url})`;
}

/** The parts that are not empty, one below the other. */
function lines(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("\n");
}

function listOf(value: unknown, fault: SlackFault): readonly unknown[] {
  if (value == null) return [];
  if (!Array.isArray(value)) throw new PayloadError(fault);
  return value;
}

function fieldsOf(value: unknown, fault: SlackFault): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new PayloadError(fault);
  }
  return value as Fields;
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

/** A number is accepted, as a value of a field often is one. */
function stringOf(value: unknown): string {
  return isString(value) ? value : typeof value === "number" ? String(value) : "";
}
