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
  newPassword: 'Neues Passwort',
  newPasswordHint: 'Mindestens 8 Zeichen. Alle anderen Sitzungen von Ihnen enden.',
  newPasswordConfirm: 'Neues Passwort, noch einmal',
  changePassword: 'Passwort ändern',
  sessionsTitle: 'Sitzungen',
  signOutEverywhere: 'Überall abmelden',
  signOutEverywhereBody:
    'Beendet alle Sitzungen und Token dieses Kontos, in dieser Konsole und in allen Apps. Sie müssen sich danach neu anmelden.',
};
