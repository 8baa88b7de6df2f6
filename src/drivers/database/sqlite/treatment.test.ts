import { expect, test } from 'bun:test';
import { Treatment } from './treatment.ts';

const runAway = (treatment: Treatment, times: number, took: number) => {
  for (let i = 0; i < times; i++) treatment.ranAway(took);
};

const relapse = (treatment: Treatment) => treatment.ranHere(60);

test('a cheap statement stays until it takes too long three times in a short while', () => {
  const treatment = new Treatment('cheap');
  for (const took of [4, 6, 6]) treatment.ranHere(took);
  expect(treatment.away).toBe(false);
  treatment.ranHere(6);
  expect(treatment.away).toBe(true);
});

test('a long read among many in time is forgiven; a very long one is not', () => {
  const treatment = new Treatment('cheap');
  for (let i = 0; i < 500; i++) treatment.ranHere(i % 25 === 0 ? 6 : 1);
  expect(treatment.away).toBe(false);
  treatment.ranHere(51);
  expect(treatment.away).toBe(true);
});

test('it returns after a run of quick reads, and each relapse doubles the run', () => {
  const treatment = new Treatment('cheap');
  relapse(treatment);
  runAway(treatment, 15, 0.1);
  expect(treatment.away).toBe(true);
  runAway(treatment, 1, 0.1);
  expect(treatment.away).toBe(false);
  relapse(treatment);
  runAway(treatment, 31, 0.1);
  expect(treatment.away).toBe(true);
  runAway(treatment, 1, 0.1);
  expect(treatment.away).toBe(false);
});

test('one slow read breaks the run', () => {
  const treatment = new Treatment('eager');
  runAway(treatment, 7, 0.1);
  runAway(treatment, 1, 3);
  runAway(treatment, 7, 0.1);
  expect(treatment.away).toBe(true);
});

test('what the plan shows to be heavy returns only when the plan changes', () => {
  const treatment = new Treatment('heavy');
  runAway(treatment, 5_000, 0.1);
  expect(treatment.away).toBe(true);
  expect(treatment.due).toBe(true);
  treatment.review('cheap');
  expect(treatment.away).toBe(false);
  treatment.review('heavy');
  expect(treatment.away).toBe(true);
});

test('a statement that once took long counts as slow until many quick reads later', () => {
  const treatment = new Treatment('heavy');
  treatment.ranAway(2_000);
  expect(treatment.slow).toBe(true);
  runAway(treatment, 50, 1);
  expect(treatment.slow).toBe(false);
});

test('an away statement may overflow unless its plan is heavy or it was once far too long', () => {
  const treatment = new Treatment('cheap');
  for (let i = 0; i < 3; i++) treatment.ranHere(10);
  expect(treatment.away).toBe(true);
  expect(treatment.mayOverflow).toBe(true);
  treatment.ranHere(10);
  expect(treatment.mayOverflow).toBe(true);
  treatment.ranAway(60);
  expect(treatment.mayOverflow).toBe(false);
  expect(new Treatment('heavy').mayOverflow).toBe(false);
  expect(new Treatment('eager').mayOverflow).toBe(false);
});
