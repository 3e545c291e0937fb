/**
 * The chat with a server other than hubbub: plain lines, on a terminal and in a pipe.
 *
 * @module
 */

import { hostPort, LineDecoder, MAX_LINE_BYTES, type TOO_LONG } from "../../protocol/mod.ts";
import { BatchedOutput, type OutputStream } from "../batched_output.ts";
import { ChatError } from "../core/chat_error.ts";
import type { ClientOptions, Credentials } from "../client_options.ts";
import { systemClock } from "../core/clock.ts";
import { ConnectionError } from "../core/connection_errors.ts";
import type { PlainPeer } from "../core/unknown_peer.ts";
import { GOODBYE_MILLISECONDS, unsentPassword, untilStopped } from "../leaving.ts";
import { LineConnection } from "./line_connection.ts";
import type { ChatOutcome, LeaveReason } from "../outcome.ts";
import { type InputStream, textOf } from "./input_lines.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { endpointOf } from "../core/transport.ts";

const PROMPT = "> ";
const BATCH_MILLISECONDS = 1;

/** Matches the hubbub command with a password. */
const PASSWORD_COMMAND = /^\s*\/register\s/i;

/** Whether a connection failed for lack of hubbub, so that plain lines are the next attempt. */
export function isPlainPeer(error: unknown): error is ConnectionError & { plainPeer: PlainPeer } {
  return error instanceof ConnectionError && error.plainPeer !== undefined;
}

/** The notice of the change to plain lines. */
export function fallbackNotice(
  options: ClientOptions & Credentials,
  error: ConnectionError & { plainPeer: PlainPeer },
): string {
  return `${hostPort(endpointOf(options))} is not a hubbub server: ` +
    `${error.plainPeer.description}.${unsentPassword(error, options)} Plain lines from here on.\n`;
}

/** Chats by lines on a terminal until the user leaves or the server closes. */
export async function runLineTerminal(
  terminal: Terminal,
  { name, peer, ...options }: ClientOptions & {
    readonly name?: string | undefined;
    readonly peer: PlainPeer;
  },
): Promise<ChatOutcome> {
  const clock = options.clock ?? systemClock;
  let leaveReason: LeaveReason | undefined;
  let asked = "";
  const ask = (text: string) => {
    if (text !== asked) terminal.prompt((asked = text) || PROMPT);
  };
  const connection = new LineConnection(connectionTo(peer, options), {
    lines: (text) => terminal.print(text),
    partial: ask,
    keepsQuestions: true,
    sending: (line, question) => {
      terminal.printNow(`${question || PROMPT}${line}\n`);
      ask("");
    },
  });
  terminal.prompt(PROMPT);
  // The name comes before all lines that are typed meanwhile.
  const entered = connection.join(name, !peer.isEcho);
  let isOver = false;
  const end = () => {
    connection.end();
    // A server that keeps sending does not delay the end.
    const cancel = clock.after(GOODBYE_MILLISECONDS, () => connection.destroy());
    void connection.closed.then(cancel);
  };
  const leave = (by: LeaveReason) => {
    if (leaveReason !== undefined || by === "interrupt" || by === "stopped") end();
    else void entered.then(end);
    leaveReason ??= by;
  };
  const readLines = async () => {
    while (!isOver) {
      const typed = await terminal.read();
      if (typed.type === "leave") leave(typed.by);
      else if (isQuit(typed.text)) leave("command");
      else {
        const lines = typed.text.split("\n");
        void entered.then(() => lines.forEach((line) => connection.send(line)));
      }
    }
  };
  void readLines();
  const error = await connection.closed;
  isOver = true;
  const failure = failureOf(leaveReason, error);
  if (failure !== undefined) terminal.print(failure.message + "\n");
  return outcomeOf(leaveReason, failure);
}

/** Chats by lines in a pipe until the input has ended and the server closes or is silent. */
export async function runLinePipe(
  { input, output, errors, stop, name, isNameMadeUp = false, peer, ...options }: ClientOptions & {
    readonly input: InputStream;
    readonly output: OutputStream;
    readonly errors: OutputStream;
    readonly name: string;
    readonly isNameMadeUp?: boolean;
    readonly peer: PlainPeer;
  },
): Promise<ChatOutcome> {
  let leaveReason: LeaveReason | undefined;
  let refused = 0;
  const clock = options.clock ?? systemClock;
  const batches = new BatchedOutput(output, clock, BATCH_MILLISECONDS);
  const connection = new LineConnection(connectionTo(peer, options), {
    lines(text) {
      batches.add(text);
      connection.pause();
      void batches.ready().then(() => connection.resume());
    },
    partial: () => {}, // printed when complete
  });
  const leave = (by: LeaveReason) => {
    if (leaveReason !== undefined) return;
    leaveReason = by;
    if (by === "stopped" || by === "output closed") connection.destroy();
    else connection.end();
  };
  const onStop = () => leave("stopped");
  stop?.addEventListener("abort", onStop);
  if (stop?.aborted === true) onStop();
  void batches.broken.then(() => leave("output closed"));
  await connection.join(name, !peer.isEcho && !isNameMadeUp);
  const refuse = (sentence: string) => {
    errors.write(sentence + "\n");
    refused++;
  };
  sendInput(input, leave, refuse, (line) => {
    if (!PASSWORD_COMMAND.test(line)) return connection.send(line);
    // The user expected hubbub, and would send the password to another server.
    refuse("Not sent: /register, since this is not a hubbub server and may show the password.");
  });
  const error = await connection.closed;
  stop?.removeEventListener("abort", onStop);
  input.pause();
  await untilStopped(batches.finish(), stop, clock);
  const failure = failureOf(leaveReason, error);
  if (failure !== undefined) errors.write(failure.message + "\n");
  return batches.outcome(errors) ?? outcomeOf(leaveReason, failure, refused);
}

function sendInput(
  input: InputStream,
  leave: (by: LeaveReason) => void,
  refuse: (sentence: string) => void,
  say: (line: string) => void,
): void {
  const lines = new LineDecoder(MAX_LINE_BYTES);
  let number = 0;
  const send = (line: string | typeof TOO_LONG) => {
    const text = textOf(line, ++number);
    if (text instanceof ChatError) return refuse(text.text);
    if (isQuit(text)) leave("command");
    else say(text);
  };
  const end = () => {
    const rest = lines.finish();
    if (rest !== undefined) send(rest);
    leave("end of input");
  };
  input.setEncoding("latin1");
  input.on("data", (chunk) => {
    lines.push(chunk);
    for (let line = lines.next(); line !== undefined; line = lines.next()) send(line);
  });
  input.on("end", end);
  input.on("error", end);
}

/** Reuses the existing connection, or opens a new one. */
function connectionTo({ connection }: PlainPeer, options: ClientOptions): ClientOptions {
  return connection === undefined ? options : { ...options, openTransport: connection.open };
}

function isQuit(line: string): boolean {
  return /^\/?quit$/i.test(line.trim());
}

/** The error of a connection unless the user has left. A connection that breaks after the end of the
 * input may have lost a part of it. */
function failureOf(
  leaveReason: LeaveReason | undefined,
  error: ConnectionError | undefined,
): ConnectionError | undefined {
  const hasLeft = leaveReason !== undefined && leaveReason !== "end of input";
  return hasLeft && error?.code !== "not_hubbub" ? undefined : error;
}

function outcomeOf(
  leaveReason: LeaveReason | undefined,
  error: ConnectionError | undefined,
  refused = 0,
): ChatOutcome {
  if (error !== undefined) return { type: "failed", error, joined: error.code !== "not_hubbub" };
  if (leaveReason !== undefined) return { type: "quit", by: leaveReason, refused };
  return { type: "server closed", text: "" };
}
