/** Text of the filter language that cannot be read. `position` is the UTF-16 offset in the text. */
export class FilterError extends Error {
  readonly position: number;

  constructor(message: string, position: number) {
    super(message);
    this.name = 'FilterError';
    this.position = position;
  }
}
