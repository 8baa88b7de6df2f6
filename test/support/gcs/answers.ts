/** A refusal in the form of the JSON API: https://cloud.google.com/storage/docs/json_api/v1/status-codes */
export class GcsRefusal extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }

  /** As the service prints it. */
  response(): Response {
    const { status: code, reason, message } = this;
    const error = { code, message, errors: [{ message, domain: 'global', reason }] };
    return Response.json({ error }, { status: code, headers: this.headers });
  }
}

/** 404 of an object. */
export function noObject(bucket: string, name: string): GcsRefusal {
  return new GcsRefusal(404, 'notFound', `No such object: ${bucket}/${name}`);
}

/** 404 of a bucket. */
export function noBucket(): GcsRefusal {
  return new GcsRefusal(404, 'notFound', 'The specified bucket does not exist.');
}

/** 400 for a request that makes no sense. */
export function badRequest(message: string): GcsRefusal {
  return new GcsRefusal(400, 'invalid', message);
}

/** 412 of a precondition (`ifGenerationMatch`). */
export function conditionNotMet(): GcsRefusal {
  const message = 'At least one of the pre-conditions you specified did not hold.';
  return new GcsRefusal(412, 'conditionNotMet', message);
}
