/**
 * A fault that whoever starts the program can put right: a wrong value, a port in use, a folder that cannot be written.
 * The message is one sentence for stderr, without a stack; the exit code is 1.
 */
export class OperatorError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OperatorError';
  }
}
