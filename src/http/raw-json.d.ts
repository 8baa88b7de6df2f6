interface JSON {
  /** Text that `stringify` writes as it stands (https://tc39.es/proposal-json-parse-with-source/). */
  rawJSON(text: string): object;
}
