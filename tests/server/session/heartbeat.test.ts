import { assertEquals } from "@std/assert";
import { Heartbeat, type Pulse } from "../../../server/session/heartbeat.ts";

/** Somebody, and what the heartbeat did with them. */
class Somebody implements Pulse {
  silentBeats = 0;
  isDeaf = false;
  readonly told: string[] = [];

  constructor(heartbeat: Heartbeat) {
    heartbeat.add(this);
  }

  ping(): void {
    this.told.push("ping");
  }

  lost(): void {
    this.told.push("lost");
  }
}

/** Looks in one interval. */
const INTERVAL = 6;

function look(heartbeat: Heartbeat, times: number): void {
  for (let beat = 0; beat < times; beat++) heartbeat.beat();
}

Deno.test("heartbeat: silence is asked after each interval, and after three it is the end", () => {
  const heartbeat = new Heartbeat(30_000);
  const somebody = new Somebody(heartbeat);
  look(heartbeat, INTERVAL - 1);
  assertEquals(somebody.told, []);
  look(heartbeat, 1);
  assertEquals(somebody.told, ["ping"]);
  look(heartbeat, INTERVAL);
  assertEquals(somebody.told, ["ping", "ping"]);
  look(heartbeat, INTERVAL);
  assertEquals(somebody.told, ["ping", "ping", "lost"]);
  look(heartbeat, 10 * INTERVAL);
  assertEquals(somebody.told.length, 3, "told once");
});

Deno.test("heartbeat: any sign of life begins it again", () => {
  const heartbeat = new Heartbeat(30_000);
  const somebody = new Somebody(heartbeat);
  for (let round = 0; round < 100; round++) {
    somebody.silentBeats = 0;
    look(heartbeat, INTERVAL - 1);
  }
  assertEquals(somebody.told, []);
});

Deno.test("heartbeat: who is not read is not silent", () => {
  const heartbeat = new Heartbeat(30_000);
  const somebody = new Somebody(heartbeat);
  look(heartbeat, INTERVAL - 1);
  somebody.isDeaf = true;
  look(heartbeat, 10 * INTERVAL);
  somebody.isDeaf = false;
  look(heartbeat, INTERVAL - 1);
  assertEquals(somebody.told, []);
  look(heartbeat, 1);
  assertEquals(somebody.told, ["ping"]);
});

Deno.test("heartbeat: who was removed is left alone, also in the middle of a look", () => {
  const heartbeat = new Heartbeat(30_000);
  const first = new Somebody(heartbeat);
  const second = new Somebody(heartbeat);
  first.ping = () => heartbeat.remove(second);
  look(heartbeat, 5 * INTERVAL);
  assertEquals(first.told, ["lost"]);
  assertEquals(second.told, []);
});
