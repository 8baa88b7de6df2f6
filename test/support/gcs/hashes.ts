/** Four tables after one another: what a byte does to the checksum when 0 to 3 others follow it. */
const TABLES = new Int32Array(1024);
for (let byte = 0; byte < 256; byte++) {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  TABLES[byte] = value;
}
for (let index = 256; index < 1024; index++) {
  const before = TABLES[index - 256] ?? 0;
  TABLES[index] = (before >>> 8) ^ (TABLES[before & 255] ?? 0);
}

/** CRC32C (RFC 3720, B.4) of what came before, and these bytes. */
function crc32c(before: number, bytes: Uint8Array): number {
  const at = (table: number, byte: number) => TABLES[table * 256 + (byte & 255)] ?? 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words = bytes.byteLength & ~3;
  let crc = before;
  for (let index = 0; index < words; index += 4) {
    crc ^= view.getInt32(index, true);
    crc = at(3, crc) ^ at(2, crc >>> 8) ^ at(1, crc >>> 16) ^ at(0, crc >>> 24);
  }
  for (let index = words; index < bytes.byteLength; index++) {
    crc = (crc >>> 8) ^ at(0, crc ^ view.getUint8(index));
  }
  return crc;
}

/** MD5 and CRC32C of bytes as they come, each in base64 as an object's `md5Hash` and `crc32c` have them. */
export class Hashes {
  readonly #md5 = new Bun.CryptoHasher('md5');
  #crc = -1;

  update(chunk: Uint8Array): void {
    this.#md5.update(chunk);
    this.#crc = crc32c(this.#crc, chunk);
  }

  /** Ends the hashing. */
  digest(): { readonly md5Hash: string; readonly crc32c: string } {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(~this.#crc >>> 0);
    return { md5Hash: this.#md5.digest('base64'), crc32c: bytes.toString('base64') };
  }
}
