/** Programs that send to webhooks of Slack send to a room of hubbub, with nothing but the address changed. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { hasCommand, run } from "../support/commands.ts";
import { startCommand } from "../support/foreign_server.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";

const TOKEN = "0123456789abcdef";
const ALERTMANAGER = "prometheus-alertmanager";

const hooks = [{ room: "alerts", token: TOKEN }];

const withoutAlertmanager = !hasCommand(ALERTMANAGER, "--version");
const withoutApprise = !hasCommand("apprise", "--version");

/** An Alertmanager that sends all alerts to a webhook at once. */
async function startAlertmanager(webhook: string) {
  const folder = await Deno.makeTempDir({ prefix: "hubbub-alertmanager-" });
  const file = join(folder, "alertmanager.yml");
  await Deno.writeTextFile(
    file,
    `route: {receiver: hubbub, group_wait: 0s, group_interval: 100ms, repeat_interval: 1h}
receivers:
- name: hubbub
  slack_configs:
  - api_url: ${webhook}
    channel: '#alerts'
    send_resolved: true
    text: '{{ range .Alerts }}{{ .Annotations.summary }}{{ end }}'
`,
  );
  const program = await startCommand(ALERTMANAGER, [
    ...[`--config.file=${file}`, `--storage.path=${join(folder, "data")}`],
    ...["--cluster.listen-address=", "--web.listen-address=127.0.0.1:0"],
    "--web.external-url=http://alerts.example.org",
  ], /"Listening on" address=127\.0\.0\.1:(\d+)/);
  return {
    /** Reports the state of an alert to it, as Prometheus does. */
    async report(alert: object) {
      const response = await fetch(`http://127.0.0.1:${program.port}/api/v2/alerts`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify([alert]),
      });
      assertEquals(response.status, 200, await response.text());
    },
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

Deno.test({
  name: "senders: Alertmanager sends an alert, and its end, to a room",
  ignore: withoutAlertmanager,
  async fn() {
    await using server = await startServer({ hooks });
    const bob = await RawClient.join(server.port, "Bob");
    bob.send("/join alerts\n");
    await bob.until("You are now in alerts.\n");
    await using alerts = await startAlertmanager(`http://127.0.0.1:${server.port}/hooks/${TOKEN}`);
    const alert = {
      labels: { alertname: "DiskFull", instance: "db1" },
      annotations: { summary: "/var & /tmp: 5 % left" },
    };
    await alerts.report(alert);
    const fired = await bob.until("left\n");
    const link = "(http://alerts.example.org/#/alerts?receiver=hubbub)";
    assertStringIncludes(fired, `Alertmanager: [FIRING:1]  (DiskFull db1) ${link}\n`);
    assertStringIncludes(fired, "] Alertmanager: /var & /tmp: 5 % left\n");
    await alerts.report({ ...alert, endsAt: new Date(Date.now() - 1000).toISOString() });
    assertStringIncludes(await bob.until("left\n"), "Alertmanager: [RESOLVED]  (DiskFull db1)");
    bob.close();
  },
});

Deno.test({
  name: "senders: Apprise sends to a room by its address for Mattermost",
  ignore: withoutApprise,
  async fn() {
    await using server = await startServer({ hooks, rooms: ["tea"] });
    const bob = await RawClient.join(server.port, "Bob");
    bob.send("/join tea\n");
    await bob.until("You are now in tea.\n");
    const address = `mmost://127.0.0.1:${server.port}`;
    const words = ["-t", "Backup", "-b", "done & checked"];
    const sent = await run("apprise", ...words, `${address}/${TOKEN}?channel=tea`);
    assertEquals(sent.code, 0, sent.stdout);
    await bob.until("done & checked\n");
    assertEquals((await run("apprise", ...words, `${address}/guess`)).code, 1);
    bob.close();
  },
});
