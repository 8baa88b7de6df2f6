import type { AuthOptions, Collection, TokenOptions } from './collection.ts';
import { type Definition, definitionOf } from './definition-json.ts';

/** A definition that may leave the server: no signing secret, no secret of a provider, and no time of its making. */
export function portableDefinition(collection: Collection): Definition {
  const { auth, dialects } = collection;
  return { ...definitionOf(collection), ...(auth && openOptions(auth)), dialects };
}

function openOptions(auth: AuthOptions): Definition {
  const open = ({ duration }: TokenOptions) => ({ duration });
  return {
    oauth2: {
      ...auth.oauth2,
      providers: auth.oauth2.providers.map(({ clientSecret: _, ...provider }) => provider),
    },
    authToken: open(auth.authToken),
    passwordResetToken: open(auth.passwordResetToken),
    emailChangeToken: open(auth.emailChangeToken),
    verificationToken: open(auth.verificationToken),
    fileToken: open(auth.fileToken),
  };
}
