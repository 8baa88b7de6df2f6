import type * as en from '../en/sign-in.ts';

export const signIn: typeof en.signIn = {
  title: 'Anmelden',
  errorTitle: 'Fehler: Anmelden',
  email: 'E-Mail',
  password: 'Passwort',
  signIn: 'Anmelden',
  wrong: 'E-Mail oder Passwort ist falsch.',
  tooMany: 'Zu viele Versuche. Bitte warten Sie eine Minute.',
  tooManyFor: (seconds) =>
    `Zu viele Versuche. Versuchen Sie es in ${seconds} ${seconds === 1 ? 'Sekunde' : 'Sekunden'} noch einmal.`,
  blank: 'Bitte geben Sie E-Mail und Passwort ein.',
  foreign: 'Das Formular kam von einer anderen Website. Bitte melden Sie sich hier an.',
  codeTitle: 'Zweiter Schritt',
  codeIntro: 'Geben Sie den Code ein, den Ihre Authenticator-App jetzt zeigt.',
  code: 'Code aus 6 Ziffern',
  continue: 'Weiter',
  badCode:
    'Das ist nicht der Code, den die App jetzt zeigt. Jeder Code gilt einmal: Bitte warten Sie auf den nächsten.',
  wrongCode: 'Der Code war falsch oder die Zeit abgelaufen. Bitte beginnen Sie noch einmal mit dem Passwort.',
  forgotten: 'Vergessen? Führen Sie bei angehaltenem Server dies aus:',
};

export const credentialIssues: typeof en.credentialIssues = {
  required: 'Das darf nicht leer sein.',
  is_email: 'Das ist keine E-Mail-Adresse.',
  common_password: 'Dieses Passwort probieren Angreifer zuerst. Bitte wählen Sie ein anderes.',
  not_unique: 'Diese E-Mail ist schon vergeben.',
  invalid_old_password: 'Das ist nicht Ihr Passwort.',
  differs: 'Die beiden Passwörter sind nicht gleich.',
  atLeast: (min) => `Mindestens ${min} Zeichen, bitte.`,
  atMost: (max) => `Höchstens ${max} Zeichen, bitte.`,
  other: 'Das wurde nicht angenommen.',
};
