import type { Issue, IssueParam } from '../../core/index.ts';
import { sentence } from '../../lib/text.ts';

type Params = Readonly<Record<string, IssueParam>>;

/** Words of each validator (specs/pocketbase.md 1.3, 3, 4, 6), by the core's code. */
const MESSAGES: Readonly<Record<string, string | ((params: Params) => string)>> = {
  required: 'Cannot be blank.',
  nil: 'Must be blank.',
  empty: 'Must be blank.',
  nil_or_not_empty_required: 'Cannot be blank.',
  length_out_of_range: ({ min, max }) => `The length must be between ${min} and ${max}.`,
  length_too_long: ({ max }) => `The length must be no more than ${max}.`,
  length_too_short: ({ min }) => `The length must be no less than ${min}.`,
  in_invalid: 'Must be a valid value.',
  not_in_invalid: 'Must not be in list.',
  match_invalid: 'Must be in a valid format.',
  min_greater_equal_than_required: ({ threshold }) => `Must be no less than ${threshold}.`,
  max_less_equal_than_required: ({ threshold }) => `Must be no greater than ${threshold}.`,
  is_email: 'Must be a valid email address.',
  is_url: 'Must be a valid URL.',
  is_domain: 'Must be a valid domain.',
  date_out_of_range: 'The date is out of range.',
  values_mismatch: "Values don't match.",
  not_unique: 'Value must be unique.',
  invalid_value: ({ value }) => (value === undefined ? 'Invalid value.' : `Invalid value ${value}`),
  invalid_format: 'Invalid value format.',
  min_text_constraint: ({ min }) => `Must be at least ${min} character(s).`,
  max_text_constraint: ({ max }) => `Must be no more than ${max} character(s).`,
  max_password_constraint: ({ max }) => `Must be less than ${max} character(s).`,
  only_int_constraint: 'Decimal numbers are not allowed.',
  min_number_constraint: ({ min }) => `Must be greater or equal than ${min}.`,
  max_number_constraint: ({ max }) => `Must be less or equal than ${max}.`,
  not_a_number: 'The submitted number is not properly formatted.',
  email_domain_not_allowed: 'Email domain is not allowed.',
  url_domain_not_allowed: 'Url domain is not allowed.',
  invalid_url: 'Must be a valid url.',
  content_size_limit: ({ max }) => `The maximum allowed content size is ${max} bytes.`,
  json_size_limit: ({ max }) => `The maximum allowed JSON size is ${max} bytes.`,
  invalid_json: 'Must be a valid json value.',
  json_schema: 'The value does not match the JSON schema.',
  invalid_cursor: () => 'Invalid cursor.',
  invalid_json_schema: ({ error }) => `Invalid JSON schema: ${error}.`,
  size_limit: ({ max }) => `The maximum allowed size is ${max} characters.`,
  not_null: 'Cannot be blank.',
  out_of_range: 'The number is out of range.',
  too_many_values: ({ max }) => `Select no more than ${max}.`,
  not_enough_values: ({ min }) => `Select at least ${min}.`,
  not_the_id: 'Must be the id of the record.',
  missing_rel_records: 'Failed to find all relation records with the provided ids.',
  too_many_files: ({ max }) => `The maximum allowed files is ${max}.`,
  invalid_file: ({ names }) => `Invalid new files: [${list(names, ' ')}].`,
  file_size_limit: ({ name, max }) =>
    `Failed to upload "${name}" - the maximum allowed file size is ${max} bytes.`,
  invalid_backup: ({ why }) => `The archive cannot be used: ${why}.`,
  invalid_mime_type: ({ name, types }) => `"${name}" mime type must be one of: ${list(types, ', ')}.`,
  invalid_latitude: 'Latitude must be between -90 and 90 degrees.',
  invalid_longitude: 'Longitude must be between -180 and 180 degrees.',
  invalid_old_password: 'Missing or invalid old password.',
  invalid_auth_id: 'The auth record id must be unique across all auth collections.',
  pk_change: 'The record primary key cannot be changed.',
  pk_invalid: 'The record primary key is invalid or already exists.',
  forbidden_pk_character: 'The record primary key contains forbidden characters.',
  reserved_pk: 'The record primary key is reserved and cannot be used.',
  collection_name_exists: 'Collection name must be unique (case insensitive).',
  collection_type_change: 'Collection type cannot be changed.',
  field_type_change: 'Field type cannot be changed.',
  collection_name_id_duplicate: 'The name must not match an existing collection id.',
  collection_name_invalid: "The name shouldn't match with an existing internal table.",
  collection_system_rule_change: 'System collection API rule cannot be changed.',
  invalid_or_existing_id: 'The model id is invalid or already exists.',
  found_via: 'The value cannot contain "_via_".',
  missing_primary_key: 'Missing or invalid "id" PK field.',
  id_kind_change: 'The kind of the record ids cannot be changed.',
  field_relation_change: 'The relation collection cannot be changed.',
  field_relation_missing_collection: "The relation collection doesn't exist.",
  relation_field_non_view_base_collection: 'Non view collections are not allowed to have a view relation.',
  invalid_regex: ({ error }) => `Invalid regular expression: ${error}.`,
  invalid_autogenerate_pattern: ({ error }) => `Invalid autogenerate pattern: ${error}.`,
  duplicated_field_name: ({ name }) => `Duplicated or invalid field name ${name}`,
  duplicated_field_id: ({ id }) => `Duplicated or invalid field id "${id}"`,
  reserved_field_name: 'The field name is reserved and cannot be used.',
  system_field_change: 'System fields cannot be deleted or renamed.',
  collection_system_name_change: 'System collection name cannot be changed.',
  collection_system_flag_change: 'System collection state cannot be changed.',
  invalid_rule: ({ error }) => `Invalid rule. Raw error: ${error}`,
  invalid_index_expression: ({ index }) =>
    index === undefined
      ? 'Invalid CREATE INDEX expression.'
      : `Failed to create index ${index} - the stored values are not unique.`,
  duplicated_index_name: 'The index name already exists.',
  duplicated_index_definition: 'The index definition already exists.',
  existing_index_name: ({ collection }) => `The index name is already used in ${collection} collection.`,
  missing_unique_constraint: ({ fieldName }) => `The field ${fieldName} doesn't have a UNIQUE constraint.`,
  missing_field: ({ fieldName }) => `Invalid or missing field ${fieldName}`,
  invalid_username: 'Must be letters and digits, and begin with a letter.',
  not_allowed: 'Cannot be set.',
  common_password: 'The password is too common.',
  not_supported: 'Not supported by this server.',
  backup_name_exists: 'The backup file name is invalid or already exists.',
};

/** The original's names of parameters, where they are not the core's; `undefined` for what only the wording needs. */
const PARAM_NAMES: Readonly<Record<string, Readonly<Record<string, string | undefined>>>> = {
  too_many_values: { max: 'maxSelect' },
  not_enough_values: { min: 'minSelect' },
  too_many_files: { max: 'maxSelect' },
  invalid_file: { names: 'invalidFiles' },
  file_size_limit: { name: 'file', max: 'maxSize' },
  invalid_mime_type: { name: undefined, types: undefined },
  content_size_limit: { max: 'maxSize' },
  json_size_limit: { max: 'maxSize' },
  duplicated_field_name: { name: 'fieldName' },
  duplicated_field_id: { id: undefined },
  existing_index_name: { collection: 'usedTableName' },
  invalid_index_expression: { index: undefined },
  invalid_rule: { error: undefined },
  invalid_regex: { error: undefined },
  invalid_autogenerate_pattern: { error: undefined },
  invalid_json_schema: { error: undefined },
};

/** An issue as this dialect's code, words and parameters. */
export interface WireMessage {
  readonly code: string;
  readonly message: string;
  readonly params?: Params;
}

/** The wire form of an issue. A code without words of its own keeps its name and says `Invalid value.`. */
export function messageOf(issue: Issue): WireMessage {
  const given = issue.params ?? {};
  const template = MESSAGES[issue.code];
  const message = typeof template === 'function' ? template(given) : (template ?? 'Invalid value.');
  const code = wireCode(issue.code);
  const names = PARAM_NAMES[issue.code] ?? {};
  const params = Object.entries(given).flatMap(([name, value]) => {
    const shown = Object.hasOwn(names, name) ? names[name] : name;
    return shown === undefined ? [] : [[shown, value] as const];
  });
  return params.length > 0
    ? { code, message: sentence(message), params: Object.fromEntries(params) }
    : { code, message: sentence(message) };
}

/** Whether the dialect has words of its own for a code of the core. */
export function hasWords(code: string): boolean {
  return Object.hasOwn(MESSAGES, code);
}

/** Two core codes exist only for their wording. */
function wireCode(code: string): string {
  if (code === 'max_password_constraint') return 'validation_max_text_constraint';
  return `validation_${code}`;
}

function list(value: IssueParam | undefined, separator: string): string {
  return Array.isArray(value) ? value.join(separator) : String(value ?? '');
}
