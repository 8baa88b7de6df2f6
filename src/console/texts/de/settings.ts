import type * as en from '../en/settings.ts';

export const settings: typeof en.settings = {
  title: 'Einstellungen',
  body: 'Schalter, Umgebung und dossier.toml gelten vor dem, was hier gespeichert ist. Leer lassen heißt: der übliche Wert.',
  save: 'Speichern',
  isSet: 'gesetzt',
  clear: 'Vergessen',
  fallback: 'Üblich:',
  byDefault: 'Üblich',
  on: 'An',
  off: 'Aus',
  afterRestart: 'Gilt nach einem Neustart.',
  held: (origin) => `Der Wert ist anderswo gesetzt (${origin}) und hier nicht zu ändern.`,
  expected: (expected) => `Nicht angenommen; erwartet (englisch): ${expected}.`,
  mailTitle: 'Testnachricht',
  mailTo: 'Senden an',
  mailSend: 'Testnachricht senden',
  mailSubject: 'Eine Testnachricht von Dossier',
  mailText: 'Der Versand funktioniert.',
  mailFailed:
    'Der Mailserver hat die Nachricht nicht angenommen. Prüfen Sie die Einstellungen; im Protokoll steht mehr.',
};
