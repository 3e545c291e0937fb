import { HONEST_ROOM } from "../names.ts";
import { type Entered, HostileClient } from "./hostile_client.ts";

/** The number behind `key` in what was received last; `undefined` where it did not come in time. */
async function numberOf({ socket }: Entered, key: string): Promise<number | undefined> {
  await socket.until(`"${key}":`, 3000);
  const [, digits] = new RegExp(`"${key}":(\\d+)`).exec(socket.received) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** Offers files to a room full of people, and takes them back. */
export class Offerer extends HostileClient {
  protected async live(): Promise<void> {
    const entered = await this.enter({ format: "json", room: HONEST_ROOM });
    while (true) {
      entered.socket.forget();
      await entered.say({ type: "offer", to: `#${HONEST_ROOM}`, name: "f".repeat(255), size: 1 });
      await entered.say({ type: "offer", to: `#${HONEST_ROOM}`, name: "g", size: 1, id: "x" });
      const file = await numberOf(entered, "file");
      if (file !== undefined) await entered.say({ type: "withdraw", file });
      this.context.count("offers");
      await this.pause(5);
    }
  }
}

/** A transfer between two clients of this kind. */
abstract class Transferring extends HostileClient {
  protected async transfer(): Promise<
    { sender: Entered; receiver: Entered; number: number } | undefined
  > {
    const receiver = await this.enter({ format: "json", room: "noise" });
    const sender = await this.enter({ format: "json", room: "noise" }, "b");
    await sender.say({ type: "offer", to: receiver.name, name: "f", size: 20_000_000, id: "x" });
    const file = await numberOf(sender, "file");
    if (file === undefined) return undefined;
    receiver.socket.forget();
    await receiver.say({ type: "accept", file });
    const number = await numberOf(receiver, "transfer");
    if (number === undefined) return undefined;
    this.context.count("transfers");
    return { sender, receiver, number };
  }
}

/** Starts transfers and lets them lie. */
export class TransferHolder extends Transferring {
  protected async live(): Promise<void> {
    const transfer = await this.transfer();
    await transfer?.sender.socket.untilClosed(30_000);
    await this.pause(500);
  }
}

/** Confirms bytes of a file as fast as it can. */
export class Confirmer extends Transferring {
  protected async live(): Promise<void> {
    const transfer = await this.transfer();
    if (transfer === undefined) return this.pause(500);
    const { receiver, number } = transfer;
    const line = JSON.stringify({ type: "received", transfer: number, bytes: 0 }) + "\n";
    while (true) {
      await receiver.socket.send(line.repeat(100));
      this.context.count("hundred confirmations");
      await this.pause(1);
    }
  }
}
