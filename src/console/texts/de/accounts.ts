import type * as en from '../en/accounts.ts';

export const accounts: typeof en.accounts = {
  title: 'Konten',
  search: 'Nach E-Mail, Name oder Id suchen',
  find: 'Suchen',
  account: 'Konto',
  name: 'Name',
  verified: 'E-Mail bestätigt',
  secondFactor: 'Authenticator-App',
  on: 'Ein',
  off: 'Aus',
  created: 'Angelegt',
  emptyTitle: 'Noch keine Konten',
  emptyBody:
    'Konten erscheinen hier, sobald sich jemand registriert oder Sie welche als Datensätze dieser Sammlung anlegen.',
  noMatchTitle: 'Kein Konto passt',
  noMatchBody: (search) => `Keines hat „${search}“ in E-Mail, Name oder Id.`,
  toRecords: 'Zu den Datensätzen',
  toRecord: 'Als Datensatz öffnen',
  sessionsTitle: 'Sitzungen',
  noSessions:
    'Es gibt keine Sitzung, die sich verlängern lässt. Token ohne Sitzung gelten, bis sie ablaufen.',
  opened: 'Begonnen',
  used: 'Zuletzt benutzt',
  expires: 'Endet von selbst',
  address: 'Adresse',
  agent: 'Programm',
  current: 'diese hier',
  anonymous: 'anonym',
  unknown: 'nicht bekannt',
  end: 'Beenden',
  endOne: (agent) => `Die Sitzung von ${agent} beenden`,
  endAll: 'Alle Sitzungen beenden',
  endAllBody:
    'Beendet alle Sitzungen und Token dieses Kontos, in allen Apps. Wer es benutzt, muss sich neu anmelden.',
  secondFactorOn: 'Die Anmeldung verlangt einen Code aus einer Authenticator-App.',
  secondFactorOff: 'Die Anmeldung verlangt nur das Passwort.',
  switchOff: 'Authenticator-App abschalten',
  switchOffBody:
    'Für jemanden, der sie verloren hat: Danach genügt das Passwort zur Anmeldung. Vergewissern Sie sich, dass es die Inhaberin oder der Inhaber ist, die oder der darum bittet.',
};
