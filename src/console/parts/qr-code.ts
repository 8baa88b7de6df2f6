import { type Html, html } from '../html.ts';

/** Light cells around it, which readers need. */
const QUIET = 4;

/** Text as a QR code that needs neither script nor anybody else. `label` tells those who do not see it what it is. */
export async function qrCode(text: string, label: string): Promise<Html> {
  // Loaded with the first: few need it.
  const { create } = await import('qrcode');
  const { modules } = create(text, { errorCorrectionLevel: 'M' });
  const { size } = modules;
  let path = '';
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) if (modules.get(y, x)) path += `M${x + QUIET} ${y + QUIET}h1v1h-1z`;
  }
  const whole = size + 2 * QUIET;
  return html`<svg class="qr" viewBox="0 0 ${whole} ${whole}" role="img" aria-label="${label}"><rect width="${whole}" height="${whole}" fill="#fff"/><path d="${path}" fill="#000"/></svg>`;
}
