import { TrailBaseError } from './errors.ts';
import { COMMON_HEADERS } from './respond.ts';

/**
 * The page that the link of a password reset leads to: a form for the new password that needs no script. What is put into
 * the page is a token's alphabet only.
 */
export function passwordForm(token: string | null): Response {
  if (token === null || !/^[\w.-]{1,4096}$/.test(token)) throw new TrailBaseError(404);
  return new Response(page(token), { headers: PAGE_HEADERS });
}

/** The token is in the page's address: nobody keeps the page, and the address is not passed on. */
const PAGE_HEADERS = {
  ...COMMON_HEADERS,
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'content-type': 'text/html; charset=utf-8',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
};

function page(token: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>New password</title>
</head>
<body>
<main>
<h1>New password</h1>
<form action="/api/auth/v1/reset_password/update" method="post">
<input type="hidden" name="password_reset_token" value="${token}">
<p><label>New password<br><input type="password" name="password" autocomplete="new-password" minlength="8" required autofocus></label></p>
<p><label>The same again<br><input type="password" name="password_repeat" autocomplete="new-password" minlength="8" required></label></p>
<p><button type="submit">Set password</button></p>
</form>
</main>
</body>
</html>
`;
}
