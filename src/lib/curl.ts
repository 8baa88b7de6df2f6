import { shellWord } from './code.ts';

/** Options of curl that send values as JSON. */
export function curlJson(values: Readonly<Record<string, unknown>>): readonly string[] {
  return ["-H 'Content-Type: application/json'", `-d ${shellWord(JSON.stringify(values))}`];
}

/** Options of curl that send values and files of this machine as a form; lists of texts are several values of one name. */
export function curlForm(
  values: Readonly<Record<string, unknown>>,
  files: readonly { readonly field: { readonly name: string }; readonly name: string }[],
): readonly string[] {
  const texts = Object.entries(values).flatMap(([name, value]) =>
    (isTexts(value) ? value : [value]).map((each) => {
      // Taken literally: with -F, a text that begins with @ would be a file of this machine.
      const text = typeof each === 'string' ? each : JSON.stringify(each);
      return `--form-string ${shellWord(`${name}=${text}`)}`;
    }),
  );
  return [...texts, ...files.map(({ field, name }) => `-F ${shellWord(`${field.name}=@${name}`)}`)];
}

/** A line that asks for a token with credentials as JSON, and keeps the text at `key` of the answer as TOKEN. */
export function curlToken(
  address: string,
  credentials: Readonly<Record<string, string>>,
  key: string,
): string {
  const find = `s/.*"${key}":"\\([^"]*\\)".*/\\1/p`;
  return `TOKEN=$(curl -sS ${shellWord(address)} ${curlJson(credentials).join(' ')} | sed -n ${shellWord(find)})\n`;
}

/** A command over several lines. */
export function commandText(parts: readonly string[]): string {
  return `${parts.join(' \\\n  ')}\n`;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string');
}
