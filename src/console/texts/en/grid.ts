/** Changes in the grid of records: single cells, and many records at once. */
export const grid = {
  perPage: 'Rows:',
  editCell: (field: string) => `Edit ${field}`,
  saveCell: 'Save',
  wholeForm: 'Whole record',
  cellSaved: 'The value is saved.',
  undo: 'Undo',
  lost: 'The server cannot be reached. Nothing was saved.',
  outrun: 'Somebody else changed this value meanwhile. Nothing was saved.',
  storedNow: 'Stored now:',
  outrunSave: 'Save once more to put yours in its place.',
};
