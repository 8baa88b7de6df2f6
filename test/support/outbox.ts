import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A message that the server wrote into the outbox of its data folder. */
export interface OutboxMail {
  readonly file: string;
  readonly subject: string;
  /** The readable part: links and codes are in it as they are. */
  readonly text: string;
}

/** Messages to an address, oldest first. */
export function mailsTo(dir: string, address: string): readonly OutboxMail[] {
  const folder = join(dir, 'outbox');
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.eml'));
  } catch {
    return [];
  }
  return names
    .sort()
    .map((name) => ({ name, source: readFileSync(join(folder, name), 'utf8') }))
    .filter(({ source }) => new RegExp(`^To: .*${RegExp.escape(address)}`, 'im').test(source))
    .map(({ name, source }) => ({
      file: name,
      subject: /^Subject: (.*)$/im.exec(source)?.[1]?.trim() ?? '',
      text: unfolded(source),
    }));
}

/** The next message to an address after those that were there; fails when none comes within 5 s. */
export async function nextMailTo(dir: string, address: string, known = 0): Promise<OutboxMail> {
  for (const deadline = Date.now() + 5000; Date.now() < deadline; await Bun.sleep(20)) {
    const found = mailsTo(dir, address)[known];
    if (found !== undefined) return found;
  }
  throw new Error(`no mail to ${address} beyond ${known}`);
}

/** The part of the message after `word` that has no blanks, such as the token of a link. */
export function wordAfter({ text }: OutboxMail, word: string): string {
  const found = new RegExp(`${RegExp.escape(word)}([^\\s"'<>&]+)`).exec(text)?.[1];
  if (found === undefined) throw new Error(`no ${word} in ${text}`);
  return found;
}

/** Quoted-printable undone, so that long links are whole. */
function unfolded(source: string): string {
  return source
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
