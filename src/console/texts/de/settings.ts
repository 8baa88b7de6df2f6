import type * as en from '../en/settings.ts';

export const settings: typeof en.settings = {
  title: 'Einstellungen',
  body: 'Aufrufparameter, Umgebungsvariablen und dossier.toml gelten vor dem, was hier gespeichert ist. Bleibt ein Feld leer, gilt sein Standardwert.',
  save: 'Speichern',
  isSet: 'gesetzt',
  clear: 'Vergessen',
  fallback: 'Standard:',
  byDefault: 'Standard',
  on: 'An',
  off: 'Aus',
  afterRestart: 'Gilt nach einem Neustart.',
  held: (origin) => `Der Wert ist anderswo gesetzt (${origin}) und hier nicht zu ändern.`,
  expected: (expected) => `Nicht angenommen; erwartet: ${inGerman(expected)}.`,
  notTaken: 'Das wurde nicht angenommen.',
  origins: { saved: 'Hier gespeichert', default: 'Standardwert' },
  reset: 'Auf Standardwert zurücksetzen',
  resetOf: (key) => `${key}: auf Standardwert zurücksetzen`,
  groups: {
    server: 'Server',
    mail: 'Mail',
    auth: 'Anmeldung und Sitzungen',
    backups: 'Sicherungen',
    quotas: 'Kontingente',
    trailbase: 'TrailBase-Clients',
    logs: 'Protokoll der Anfragen',
  },
  labels: {
    'server.public_url': 'Öffentliche Adresse',
    'server.max_upload_size': 'Größte Datei',
    'mail.smtp_host': 'Mailserver',
    'mail.smtp_port': 'Port',
    'mail.smtp_user': 'Benutzername',
    'mail.smtp_password': 'Passwort',
    'mail.smtp_encryption': 'Verschlüsselung',
    'mail.from': 'Absender',
    'auth.access_token_ttl': 'Lebensdauer eines Zugriffstokens',
    'auth.refresh_token_ttl': 'Lebensdauer einer Sitzung',
    'auth.anonymous_token_ttl': 'Lebensdauer einer anonymen Sitzung',
    'auth.console_idle_ttl': 'Unbenutzte Sitzungen der Konsole enden nach',
    'auth.anonymous': 'Anonyme Konten',
    'auth.disable_password_auth': 'Registrierung mit Passwort ausschalten',
    'auth.failed_logins': 'Gescheiterte Anmeldungen pro Minute',
    'auth.redirect_uris': 'Adressen, zu denen eine Anmeldung führen darf',
    'auth.redirect_schemes': 'App-Schemata, zu denen eine Anmeldung führen darf',
    'backups.schedule': 'Zeitplan',
    'backups.storage': 'Wohin neue Sicherungen kommen',
    'backups.keep': 'Wie viele bleiben',
    'quotas.total': 'Alle Dateien zusammen',
    'quotas.per_owner': 'Dateien eines Kontos',
    'trailbase.transactions': 'Mehrere Änderungen in einer Anfrage',
    'logs.requests': 'Letzte Anfragen aufheben',
    'logs.keep': 'Wie lange sie bleiben',
    'logs.max_size': 'Höchster Platzbedarf',
  },
  docs: {
    'server.public_url': 'Adresse, unter der Browser den Server erreichen; sie steht in Links.',
    'server.max_upload_size':
      'Größte Datei, die ein Feld annimmt, etwa `10MB`; `MAX_UPLOAD_FILE_SIZE` zählt in Megabyte.',
    'mail.smtp_host':
      'Server, der Mail annimmt. Ohne ihn werden Nachrichten in den Ordner `outbox` im Datenordner geschrieben.',
    'mail.smtp_port': 'Sein Port.',
    'mail.smtp_user': 'Benutzername dort.',
    'mail.smtp_password': 'Passwort dort.',
    'mail.smtp_encryption':
      '`starttls` und `tls` bestehen auf Verschlüsselung und einem gültigen Zertifikat; `none` sendet Passwörter lesbar.',
    'mail.from':
      'Absender der Nachrichten, etwa `Photos <noreply@example.com>`. Sein Name steht in Vorlagen für `{APP_NAME}`.',
    'auth.access_token_ttl':
      'Lebensdauer der Zugriffstoken, die es zu einem Erneuerungstoken gibt (TrailBase-Clients). Token von PocketBase leben so lange, wie ihre Sammlung sagt.',
    'auth.refresh_token_ttl':
      'Lebensdauer einer Sitzung mit Erneuerungstoken von ihrem Beginn an; ihr Gebrauch verlängert sie nicht.',
    'auth.anonymous_token_ttl': 'Dasselbe für anonyme Konten.',
    'auth.console_idle_ttl':
      'Wie lange eine Sitzung der Konsole unbenutzt bleiben darf; danach endet sie. Sitzungen anderer Clients betrifft das nicht.',
    'auth.anonymous':
      'Ob alle ein Konto ohne Namen und Passwort haben dürfen. Die Sammlung `users` braucht dafür ein eindeutiges Feld `username` und eine `email`, die nicht verlangt wird.',
    'auth.disable_password_auth':
      'Ob die Registrierung mit Passwort für TrailBase-Clients ausgeschaltet ist. Wer schon ein Konto hat, meldet sich weiter an.',
    'auth.failed_logins':
      'Gescheiterte Anmeldungen pro Minute von einer Adresse an einem Konto; 0 = keine Grenze.',
    'auth.redirect_uris':
      'Adressen anderer Websites und Apps, zu denen eine Anmeldung führen darf; verglichen wird das Ganze.',
    'auth.redirect_schemes': 'Schemata von Apps, etwa `myapp`, zu deren Adressen eine Anmeldung führen darf.',
    'backups.schedule':
      'Wann Sicherungen erstellt werden: fünf Felder wie bei cron, in UTC, etwa `0 3 * * *`, oder `@daily`.',
    'backups.storage': 'Name des Speichers, der neue Sicherungen statt des Ordners aufnimmt.',
    'backups.keep': 'Wie viele Sicherungen nach Plan bleiben; wer eine mit Namen verlangt hat, behält sie.',
    'quotas.total': 'So viele Bytes dürfen alle Dateien zusammen haben, etwa `500GB`.',
    'quotas.per_owner': 'So viele Bytes dürfen die Dateien haben, die ein Konto hochgeladen hat.',
    'trailbase.transactions':
      'Ob TrailBase-Clients mehrere Änderungen auf einmal senden dürfen (`/api/transaction/v1/execute`).',
    'logs.requests':
      'Ob die letzten Anfragen, Warnungen und Fehler für die Konsole aufgehoben werden, in `logs.db` im Datenordner.',
    'logs.keep': 'Wie lange sie aufgehoben werden.',
    'logs.max_size': 'Wie viel Platz sie höchstens brauchen; die ältesten gehen zuerst. Mindestens `1MB`.',
  },
  fallbacks: {
    none: 'keiner',
    'the folder': 'der Ordner',
    'the listening address': 'die Adresse, an der der Server lauscht',
    'the limit of each field': 'die Grenze jedes Feldes',
    '`587`; `465` with `tls`': '`587`; `465` bei `tls`',
    '`noreply` at the host of `server.public_url`': '`noreply` beim Host von `server.public_url`',
  },
  storageTitle: 'Test der Speicher',
  storageBody: 'Schreibt, liest und löscht in jedem Speicher eine kleine Datei.',
  storageLink: 'Zu den Speichern',
  mailTitle: 'Testnachricht',
  mailTo: 'Senden an',
  mailSend: 'Testnachricht senden',
  mailSubject: 'Eine Testnachricht von Dossier',
  mailText: 'Der Versand funktioniert.',
  mailFailed:
    'Der Mailserver hat die Nachricht nicht angenommen. Prüfen Sie die Einstellungen; im Protokoll steht mehr.',
};

/** What the server expects of values, in its own words. */
const expectations: Readonly<Record<string, string>> = {
  'the value once more, because it would be sent to another place':
    'der Wert noch einmal, weil er anderswohin gesendet würde',
  'a text': 'ein Text',
  'a text without spaces and line breaks': 'ein Text ohne Leerzeichen und Zeilenumbrüche',
  'a size such as "10MB"': 'eine Größe wie „10MB“',
  'a size of at least "1MB"': 'eine Größe von mindestens „1MB“',
  '"off" or a size such as "10MB"': '„off“ oder eine Größe wie „10MB“',
  'true or false': 'true oder false',
  '"on" or "off"': '„on“ oder „off“',
  'five fields of cron such as "0 3 * * *", or "@daily"':
    'fünf Felder wie bei cron, etwa „0 3 * * *“, oder „@daily“',
  'a list': 'eine Liste',
  'an address such as "https://files.example.com"': 'eine Adresse wie „https://files.example.com“',
  'an address such as "me@example.com" or "Name <me@example.com>"':
    'eine Adresse wie „ich@example.com“ oder „Name <ich@example.com>“',
  'the name of a machine such as "smtp.example.com"': 'der Name eines Rechners wie „smtp.example.com“',
  'schemes of apps such as "myapp"': 'Schemata von Apps wie „myapp“',
  'addresses such as "https://app.example.com/welcome"': 'Adressen wie „https://app.example.com/welcome“',
};

function inGerman(expected: string): string {
  const known = expectations[expected];
  if (known !== undefined) return known;
  return expected
    .replace(/^a whole number from (\S+) to (\S+)$/, 'eine ganze Zahl von $1 bis $2')
    .replace(/^(\d+) to (\d+) seconds, such as "(.*)"$/, '$1 bis $2 Sekunden, etwa „$3“')
    .replace(/^("[^"]*"(?:, "[^"]*")*) or ("[^"]*")$/, '$1 oder $2');
}
