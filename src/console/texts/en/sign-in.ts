/** Signing in, and messages about passwords. */
export const signIn = {
  title: 'Sign in',
  errorTitle: 'Error: sign in',
  email: 'E-mail',
  password: 'Password',
  signIn: 'Sign in',
  wrong: 'E-mail or password is wrong.',
  tooMany: 'Too many attempts. Wait a minute, then try again.',
  tooManyFor: (seconds: number) =>
    `Too many attempts. Try again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`,
  blank: 'Fill in e-mail and password.',
  foreign: 'The form came from another site. Sign in here.',
  codeTitle: 'Second step',
  codeIntro: 'Type the code that your authenticator app shows now.',
  code: 'Code of 6 digits',
  continue: 'Continue',
  badCode: 'This is not the code that the app shows now. Each code counts once: wait for the next one.',
  wrongCode: 'The code was wrong, or the time was up. Start again with your password.',
  forgotten: 'Forgotten? With the server stopped, run',
};

/** Messages for issues with e-mails and passwords. */
export const credentialIssues = {
  required: 'This cannot be blank.',
  is_email: 'This is not an e-mail address.',
  common_password: 'This password is among those that attackers try first. Choose another.',
  not_unique: 'This e-mail is in use already.',
  invalid_old_password: 'This is not your password.',
  differs: 'The two passwords are not the same.',
  atLeast: (min: number) => `At least ${min} characters, please.`,
  atMost: (max: number) => `At most ${max} characters, please.`,
  other: 'This was not accepted.',
};
