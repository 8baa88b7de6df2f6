/** The admin's own account. */
export const account = {
  title: 'Your account',
  signedInAs: 'Signed in as',
  look: 'Look',
  theme: 'Theme',
  themes: { auto: 'As the system', light: 'Light', dark: 'Dark' },
  language: 'Language',
  browserLanguage: 'As the browser',
  save: 'Save',
  passwordTitle: 'Password',
  oldPassword: 'Password now',
  newPassword: 'New password',
  newPasswordHint: 'At least 8 characters. Every other session of yours ends.',
  newPasswordConfirm: 'New password, once more',
  changePassword: 'Change password',
  sessionsTitle: 'Sessions',
  signOutEverywhere: 'Sign out everywhere',
  signOutEverywhereBody:
    'Ends every session and token of this account, in this console and in every app. You will have to sign in again.',
};
