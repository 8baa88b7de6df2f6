import { invalid } from '../errors.ts';

/**
 * The passwords of at least eight characters that head the lists of leaked ones. Short on purpose: they are what is tried
 * first against a new server; the throttle holds off the rest.
 */
const common = new Set(
  `12345678 123456789 1234567890 0123456789 12341234 12344321 11111111 00000000 88888888 87654321 987654321 123123123
   123321123 11223344 1122334455 123456789a a123456789 123456abc abc12345 abcd1234 abcdefgh aa123456 aa12345678 a1234567
   a12345678 1qaz2wsx 1q2w3e4r 1q2w3e4r5t q1w2e3r4 q1w2e3r4t5 qwertyui qwertyuiop qwerty12 qwerty123 qwerty1234 qwertz123
   asdfghjk asdfghjkl zxcvbnm1 zaq12wsx password password1 password12 password123 password1234 passw0rd p@ssw0rd p@ssword
   pass1234 pass12345 passwort passwort1 motdepasse contrasena iloveyou iloveyou1 princess princess1 sunshine sunshine1
   football football1 baseball basketball superman superman1 starwars trustno1 whatever computer internet jennifer
   michelle charlie1 dragon12 monkey12 letmein1 letmein123 welcome1 welcome12 welcome123 changeme changeme1 changeme123
   admin123 admin1234 admin12345 administrator adminadmin rootroot root1234 test1234 testtest test12345 secret123
   superuser dossier1 dossier123 default1 temp1234 guest123 hello123 samsung1 liverpool arsenal1 chelsea1 summer2024
   winter2024 summer2025 winter2025 summer2026 spring2026`.split(/\s+/),
);

/** Throws `invalid` with the issue `common_password` at `password` when it is one of the most common ones, in any case. */
export function refuseCommonPassword(password: string): void {
  if (common.has(password.toLowerCase())) throw invalid({ path: 'password', code: 'common_password' });
}

/** As {@link refuseCommonPassword}, for a password that must be there: records take an empty one for none. */
export function checkNewPassword(password: string): void {
  if (password === '') throw invalid({ path: 'password', code: 'required' });
  refuseCommonPassword(password);
}
