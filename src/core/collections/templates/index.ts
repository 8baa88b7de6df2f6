import { attachments } from './attachments.ts';
import { blog } from './blog.ts';
import { profiles } from './profiles.ts';
import { shop } from './shop.ts';
import type { CollectionTemplate } from './template.ts';

/** What a new collection may be made of, in the order in which it is offered. */
export const collectionTemplates: readonly CollectionTemplate[] = [blog, shop, profiles, attachments];
