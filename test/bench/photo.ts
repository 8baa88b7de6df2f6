import sharp from 'sharp';

/** A JPEG of 6 megapixels with the detail and weight of a photo: soft shapes under fine grain. */
export async function makePhoto(): Promise<Uint8Array<ArrayBuffer>> {
  const size = { width: 3000, height: 2000 };
  const grain = (sigma: number) => ({ type: 'gaussian' as const, mean: 128, sigma });
  const shapes = await sharp({
    create: { width: 60, height: 40, channels: 3, background: '#888', noise: grain(60) },
  })
    .png()
    .toBuffer();
  const noise = await sharp({ create: { ...size, channels: 3, background: '#888', noise: grain(12) } })
    .png({ compressionLevel: 0 })
    .toBuffer();
  const photo = await sharp(shapes)
    .resize({ ...size, kernel: 'cubic', fit: 'fill' })
    .composite([{ input: noise, blend: 'overlay' }])
    .jpeg({ quality: 85 })
    .toBuffer();
  return new Uint8Array(photo);
}
