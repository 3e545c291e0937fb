/**
 * The reason of a system error of a file, in plain words without a full stop.
 *
 * @param action the purpose for which the file was opened. Default: "read".
 */
export function systemReason(error: unknown, action: "read" | "write" = "read"): string {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  if (name === "NotCapable") {
    // Without all permissions, Deno opens no files of the kernel and no devices.
    return message.includes("all access")
      ? "it belongs to the system, as all below /proc, /sys and /dev"
      : "this program was started without the permission for it";
  }
  switch ((error as { code?: unknown }).code) {
    case "ENOENT":
      return action === "read" ? "there is no such file" : "there is no such folder";
    case "EACCES":
    case "EPERM":
      return "permission denied";
    case "EISDIR":
      return "it is a folder";
    case "ENOTDIR":
      return "a part of its path is no folder";
    case "ENOSPC":
    case "EDQUOT":
      return "the disk is full";
    case "EFBIG":
      return "the disk takes no file that large";
    case "ELOOP":
      return "its links lead back to themselves";
    case "EROFS":
      return "the disk is read-only";
    case "ENAMETOOLONG":
      return "its name is too long";
    default:
      return message.replace(/\.$/, "");
  }
}
