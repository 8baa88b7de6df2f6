import { type Html, html } from '../html.ts';

/** What a whole page is made of. */
export interface Page {
  readonly title: string;
  readonly body: Html;
}

/** A whole document with the stylesheet of these pages. */
export function renderPage({ title, body }: Page): string {
  return String(html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title} · Dossier</title>
    <link rel="stylesheet" href="/_/setup.css">
  </head>
  <body>
    <main>
      <h1>${title}</h1>${body}
    </main>
  </body>
</html>
`);
}

/** What is shown again after a form that was not accepted. */
export interface SetupForm {
  readonly token: string;
  readonly email: string;
  /** Messages by field; '' stands for the whole form. */
  readonly messages: ReadonlyMap<string, string>;
}

/** The form that makes the first superuser. */
export function setupPage({ token, email, messages }: SetupForm): Page {
  const failed = messages.size > 0;
  return {
    title: failed ? 'Error: create the first superuser' : 'Create the first superuser',
    body: html`
      <p>A superuser may see and change everything on this server. This form works once.</p>
      ${failed && summary(messages)}
      <form action="/_/setup?token=${encodeURIComponent(token)}" method="post">
        <p>
          <label for="email">E-mail</label>
          <input id="email" name="email" type="email" value="${email}" required maxlength="255"
            autocomplete="username" ${describe('email', messages)}>
          ${note('email', messages)}
        </p>
        <p>
          <label for="password">Password</label>
          <input id="password" name="password" type="password" required minlength="8"
            autocomplete="new-password" aria-describedby="password-hint${messages.has('password') && ' password-error'}"
            ${messages.has('password') && html`aria-invalid="true"`}>
          <span id="password-hint" class="hint">At least 8 characters.</span>
          ${note('password', messages)}
        </p>
        <p>
          <label for="passwordConfirm">Password, once more</label>
          <input id="passwordConfirm" name="passwordConfirm" type="password" required minlength="8"
            autocomplete="new-password" ${describe('passwordConfirm', messages)}>
          ${note('passwordConfirm', messages)}
        </p>
        <p><button type="submit">Create superuser</button></p>
      </form>`,
  };
}

function summary(messages: ReadonlyMap<string, string>): Html {
  const whole = messages.get('') ?? 'The superuser was not created. See the messages below.';
  return html`<p role="alert" class="error">${whole}</p>`;
}

function describe(field: string, messages: ReadonlyMap<string, string>): Html | undefined {
  return messages.has(field) ? html`aria-invalid="true" aria-describedby="${field}-error"` : undefined;
}

function note(field: string, messages: ReadonlyMap<string, string>): Html | undefined {
  const message = messages.get(field);
  return message === undefined ? undefined : html`<span id="${field}-error" class="error">${message}</span>`;
}

/** Shown for a link that is wrong, used, or from before a restart. */
export function refusedPage(needed: boolean): Page {
  return {
    title: 'This link does not work',
    body: needed
      ? html`<p>It is not complete, or the server was started again since. Each start prints a new link; copy it whole from
          the server's output.</p>
          <p>Instead, with the server stopped, you can run <code>dossier superuser create EMAIL</code>.</p>`
      : html`<p>The first superuser exists already, and the link worked once. To add another superuser or set a new
          password, stop the server and run <code>dossier superuser upsert EMAIL</code>.</p>`,
  };
}

/** What the start page tells. */
export interface Welcome {
  readonly version: string;
  readonly needsSuperuser: boolean;
  /** The address as the browser sees it, without a final slash. */
  readonly origin: string;
}

/** The start page: that the server runs, and how to go on. */
export function welcomePage({ version, needsSuperuser, origin }: Welcome): Page {
  return {
    title: 'Dossier is running',
    body: html`
      <p>Version ${version}.</p>
      ${
        needsSuperuser
          ? html`<p role="status"><strong>There is no superuser yet.</strong> Open the link that the server printed when it
              started.</p>`
          : html`<p>A superuser exists. Sign in through the API:</p>
              <pre><code>curl ${origin}/api/collections/_superusers/auth-with-password \\
  -H 'Content-Type: application/json' \\
  -d '{"identity":"EMAIL","password":"PASSWORD"}'</code></pre>`
      }
      <p>Applications use the server with the <code>pocketbase</code> or <code>bosbase</code> client library and the address
        <code>${origin}</code>. <a href="/api/health">The state of the API</a> is at <code>/api/health</code>.</p>`,
  };
}

/** Shown for an address that has no page. */
export function notFoundPage(): Page {
  return { title: 'There is no such page', body: html`<p><a href="/_/">To the start page</a></p>` };
}

/** Shown when something went wrong that the reader cannot put right. */
export function troublePage(): Page {
  return {
    title: 'Something went wrong',
    body: html`<p>Please go back and try again. The server's log says more.</p>`,
  };
}
