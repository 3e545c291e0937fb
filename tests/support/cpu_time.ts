import process from "node:process";

/**
 * Milliseconds of processor time that this thread spends on something: other work of the machine and
 * of tests beside this one do not count. The system counts in steps of up to 10 ms.
 */
export function cpuMilliseconds(work: () => void): number {
  const start = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(start);
  return (user + system) / 1000;
}
