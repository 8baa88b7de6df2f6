import type { Issue, IssueParam } from '../errors.ts';
import type { Field } from '../fields/field.ts';
import { type OptionReader, readOptions } from '../fields/options.ts';
import type { AuthOptions, MailTemplate, Rule, TokenOptions } from './collection.ts';
import { type Index, makesUnique } from './index-text.ts';

/** What account options are checked against. */
export interface AuthContext {
  readonly fields: readonly Field[];
  readonly indexes: readonly Index[];
  /** Superusers always sign in with their password. */
  readonly superusers: boolean;
  /** Codes by mail are for the collection whose accounts ask for them (`auth/account-flows.ts`). */
  readonly codesByMail: boolean;
  readonly newSecret: () => string;
}

const DURATION = { min: 10, max: 94_670_856 };
const SECRET = { min: 30, max: 255 };
const MAX_TEMPLATE = 100_000;

type Definition = Readonly<Record<string, unknown>>;

/**
 * Reads the account options of a whole definition. Issues have dotted paths (`authToken.duration`). Sign-in by OAuth2
 * and a second factor for everybody cannot be switched on yet, nor can codes by mail elsewhere than in `users`:
 * `not_supported`.
 */
export function readAuthOptions(
  definition: Definition,
  context: AuthContext,
): { readonly auth: AuthOptions; readonly issues: readonly Issue[] } {
  const issues: Issue[] = [];
  const part = (key: string): Part => openPart(definition, key, issues);
  const token = (key: string) => readToken(part(key), context);
  const template = (key: string) => readTemplate(part(key));
  const alert = part('authAlert');
  const auth: AuthOptions = {
    authRule: readRule(definition, 'authRule', issues),
    manageRule: readRule(definition, 'manageRule', issues),
    authAlert: {
      enabled: alert.options.flag('enabled'),
      emailTemplate: readTemplate(alert.part('emailTemplate')),
    },
    oauth2: readOauth2(part('oauth2'), context),
    passwordAuth: readPasswordAuth(part('passwordAuth'), context),
    mfa: readMfa(part('mfa')),
    otp: readOtp(part('otp'), context),
    authToken: token('authToken'),
    passwordResetToken: token('passwordResetToken'),
    emailChangeToken: token('emailChangeToken'),
    verificationToken: token('verificationToken'),
    fileToken: token('fileToken'),
    verificationTemplate: template('verificationTemplate'),
    resetPasswordTemplate: template('resetPasswordTemplate'),
    confirmEmailChangeTemplate: template('confirmEmailChangeTemplate'),
  };
  if (auth.manageRule === '') issues.push({ path: 'manageRule', code: 'nil_or_not_empty_required' });
  return { auth, issues };
}

/** A rule of a definition: text, or null. */
export function readRule(definition: Definition, key: string, issues: Issue[]): Rule {
  const value = Object.hasOwn(definition, key) ? definition[key] : null;
  if (value === null || value === undefined || typeof value === 'string') return value ?? null;
  issues.push({ path: key, code: 'invalid_value' });
  return null;
}

/** A nested object of a definition, whose issues go to the whole. */
interface Part {
  readonly options: OptionReader;
  part(key: string): Part;
  list(key: string): readonly unknown[];
}

function openPart(parent: Definition, key: string, sink: Issue[], prefix = ''): Part {
  const path = prefix + key;
  const value = Object.hasOwn(parent, key) ? parent[key] : undefined;
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (value !== undefined && value !== null && !isObject) sink.push({ path, code: 'invalid_value' });
  const definition: Definition = isObject ? { ...value } : {};
  const reader = readOptions(definition);
  return {
    options: forward(reader, path, sink),
    part: (inner) => openPart(definition, inner, sink, `${path}.`),
    list(inner) {
      const items = definition[inner];
      return Array.isArray(items) ? items : [];
    },
  };
}

/** A reader that adds each issue to the whole as it is found. */
function forward(reader: OptionReader, path: string, sink: Issue[]): OptionReader {
  let seen = 0;
  function flush<T>(value: T): T {
    for (const issue of reader.issues.slice(seen)) sink.push({ ...issue, path: `${path}.${issue.path}` });
    seen = reader.issues.length;
    return value;
  }
  return {
    issues: reader.issues,
    text: (key, fallback) => flush(reader.text(key, fallback)),
    flag: (key, fallback) => flush(reader.flag(key, fallback)),
    integer: (key, bounds) => flush(reader.integer(key, bounds)),
    numberOrNull: (key) => flush(reader.numberOrNull(key)),
    texts: (key) => flush(reader.texts(key)),
    has: reader.has,
    report: (key: string, code: string, params?: Readonly<Record<string, IssueParam>>) =>
      flush(reader.report(key, code, params)),
  };
}

function readToken({ options }: Part, { newSecret }: AuthContext): TokenOptions {
  const duration = options.integer('duration', DURATION);
  // Secrets are never shown, so a definition that is sent back has none or a blank one: keep, or make one.
  const secret = options.text('secret') || newSecret();
  if (secret.length < SECRET.min || secret.length > SECRET.max) {
    options.report('secret', 'length_out_of_range', SECRET);
  }
  return { duration, secret };
}

function readTemplate({ options }: Part): MailTemplate {
  const template = { subject: options.text('subject'), body: options.text('body') };
  for (const [key, text] of Object.entries(template)) {
    if (text === '') options.report(key, 'required');
    if (text.length > MAX_TEMPLATE) options.report(key, 'length_too_long', { min: 0, max: MAX_TEMPLATE });
  }
  return template;
}

function readOauth2(part: Part, { fields }: AuthContext): AuthOptions['oauth2'] {
  const { options } = part;
  if (options.flag('enabled')) options.report('enabled', 'not_supported');
  const mapped = part.part('mappedFields').options;
  // A mapped field that is gone is no longer mapped.
  const known = (key: string) => {
    const name = mapped.text(key);
    return fields.some((field) => field.name === name) ? name : '';
  };
  return {
    enabled: false,
    providers: part.list('providers').filter(isProvider),
    mappedFields: {
      id: known('id'),
      name: known('name'),
      username: known('username'),
      avatarURL: known('avatarURL'),
    },
  };
}

function isProvider(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readPasswordAuth({ options }: Part, context: AuthContext): AuthOptions['passwordAuth'] {
  const enabled = context.superusers || options.flag('enabled');
  const identityFields = [...new Set(options.texts('identityFields'))];
  if (enabled && identityFields.length === 0) options.report('identityFields', 'required');
  for (const fieldName of enabled ? identityFields : []) {
    const exists = context.fields.some(({ name }) => name === fieldName);
    if (!exists) options.report('identityFields', 'missing_field', { fieldName });
    else if (!context.indexes.some((index) => makesUnique(index, fieldName))) {
      options.report('identityFields', 'missing_unique_constraint', { fieldName });
    }
  }
  return { enabled, identityFields };
}

function readMfa({ options }: Part): AuthOptions['mfa'] {
  if (options.flag('enabled')) options.report('enabled', 'not_supported');
  return { enabled: false, duration: options.integer('duration'), rule: options.text('rule') };
}

function readOtp(part: Part, { codesByMail }: AuthContext): AuthOptions['otp'] {
  const { options } = part;
  const enabled = options.flag('enabled');
  if (enabled && !codesByMail) options.report('enabled', 'not_supported');
  return {
    enabled: enabled && codesByMail,
    duration: options.integer('duration'),
    length: options.integer('length'),
    emailTemplate: readTemplate(part.part('emailTemplate')),
  };
}
