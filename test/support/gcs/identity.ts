import { createHash, type KeyObject, verify } from 'node:crypto';
import { GcsRefusal } from './answers.ts';

/** The one service account that the imitation knows, and the tokens it has given out. */
export class GcsIdentity {
  readonly #tokens = new Set<string>();

  constructor(
    private readonly email: string,
    private readonly publicKey: KeyObject,
  ) {}

  /**
   * The token endpoint, for assertions that the account's key has signed:
   * https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests
   */
  async grant(request: Request): Promise<Response> {
    const form = new URLSearchParams(await request.text());
    if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer') {
      return Response.json({ error: 'unsupported_grant_type' }, { status: 400 });
    }
    if (!this.#isGenuine(form.get('assertion') ?? '')) {
      const error_description = 'Invalid JWT Signature.';
      return Response.json({ error: 'invalid_grant', error_description }, { status: 400 });
    }
    const access_token = `ya29.${crypto.randomUUID()}`;
    this.#tokens.add(access_token);
    return Response.json({ access_token, expires_in: 3599, token_type: 'Bearer' });
  }

  #isGenuine(assertion: string): boolean {
    const [head = '', claims = '', signature = ''] = assertion.split('.');
    try {
      const { alg } = JSON.parse(Buffer.from(head, 'base64url').toString());
      const { iss, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString());
      if (alg !== 'RS256' || iss !== this.email || exp * 1000 < Date.now()) return false;
    } catch {
      return false;
    }
    const signed = Buffer.from(`${head}.${claims}`);
    return verify('RSA-SHA256', signed, this.publicKey, Buffer.from(signature, 'base64url'));
  }

  /** Throws 401 without a token of ours: https://cloud.google.com/storage/docs/json_api/v1/status-codes#401 */
  require(request: Request): void {
    const header = request.headers.get('authorization');
    if (header === null) {
      throw new GcsRefusal(401, 'required', 'Anonymous caller does not have storage access.');
    }
    if (!this.#tokens.has(header.replace(/^Bearer /, ''))) {
      throw new GcsRefusal(401, 'authError', 'Invalid Credentials');
    }
  }

  /** All tokens are refused from now on. */
  forget(): void {
    this.#tokens.clear();
  }

  /** Whether a V4 signed address is genuine and not expired: https://cloud.google.com/storage/docs/authentication/canonical-requests */
  isSigned(request: Request, url: URL): boolean {
    const query = [...url.searchParams].filter(([name]) => name !== 'X-Goog-Signature');
    const value = (name: string) => url.searchParams.get(name) ?? '';
    const encode = (text: string) =>
      encodeURIComponent(text).replace(
        /[!'()*]/g,
        (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
      );
    const canonicalQuery = query
      .map(([name, text]) => `${encode(name)}=${encode(text)}`)
      .sort()
      .join('&');
    // A port is no part of what the service's own libraries sign.
    const headers = `host:${url.hostname}\n`;
    const canonical = [request.method, url.pathname, canonicalQuery, headers, 'host', 'UNSIGNED-PAYLOAD'];
    const [email, ...scope] = value('X-Goog-Credential').split('/');
    const hash = createHash('sha256').update(canonical.join('\n')).digest('hex');
    const text = [value('X-Goog-Algorithm'), value('X-Goog-Date'), scope.join('/'), hash].join('\n');
    const date = value('X-Goog-Date').replace(
      /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/,
      '$1-$2-$3T$4:$5:$6Z',
    );
    const expires = Date.parse(date) + Number(value('X-Goog-Expires')) * 1000;
    if (email !== this.email || !(expires > Date.now())) return false;
    return verify(
      'RSA-SHA256',
      Buffer.from(text),
      this.publicKey,
      Buffer.from(value('X-Goog-Signature'), 'hex'),
    );
  }
}
