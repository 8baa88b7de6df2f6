/** The first run. */
export const setup = {
  title: 'Create the first superuser',
  errorTitle: 'Error: create the first superuser',
  intro: 'A superuser may see and change everything on this server. This form works once.',
  email: 'E-mail',
  password: 'Password',
  passwordHint: 'At least 8 characters.',
  passwordConfirm: 'Password, once more',
  create: 'Create superuser',
  notCreated: 'The superuser was not created. See the messages below.',
  notCreatedOther: 'The superuser was not created. Check what you typed.',
  notAccepted: (field: string, code: string) =>
    `The superuser was not created: the field ${field} was not accepted (${code}).`,
  refusedTitle: 'This link does not work',
  refusedNeeded:
    'It is not complete, or the server was started again since. Each start prints a new link; copy it whole from the server’s output.',
  refusedInstead: 'Instead, with the server stopped, you can run',
  refusedDone:
    'The first superuser exists already, and the link worked once. To add another superuser or set a new password, stop the server and run',
  toSignIn: 'To the sign-in',
  waitingTitle: 'Dossier is running',
  waiting: 'There is no superuser yet.',
  waitingHow: 'Open the link that the server printed when it started.',
};
