import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Storage as GoogleStorage, StorageOptions } from '@google-cloud/storage';
import { AppError } from '../../../core/errors.ts';
import type { PresignOptions } from '../../../core/ports/storage.ts';
import { ServiceError } from '../remote/object-service.ts';

/** Who asks for objects of a bucket. */
export interface GcsCredentials {
  /** Headers that authorise a request. Rejects with a {@link ServiceError} or the signal's reason. */
  headers(signal: AbortSignal): Promise<Headers>;
  /** Forgets the token that `headers` gave out: the service refused it. */
  renew(): void;
  /** A V4 signed address; only where there is a key that can sign. */
  readonly presign?: (key: string, options: PresignOptions) => Promise<string>;
}

/** A service account's key as its JSON file has it; the rest of it is of no use here. */
interface ServiceAccountKey {
  readonly client_email: string;
  readonly private_key: string;
  readonly token_uri: string;
}

const GOOGLE_TOKEN_URI = 'https://oauth2.googleapis.com/token';

/** Milliseconds for an answer of the token endpoint. */
const TOKEN_TIMEOUT = 30_000;

/**
 * Credentials from a service account's key, which is the path of a JSON file or its text; without one, Google's application
 * default credentials (environment, gcloud, metadata server). Google's library makes tokens and signs addresses.
 */
export async function openCredentials(options: {
  readonly serviceAccountKey: string | undefined;
  readonly endpoint: string | undefined;
  readonly bucket: string;
}): Promise<GcsCredentials> {
  const { endpoint, bucket, serviceAccountKey } = options;
  const account = serviceAccountKey === undefined ? undefined : await readKey(serviceAccountKey);
  const { Storage } = await import('@google-cloud/storage');
  const settings: StorageOptions = {
    ...(endpoint !== undefined && { apiEndpoint: endpoint, useAuthWithCustomEndpoint: true }),
    retryOptions: { autoRetry: false, maxRetries: 0 },
  };
  let client: Promise<GoogleStorage> | undefined;

  async function open(): Promise<GoogleStorage> {
    const storage = new Storage(settings);
    if (account) storage.authClient.jsonContent = { ...account, type: 'service_account' };
    const { transporter } = await storage.authClient.getClient();
    transporter.interceptors.request.add({
      async resolved(config) {
        // The library knows one token address only; a key may name another.
        if (account && config.url.href === GOOGLE_TOKEN_URI) config.url = new URL(account.token_uri);
        return {
          ...config,
          retry: false,
          retryConfig: { retry: 0, noResponseRetries: 0 },
          timeout: TOKEN_TIMEOUT,
        };
      },
    });
    return storage;
  }

  function opened(): Promise<GoogleStorage> {
    client ??= open().catch((error) => {
      client = undefined;
      throw error;
    });
    return client;
  }

  return {
    async headers(signal) {
      try {
        const storage = await orAborted(opened(), signal);
        return await orAborted(storage.authClient.getRequestHeaders(), signal);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw tokenFault(error);
      }
    },
    renew() {
      client = undefined;
    },
    ...(account && {
      async presign(key: string, { seconds, contentType, disposition, cacheControl }: PresignOptions) {
        const storage = await opened();
        const [address] = await storage
          .bucket(bucket)
          .file(key)
          .getSignedUrl({
            version: 'v4',
            action: 'read',
            expires: Date.now() + seconds * 1000,
            responseDisposition: disposition,
            responseType: contentType,
            queryParams: { 'response-cache-control': cacheControl },
          });
        return address;
      },
    }),
  };
}

async function readKey(given: string): Promise<ServiceAccountKey> {
  let key: unknown;
  try {
    key = JSON.parse(given.trimStart().startsWith('{') ? given : await readFile(given, 'utf8'));
  } catch (error) {
    throw badKey(error instanceof SyntaxError ? 'not_json' : 'unreadable', error);
  }
  const { type, client_email, private_key, token_uri = GOOGLE_TOKEN_URI } = Object(key);
  if (type !== 'service_account' || typeof client_email !== 'string' || typeof private_key !== 'string') {
    throw badKey('no_service_account');
  }
  if (typeof token_uri !== 'string' || !/^https?:/.test(URL.parse(token_uri)?.protocol ?? '')) {
    throw badKey('bad_token_uri');
  }
  try {
    createPrivateKey(private_key);
  } catch {
    // The reason could quote the key.
    throw badKey('bad_private_key');
  }
  return { client_email, private_key, token_uri };
}

function badKey(error: string, cause?: unknown): AppError {
  const params = { setting: 'service_account_key', error };
  // What JSON.parse says quotes the text, which is a secret.
  const shown = cause instanceof SyntaxError ? undefined : cause;
  return new AppError('not_configured', { reason: 'bad_setting', params, cause: shown });
}

/** What made a token impossible: the endpoint's status decides, as for any other request. */
function tokenFault(error: unknown): ServiceError {
  const { status: own, response, code } = Object(error);
  const status: unknown = own ?? response?.status;
  if (typeof status === 'number') {
    const fault = status === 429 || status === 503 ? 'throttled' : status >= 500 ? 'failed' : 'denied';
    return new ServiceError(fault, { status });
  }
  const isSent = Object(error).config !== undefined || typeof code === 'string';
  return new ServiceError(isSent ? 'unreachable' : 'denied', { cause: messageOf(error) });
}

/** The library's errors carry the whole request, and with it the signed assertion. */
function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
