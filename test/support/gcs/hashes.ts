const TABLE = new Uint32Array(256).map((_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

/** MD5 and CRC32C of bytes as they come, each in base64 as an object's `md5Hash` and `crc32c` have them. */
export class Hashes {
  readonly #md5 = new Bun.CryptoHasher('md5');
  #crc = 0xffffffff;

  update(chunk: Uint8Array): void {
    this.#md5.update(chunk);
    let crc = this.#crc;
    for (let index = 0; index < chunk.length; index++) {
      crc = (crc >>> 8) ^ (TABLE[(crc ^ (chunk[index] ?? 0)) & 255] ?? 0);
    }
    this.#crc = crc;
  }

  /** Ends the hashing. */
  digest(): { readonly md5Hash: string; readonly crc32c: string } {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE((this.#crc ^ 0xffffffff) >>> 0);
    return { md5Hash: this.#md5.digest('base64'), crc32c: bytes.toString('base64') };
  }
}
