export { asksBody, asksRecord, checkRule } from './rules.ts';
