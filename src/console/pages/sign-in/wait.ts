import type { AppError } from '../../../core/index.ts';
import type { Texts } from '../../texts/index.ts';

/** Seconds after which attempts that were held off are let through again; undefined where the core does not say. */
export function secondsOf({ params }: AppError): number | undefined {
  return typeof params.seconds === 'number' ? params.seconds : undefined;
}

/** That attempts are held off, and for how long. */
export function waitText(error: AppError, { tooMany, tooManyFor }: Texts['signIn']): string {
  const seconds = secondsOf(error);
  return seconds === undefined ? tooMany : tooManyFor(seconds);
}
