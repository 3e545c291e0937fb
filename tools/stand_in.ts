/**
 * The smallest file that `deno compile` accepts as a base runtime for Linux: an ELF header and one
 * empty segment. What is made on it cannot run, and can be read on any system.
 *
 * It takes the place of the real runtime where only the embedding is to be looked at: that one is
 * some 80 MB, and has to be downloaded.
 */
export function standInRuntime(): Uint8Array {
  const headerBytes = 64;
  const segmentBytes = 56;
  const bytes = new Uint8Array(headerBytes + segmentBytes);
  const view = new DataView(bytes.buffer);
  const isLittleEndian = true;
  bytes.set([0x7f, 0x45, 0x4c, 0x46]); // "\x7fELF"
  bytes.set([2, 1, 1], 4); // 64 bits, little-endian, version 1
  view.setUint16(16, 2, isLittleEndian); // an executable
  view.setUint16(18, 62, isLittleEndian); // for x86-64
  view.setUint32(20, 1, isLittleEndian); // version 1
  view.setBigUint64(32, BigInt(headerBytes), isLittleEndian); // where the segments are told
  view.setUint16(52, headerBytes, isLittleEndian);
  view.setUint16(54, segmentBytes, isLittleEndian);
  view.setUint16(56, 1, isLittleEndian); // one segment
  view.setUint16(58, 64, isLittleEndian); // size of a section header, of which there is none
  view.setUint32(headerBytes, 1, isLittleEndian); // to be loaded
  view.setUint32(headerBytes + 4, 4, isLittleEndian); // readable
  view.setBigUint64(headerBytes + 32, BigInt(bytes.length), isLittleEndian); // in the file
  view.setBigUint64(headerBytes + 40, BigInt(bytes.length), isLittleEndian); // in memory
  view.setBigUint64(headerBytes + 48, 4096n, isLittleEndian); // alignment
  return bytes;
}
