import { OperatorError } from '../server/operator-error.ts';

/** A password from the keyboard, not shown while it is typed, or else the first line of standard input. */
export async function readPassword(): Promise<string> {
  const password = process.stdin.isTTY ? await askHidden('Password: ') : await firstLine();
  if (password === '') throw new OperatorError('A password is needed.');
  return password;
}

async function firstLine(): Promise<string> {
  return (await Bun.stdin.text()).split(/\r?\n/, 1)[0] ?? '';
}

function askHidden(question: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.resume();
  let typed = '';

  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      stdin.off('data', onData);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
      settle();
    };
    const onData = (data: string | Buffer) => {
      for (const char of String(data)) {
        if (char === '\r' || char === '\n') return finish(() => resolve(typed));
        if (char === '\u0003' || char === '\u0004') {
          return finish(() => reject(new OperatorError('No password was given.')));
        }
        typed = char === '\u007f' || char === '\b' ? [...typed].slice(0, -1).join('') : typed + char;
      }
    };
    stdin.on('data', onData);
  });
}
