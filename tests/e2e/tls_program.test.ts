/**
 * `hubbub serve` and `hubbub chat` with TLS, as real processes: certificates from files and of the
 * server's own making, and their renewal.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { FOREIGN, SELF_SIGNED, SIGNED, type TestCertificate } from "../support/certificates.ts";
import { PROGRAM_NAME, startProgram, startServe } from "../support/program.ts";
import { withEmptyFolder } from "../../tools/repository.ts";
import { freePort } from "../support/addresses.ts";

const isWindows = Deno.build.os === "windows";

/** A certificate's files, removed after use. */
async function filesOf(certificate: TestCertificate) {
  const folder = await Deno.makeTempDir();
  const [cert, key] = [`${folder}/cert.pem`, `${folder}/key.pem`];
  const write = async (next: TestCertificate) => {
    await Deno.writeTextFile(cert, next.cert);
    await Deno.writeTextFile(key, next.key);
  };
  await write(certificate);
  return {
    parameters: ["--tls-cert", cert, "--tls-key", key],
    cert,
    write,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** Joins by TLS, and returns the exit code and what was said. */
function join(port: number, ...parameters: string[]) {
  return joinWith({}, `127.0.0.1:${port}`, "--tls", ...parameters);
}

async function joinWith(env: Record<string, string>, ...parameters: string[]) {
  await using chat = startProgram(["chat", "--name", "ann", ...parameters], { env });
  await chat.stdin.write(new TextEncoder().encode("/users\n"));
  await chat.stdin.close();
  const exit = await chat.exit;
  return { exit, said: await chat.stdout.all() + await chat.stderr.all() };
}

Deno.test("serve with a certificate: its fingerprint is printed, and lets a client in", async () => {
  await using files = await filesOf(SIGNED);
  await using serve = await startServe(files.parameters);
  const [, fingerprint = ""] = await serve.stdout.until(/fingerprint +(\S+)\n/);
  assertEquals(fingerprint, SIGNED.fingerprint);
  await serve.stdout.until(new RegExp(`or open +https://127.0.0.1:${serve.port}/\n`));
  const { exit, said } = await join(serve.port, "--fingerprint", fingerprint);
  assertMatch(said, /Online users \(1\): ann\n/);
  assertEquals(exit, 0);
});

Deno.test("serve --tls self-signed: kept in --data, so that its fingerprint stays", async () => {
  const data = await Deno.makeTempDir();
  const fingerprints: string[] = [];
  for (const _ of [1, 2]) {
    await using serve = await startServe(["--tls", "self-signed", "--data", data]);
    const [, pin = ""] = await serve.stdout.until(
      new RegExp(
        `encrypted +${PROGRAM_NAME} chat --tls --fingerprint (\\S+) 127\\.0\\.0\\.1:\\d+\n`,
      ),
    );
    fingerprints.push(pin);
    assertEquals((await join(serve.port, "--fingerprint", pin)).exit, 0);
    const { exit, said } = await join(serve.port, "--no-first-use");
    assertEquals(exit, 3);
    assertMatch(said, /its certificate cannot be trusted \(self-signed certificate\)/);
    serve.child.kill("SIGTERM");
    await serve.exit;
  }
  assertEquals(fingerprints[0], fingerprints[1]);
  await Deno.remove(data, { recursive: true });
});

Deno.test("chat --tls: a certificate is remembered, and another one refused, unless it is named", () =>
  withEmptyFolder(async (folder) => {
    const env = { XDG_CONFIG_HOME: folder };
    const path = `${folder}/hubbub/known_hosts`;
    const port = freePort();
    const fingerprints: string[] = [];
    const start = async () => {
      const serve = await startServe(["--tls", "self-signed", "--port", String(port)]);
      const [, fingerprint = ""] = await serve.stdout.until(/fingerprint +(\S+)\n/);
      fingerprints.push(fingerprint);
      return serve;
    };
    {
      await using _ = await start();
      const first = await joinWith(env, `127.0.0.1:${port}`, "--tls");
      assertEquals(first.exit, 0);
      const told =
        `The certificate of 127.0.0.1:${port} is signed by no authority that this machine ` +
        `trusts. It is remembered in ${path}. Compare its fingerprint with the one that the server ` +
        `has printed: ${fingerprints[0]}\n`;
      assert(first.said.includes(told), first.said);
      const second = await joinWith(env, `https://127.0.0.1:${port}/`, "--no-first-use");
      assertEquals([second.exit, second.said.includes("certificate")], [0, false]);
    }
    {
      await using _ = await start();
      const { exit, said } = await joinWith(env, `127.0.0.1:${port}`, "--tls");
      assertEquals(exit, 3);
      assert(
        said.includes(`It had the fingerprint ${fingerprints[0]} (line 2 of ${path}), and now`),
      );
      assert(said.includes(`has ${fingerprints[1]}. Another server may pretend to be it.`), said);
      const named = await joinWith(env, `127.0.0.1:${port}`, "--fingerprint", fingerprints[1]!);
      assertEquals(named.exit, 0);
    }
  }));

Deno.test({
  name: "SIGHUP takes a renewed certificate, and keeps the old one where the new is no good",
  ignore: isWindows,
  fn: async () => {
    await using files = await filesOf(SELF_SIGNED);
    await using serve = await startServe([...files.parameters, "--log-format", "json"]);
    assertEquals((await join(serve.port, "--fingerprint", SELF_SIGNED.fingerprint)).exit, 0);

    await files.write(FOREIGN);
    serve.child.kill("SIGHUP");
    await serve.stderr.until(new RegExp(`"level":"info".*"fingerprint":"${FOREIGN.fingerprint}"`));
    assertEquals((await join(serve.port, "--fingerprint", FOREIGN.fingerprint)).exit, 0);
    assertEquals((await join(serve.port, "--fingerprint", SELF_SIGNED.fingerprint)).exit, 3);

    await Deno.writeTextFile(files.cert, "half a certif");
    serve.child.kill("SIGHUP");
    await serve.stderr.until(
      /"cannot use the new TLS certificate; the old one stays".*not in PEM/,
    );
    assertEquals((await join(serve.port, "--fingerprint", FOREIGN.fingerprint)).exit, 0);
    for (const { key } of [SELF_SIGNED, FOREIGN]) {
      assert(!serve.stderr.text.includes(key.split("\n")[1]!), "no key is in the log");
    }
  },
});
