import { assertEquals } from "@std/assert";
import { acceptQueueDepth, netstatCounters } from "../../../bench/monitoring/proc_net.ts";

const TCP =
  `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000081 00:00000000 00000000     0        0 11 1 0 100 0 0 10 0
   1: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12 1 0 100 0 0 10 0
   2: 0100007F:1F90 0100007F:A001 01 00000000:00000005 00:00000000 00000000     0        0 13 1 0 20 4 30 10 -1
`;
const TCP6 = TCP.replaceAll("0100007F", "0".repeat(32));

Deno.test("proc: the depth of an accept queue is in the listener's row only", () => {
  for (const text of [TCP, TCP6]) {
    assertEquals(acceptQueueDepth(text, 8080), 129);
    assertEquals(acceptQueueDepth(text, 8081), 0);
    assertEquals(acceptQueueDepth(text, 8082), undefined);
  }
  assertEquals(acceptQueueDepth("", 8080), undefined);
});

Deno.test("proc: listeners that share a port are added up", () => {
  const [head, row] = TCP.split("\n");
  assertEquals(acceptQueueDepth([head, row, row, ""].join("\n"), 8080), 258);
});

Deno.test("proc: the counters of a group by name", () => {
  const text = "TcpExt: SyncookiesSent ListenOverflows ListenDrops\nTcpExt: 0 684 690\n" +
    "IpExt: InNoRoutes ListenDrops\nIpExt: 0 3\n";
  assertEquals([...netstatCounters(text, "TcpExt")], [
    ["SyncookiesSent", 0],
    ["ListenOverflows", 684],
    ["ListenDrops", 690],
  ]);
  assertEquals(netstatCounters(text, "IpExt").get("ListenDrops"), 3);
  assertEquals(netstatCounters("", "TcpExt").size, 0);
});
