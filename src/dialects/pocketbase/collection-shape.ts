import type { AuthOptions, Collection, CollectionPage, Field } from '../../core/index.ts';

/** A collection as JSON, keys in the original's order; secrets stay out (specs/pocketbase.md 3). */
export function collectionShape(collection: Collection): Record<string, unknown> {
  return {
    id: collection.id,
    listRule: collection.rules.list,
    viewRule: collection.rules.view,
    createRule: collection.rules.create,
    updateRule: collection.rules.update,
    deleteRule: collection.rules.delete,
    name: collection.name,
    type: collection.type,
    fields: collection.fields.map(fieldShape),
    indexes: collection.indexes,
    created: collection.created,
    updated: collection.updated,
    system: collection.system,
    ...(collection.auth ? authShape(collection.auth) : {}),
  };
}

/** A page of collections. */
export function collectionPageShape(page: CollectionPage): Record<string, unknown> {
  return { ...page, items: page.items.map(collectionShape) };
}

/** Keys are sorted. Fields that the server fills have no help and are never required. */
function fieldShape({ help, required, ...field }: Field): Record<string, unknown> {
  const shown = field.type === 'autodate' ? field : { ...field, help, required };
  return Object.fromEntries(Object.entries(shown).sort(byKey));
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}

function authShape(auth: AuthOptions): Record<string, unknown> {
  return {
    authRule: auth.authRule,
    manageRule: auth.manageRule,
    authAlert: auth.authAlert,
    oauth2: {
      providers: auth.oauth2.providers.map(({ clientSecret: _, ...shown }) => shown),
      mappedFields: auth.oauth2.mappedFields,
      enabled: auth.oauth2.enabled,
    },
    passwordAuth: auth.passwordAuth,
    mfa: auth.mfa,
    otp: auth.otp,
    authToken: { duration: auth.authToken.duration },
    passwordResetToken: { duration: auth.passwordResetToken.duration },
    emailChangeToken: { duration: auth.emailChangeToken.duration },
    verificationToken: { duration: auth.verificationToken.duration },
    fileToken: { duration: auth.fileToken.duration },
    verificationTemplate: auth.verificationTemplate,
    resetPasswordTemplate: auth.resetPasswordTemplate,
    confirmEmailChangeTemplate: auth.confirmEmailChangeTemplate,
  };
}
