import type * as en from '../en/setup.ts';

export const setup: typeof en.setup = {
  title: 'Ersten Superuser anlegen',
  errorTitle: 'Fehler: ersten Superuser anlegen',
  intro: 'Ein Superuser darf auf diesem Server alles sehen und ändern. Dieses Formular funktioniert einmal.',
  email: 'E-Mail',
  password: 'Passwort',
  passwordHint: 'Mindestens 8 Zeichen.',
  passwordConfirm: 'Passwort, noch einmal',
  create: 'Superuser anlegen',
  notCreated: 'Der Superuser wurde nicht angelegt. Bitte beachten Sie die Hinweise unten.',
  notCreatedOther: 'Der Superuser wurde nicht angelegt. Bitte prüfen Sie Ihre Eingaben.',
  notAccepted: (field, code) =>
    `Der Superuser wurde nicht angelegt: Das Feld ${field} wurde nicht angenommen (${code}).`,
  refusedTitle: 'Dieser Link funktioniert nicht',
  refusedNeeded:
    'Er ist unvollständig, oder der Server wurde seitdem neu gestartet. Jeder Start gibt einen neuen Link aus; kopieren Sie ihn vollständig.',
  refusedInstead: 'Stattdessen können Sie bei angehaltenem Server dies ausführen:',
  refusedDone:
    'Den ersten Superuser gibt es schon, und der Link galt einmal. Um einen weiteren anzulegen oder ein neues Passwort zu setzen, halten Sie den Server an und führen Sie dies aus:',
  toSignIn: 'Zur Anmeldung',
  waitingTitle: 'Dossier läuft',
  waiting: 'Es gibt noch keinen Superuser.',
  waitingHow: 'Öffnen Sie den Link, den der Server beim Start ausgegeben hat.',
};
