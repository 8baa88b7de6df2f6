import type * as en from '../en/account.ts';

export const account: typeof en.account = {
  title: 'Ihr Konto',
  signedInAs: 'Angemeldet als',
  look: 'Aussehen',
  theme: 'Farbschema',
  themes: { auto: 'Wie das System', light: 'Hell', dark: 'Dunkel' },
  language: 'Sprache',
  browserLanguage: 'Wie der Browser',
  save: 'Speichern',
  passwordTitle: 'Passwort',
  oldPassword: 'Jetziges Passwort',
  ownPassword: 'Ihr eigenes Passwort',
  newPassword: 'Neues Passwort',
  newPasswordHint: 'Mindestens 8 Zeichen. Alle anderen Sitzungen von Ihnen enden.',
  newPasswordConfirm: 'Neues Passwort, noch einmal',
  changePassword: 'Passwort ändern',
  sessionsTitle: 'Sitzungen',
  endOthers: 'Alle anderen Sitzungen beenden',
  factorTitle: 'Authenticator-App',
  factorOn: 'Die Anmeldung verlangt einen Code Ihrer Authenticator-App.',
  factorOff:
    'Die Anmeldung verlangt nur Ihr Passwort. Mit einer Authenticator-App verlangt sie auch einen Code.',
  factorLost:
    'Wer die App verloren hat, wendet sich an einen anderen Superuser: Auf der Seite des Kontos lässt sie sich ausschalten.',
  factorSwitchOn: 'Eine Authenticator-App einrichten',
  factorSwitchOff: 'Ausschalten',
  factorScan:
    'Nehmen Sie dieses Bild mit Ihrer Authenticator-App auf; geben Sie dann den Code ein, den sie zeigt.',
  factorPicture: 'Ein QR-Code mit dem Geheimnis für Ihre Authenticator-App',
  factorByHand: 'Oder geben Sie das Geheimnis in die App ein:',
  factorConfirm: 'Einschalten',
  signOutEverywhere: 'Überall abmelden',
  signOutEverywhereBody:
    'Beendet alle Sitzungen und Token dieses Kontos, in dieser Konsole und in allen Apps. Sie müssen sich danach neu anmelden.',
};
