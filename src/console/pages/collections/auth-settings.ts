import type { Collection } from '../../../core/index.ts';
import type { Texts } from '../../texts/index.ts';
import type { Form } from '../../visit.ts';
import type { ReadProblem } from './option-text.ts';

type AuthTexts = Texts['definition']['accounts'];

/** One setting of accounts. */
export interface AuthSetting {
  /** Its place in a definition, with dots. */
  readonly path: string;
  readonly kind: 'flag' | 'lines' | 'count' | 'text' | 'body';
  readonly label: keyof AuthTexts['labels'];
}

/** Settings that stand together. */
interface AuthGroup {
  readonly title: keyof AuthTexts['groups'];
  readonly settings: readonly AuthSetting[];
}

const duration = (key: keyof AuthTexts['labels']): AuthSetting => {
  return { path: `${key}.duration`, kind: 'count', label: key };
};
const mail = (title: keyof AuthTexts['groups'], path: string): AuthGroup => ({
  title,
  settings: [
    { path: `${path}.subject`, kind: 'text', label: 'subject' },
    { path: `${path}.body`, kind: 'body', label: 'body' },
  ],
});

/**
 * Every setting of accounts that has an effect, in the order in which they are shown. Others that a definition keeps, for the
 * products that it came from, go with its JSON.
 */
export const authGroups: readonly AuthGroup[] = [
  {
    title: 'signIn',
    settings: [
      { path: 'passwordAuth.enabled', kind: 'flag', label: 'password' },
      { path: 'passwordAuth.identityFields', kind: 'lines', label: 'identityFields' },
      { path: 'otp.enabled', kind: 'flag', label: 'otp' },
    ],
  },
  {
    title: 'tokens',
    settings: (
      ['authToken', 'fileToken', 'verificationToken', 'passwordResetToken', 'emailChangeToken'] as const
    ).map(duration),
  },
  mail('verificationMail', 'verificationTemplate'),
  mail('resetMail', 'resetPasswordTemplate'),
  mail('changeMail', 'confirmEmailChangeTemplate'),
  mail('otpMail', 'otp.emailTemplate'),
];

const settings = authGroups.flatMap((group) => group.settings);

/** What is typed for the settings of accounts, by their paths; undefined where the form has none. */
export type AuthDraft = ReadonlyMap<string, string> | undefined;

/** The name of a setting's input. */
export function authInputName(path: string): string {
  return `auth.${path}`;
}

/** The settings of a collection as they are typed. */
export function authDraftOf({ auth }: Pick<Collection, 'auth'>): AuthDraft {
  if (auth === undefined) return undefined;
  return new Map(settings.map(({ path }) => [path, printed(valueAt(auth, path))]));
}

/** Reads them from a form. */
export function readAuthDraft(form: Form): AuthDraft {
  if (form.get('auth') !== '1') return undefined;
  return new Map(settings.map(({ path }) => [path, form.get(authInputName(path)).replaceAll('\r\n', '\n')]));
}

/** Their inputs, for a page that carries them along. */
export function authInputs(draft: AuthDraft): readonly (readonly [string, string])[] {
  if (draft === undefined) return [];
  const typed = [...draft].filter(([, text]) => text !== '');
  return [['auth', '1'], ...typed.map(([path, text]) => [authInputName(path), text] as const)];
}

/** What a definition says where something else is typed than what is stored; all else stays, secrets above all. */
export function authInputOf(
  draft: AuthDraft,
  stored: Pick<Collection, 'auth'>,
  problems: Map<string, ReadProblem>,
): Readonly<Record<string, unknown>> {
  const before = authDraftOf(stored);
  if (draft === undefined || before === undefined) return {};
  const input: Record<string, unknown> = {};
  for (const { path, kind } of settings) {
    const text = draft.get(path) ?? '';
    if (text === before.get(path)) continue;
    if (kind === 'count' && !/^\d{1,15}$/.test(text.trim())) problems.set(authInputName(path), 'not_whole');
    else put(input, path, readValue(kind, text));
  }
  return input;
}

/** What the settings are, by their paths, as text: never a secret. */
export function authFacts(collection: Pick<Collection, 'auth'>): ReadonlyMap<string, string> {
  return authDraftOf(collection) ?? new Map();
}

function readValue(kind: AuthSetting['kind'], text: string): unknown {
  if (kind === 'flag') return text === '1';
  if (kind === 'count') return Number(text);
  if (kind !== 'lines') return text;
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function printed(value: unknown): string {
  if (typeof value === 'boolean') return value ? '1' : '';
  return Array.isArray(value) ? value.join('\n') : String(value ?? '');
}

function valueAt(from: object, path: string): unknown {
  let value: unknown = from;
  for (const key of path.split('.')) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  }
  return value;
}

function put(into: Record<string, unknown>, path: string, value: unknown): void {
  const [key = '', ...rest] = path.split('.');
  if (rest.length === 0) {
    into[key] = value;
    return;
  }
  const inner: Record<string, unknown> = { ...asObject(into[key]) };
  put(inner, rest.join('.'), value);
  into[key] = inner;
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
