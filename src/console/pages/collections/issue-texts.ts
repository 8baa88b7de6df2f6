import type { Issue } from '../../../core/index.ts';
import type { Texts } from '../../texts/index.ts';

/** What is wrong, in words, without its place. */
export function issueText({ path, code, params }: Issue, { definitionIssues, issues }: Texts): string {
  const known = Object.entries(definitionIssues.codes).find(([key]) => key === code)?.[1];
  if (code === 'min_greater_equal_than_required') return definitionIssues.atLeast(String(params?.threshold));
  if (code === 'max_less_equal_than_required') return definitionIssues.atMost(String(params?.threshold));
  if (code === 'match_invalid' && /(^|\.)thumbs\.\d+$/.test(path)) return definitionIssues.pictureSize;
  if (known === undefined)
    return (Object.hasOwn(issues, code) && issues[code]) || definitionIssues.other(code);
  return typeof params?.error === 'string' ? definitionIssues.reason(known, params.error) : known;
}

/** The same with its place in the definition before it. */
export function placedIssueText(issue: Issue, texts: Texts, place = issue.path): string {
  return texts.definitionIssues.at(place, issueText(issue, texts));
}
