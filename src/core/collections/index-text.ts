/** A column of an index. */
export interface IndexColumn {
  readonly name: string;
  readonly collate: string;
  readonly order: '' | 'ASC' | 'DESC';
}

/** A side of a comparison in an index's condition. Literals are as they will be printed. */
export type IndexOperand =
  | { readonly kind: 'column'; readonly name: string }
  | { readonly kind: 'literal'; readonly text: string };

/** The condition of a partial index. */
export type IndexCondition =
  | { readonly kind: 'and' | 'or'; readonly terms: readonly IndexCondition[] }
  | { readonly kind: 'not'; readonly term: IndexCondition }
  | {
      readonly kind: 'compare';
      readonly op: string;
      readonly left: IndexOperand;
      readonly right: IndexOperand;
    }
  | { readonly kind: 'null'; readonly operand: IndexOperand; readonly negated: boolean }
  | {
      readonly kind: 'in';
      readonly operand: IndexOperand;
      readonly negated: boolean;
      readonly items: readonly IndexOperand[];
    };

/** A parsed `CREATE [UNIQUE] INDEX`. The table is not part of it: it is always the collection's own. */
export interface Index {
  readonly name: string;
  readonly unique: boolean;
  readonly columns: readonly IndexColumn[];
  readonly where: IndexCondition | undefined;
}

/** The only error of {@link parseIndex}. */
export class IndexError extends Error {}

const MAX_LENGTH = 5000;
const MAX_COLUMNS = 32;
const MAX_DEPTH = 20;
const TOKEN =
  /\s+|`(?<tick>\w*)`|"(?<quote>\w*)"|\[(?<bracket>\w*)\]|(?<word>[A-Za-z_]\w*)|(?<number>-?\d+(?:\.\d+)?)(?![\w.])|(?<text>'(?:[^'\0]|'')*')|(?<sign>!=|<>|<=|>=|==|[=<>(),;])/y;
const OPERATORS = new Set(['=', '==', '!=', '<>', '<', '<=', '>', '>=']);
const COLLATIONS = new Set(['BINARY', 'NOCASE', 'RTRIM']);

interface Token {
  readonly kind: 'word' | 'name' | 'number' | 'text' | 'sign' | 'end';
  readonly text: string;
}

/**
 * Parses `CREATE [UNIQUE] INDEX [IF NOT EXISTS] name ON table (column [COLLATE c] [ASC|DESC], …) [WHERE condition]`.
 * Names are bare or quoted with backticks, double quotes or brackets. Columns are names only; conditions are comparisons of
 * columns and literals, `IS [NOT] NULL`, `[NOT] IN`, with AND, OR, NOT and parentheses. No other SQL gets through.
 * Whether columns exist is for the caller. Throws {@link IndexError}, and nothing else.
 */
export function parseIndex(text: string): Index {
  if (text.length > MAX_LENGTH) throw new IndexError('too long');
  return new Parser(tokenize(text)).index();
}

/** The index as SQL for a table. Parsing the result gives the same index. */
export function printIndex(index: Index, table: string): string {
  const columns = index.columns.map(({ name, collate, order }) =>
    [`\`${name}\``, collate === '' ? '' : `COLLATE ${collate}`, order]
      .filter((part) => part !== '')
      .join(' '),
  );
  const where = index.where === undefined ? '' : ` WHERE ${printCondition(index.where)}`;
  return `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX \`${index.name}\` ON \`${table}\` (${columns.join(', ')})${where}`;
}

/** Every column that an index mentions. */
export function columnsOf(index: Index): readonly string[] {
  const names = new Set(index.columns.map(({ name }) => name));
  const note = (name: string) => {
    names.add(name);
    return name;
  };
  if (index.where !== undefined) mapCondition(index.where, note);
  return [...names];
}

/** The index with other names for its columns. */
export function renameColumns(index: Index, rename: (name: string) => string): Index {
  return {
    ...index,
    columns: index.columns.map((column) => ({ ...column, name: rename(column.name) })),
    where: index.where === undefined ? undefined : mapCondition(index.where, rename),
  };
}

/** Whether the index lets no value but `''` occur twice in one column. */
export function makesUnique({ unique, columns, where }: Index, column: string): boolean {
  const [only] = columns;
  if (!unique || columns.length !== 1 || only?.name.toLowerCase() !== column.toLowerCase()) return false;
  if (where === undefined) return true;
  if (where.kind !== 'compare' || where.op !== '!=') return false;
  const { left, right } = where;
  return left.kind === 'column' && left.name === only.name && right.kind === 'literal' && right.text === "''";
}

function mapCondition(condition: IndexCondition, rename: (name: string) => string): IndexCondition {
  const map = (operand: IndexOperand): IndexOperand =>
    operand.kind === 'column' ? { kind: 'column', name: rename(operand.name) } : operand;
  switch (condition.kind) {
    case 'and':
    case 'or':
      return { kind: condition.kind, terms: condition.terms.map((term) => mapCondition(term, rename)) };
    case 'not':
      return { kind: 'not', term: mapCondition(condition.term, rename) };
    case 'compare':
      return { ...condition, left: map(condition.left), right: map(condition.right) };
    case 'null':
      return { ...condition, operand: map(condition.operand) };
    case 'in':
      return { ...condition, operand: map(condition.operand), items: condition.items.map(map) };
  }
}

function printCondition(condition: IndexCondition): string {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.terms.map(printTerm).join(condition.kind === 'and' ? ' AND ' : ' OR ');
    case 'not':
      return `NOT ${printTerm(condition.term)}`;
    case 'compare':
      return `${printOperand(condition.left)} ${condition.op} ${printOperand(condition.right)}`;
    case 'null':
      return `${printOperand(condition.operand)} IS ${condition.negated ? 'NOT ' : ''}NULL`;
    case 'in': {
      const items = condition.items.map(printOperand).join(', ');
      return `${printOperand(condition.operand)} ${condition.negated ? 'NOT ' : ''}IN (${items})`;
    }
  }
}

function printTerm(condition: IndexCondition): string {
  const text = printCondition(condition);
  return condition.kind === 'and' || condition.kind === 'or' || condition.kind === 'not' ? `(${text})` : text;
}

function printOperand(operand: IndexOperand): string {
  return operand.kind === 'column' ? `\`${operand.name}\`` : operand.text;
}

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (match === null) throw new IndexError('unexpected character');
    const { tick, quote, bracket, word, number, text: literal, sign } = match.groups ?? {};
    const name = tick ?? quote ?? bracket;
    if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (literal !== undefined) tokens.push({ kind: 'text', text: literal });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
  }
  return tokens;
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  index(): Index {
    this.#expect('CREATE');
    const unique = this.#accept('UNIQUE');
    this.#expect('INDEX');
    if (this.#accept('IF')) {
      this.#expect('NOT');
      this.#expect('EXISTS');
    }
    const name = this.#name();
    if (/^sqlite_/i.test(name)) throw new IndexError('the name is reserved');
    this.#expect('ON');
    // Blank in the definition that a new collection starts from.
    if (this.#peek().text === '' && this.#peek().kind === 'name') this.#at++;
    else this.#name();
    this.#expect('(');
    const columns = [this.#column()];
    while (this.#accept(',')) columns.push(this.#column());
    this.#expect(')');
    if (columns.length > MAX_COLUMNS) throw new IndexError('too many columns');
    const where = this.#accept('WHERE') ? this.#or(0) : undefined;
    this.#accept(';');
    if (this.#at < this.#tokens.length) throw new IndexError('unexpected text after the index');
    return { name, unique, columns, where };
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '' };
  }

  #is(text: string): boolean {
    const token = this.#peek();
    return (token.kind === 'word' || token.kind === 'sign') && token.text.toUpperCase() === text;
  }

  #accept(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#at++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#accept(text)) throw new IndexError(`expected ${text}`);
  }

  #name(): string {
    const token = this.#peek();
    const isName = token.kind === 'word' || token.kind === 'name';
    if (!isName || token.text === '') throw new IndexError('expected a name');
    this.#at++;
    return token.text;
  }

  #column(): IndexColumn {
    const name = this.#name();
    let collate = '';
    if (this.#accept('COLLATE')) {
      collate = this.#name().toUpperCase();
      if (!COLLATIONS.has(collate)) throw new IndexError('unknown collation');
    }
    const order = this.#accept('ASC') ? 'ASC' : this.#accept('DESC') ? 'DESC' : '';
    return { name, collate, order };
  }

  #or(depth: number): IndexCondition {
    if (depth > MAX_DEPTH) throw new IndexError('too deeply nested');
    return this.#joined('or', 'OR', () => this.#joined('and', 'AND', () => this.#term(depth)));
  }

  #joined(kind: 'and' | 'or', word: string, next: () => IndexCondition): IndexCondition {
    const first = next();
    const terms = [first];
    while (this.#accept(word)) terms.push(next());
    return terms.length === 1 ? first : { kind, terms };
  }

  #term(depth: number): IndexCondition {
    if (depth > MAX_DEPTH) throw new IndexError('too deeply nested');
    if (this.#accept('NOT')) return { kind: 'not', term: this.#term(depth + 1) };
    if (this.#accept('(')) {
      const inner = this.#or(depth + 1);
      this.#expect(')');
      return inner;
    }
    return this.#comparison();
  }

  #comparison(): IndexCondition {
    const left = this.#operand();
    if (this.#accept('IS')) {
      const negated = this.#accept('NOT');
      this.#expect('NULL');
      return { kind: 'null', operand: left, negated };
    }
    const negated = this.#accept('NOT');
    if (negated || this.#is('IN')) return this.#list(left, negated);
    const { kind, text } = this.#peek();
    if (kind !== 'sign' || !OPERATORS.has(text)) throw new IndexError('expected a comparison');
    this.#at++;
    const op = text === '==' ? '=' : text === '<>' ? '!=' : text;
    return { kind: 'compare', op, left, right: this.#operand() };
  }

  #list(operand: IndexOperand, negated: boolean): IndexCondition {
    this.#expect('IN');
    this.#expect('(');
    const items = [this.#literal()];
    while (this.#accept(',')) items.push(this.#literal());
    this.#expect(')');
    return { kind: 'in', operand, negated, items };
  }

  #operand(): IndexOperand {
    const { kind, text } = this.#peek();
    const isName = kind === 'name' || (kind === 'word' && !/^(?:true|false|null)$/i.test(text));
    return isName ? { kind: 'column', name: this.#name() } : this.#literal();
  }

  #literal(): IndexOperand {
    const { kind, text } = this.#peek();
    const isLiteral =
      kind === 'number' || kind === 'text' || (kind === 'word' && /^(?:true|false)$/i.test(text));
    if (!isLiteral) throw new IndexError('expected a value');
    this.#at++;
    return { kind: 'literal', text: kind === 'word' ? text.toUpperCase() : text };
  }
}
