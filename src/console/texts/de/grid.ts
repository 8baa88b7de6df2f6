import type * as en from '../en/grid.ts';

export const grid: typeof en.grid = {
  perPage: 'Zeilen:',
  editCell: (field) => `${field} bearbeiten`,
  saveCell: 'Speichern',
  wholeForm: 'Ganzer Datensatz',
  cellSaved: 'Der Wert ist gespeichert.',
  undo: 'Rückgängig machen',
  lost: 'Der Server ist nicht erreichbar. Es wurde nichts gespeichert.',
  outrun: 'Jemand anderes hat diesen Wert inzwischen geändert. Es wurde nichts gespeichert.',
  storedNow: 'Jetzt gespeichert:',
  outrunSave: 'Speichern Sie noch einmal, um ihn durch Ihren zu ersetzen.',
};
