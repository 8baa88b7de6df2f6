/** Requests that are answered as GET, although HEAD was asked. */
const heads = new WeakSet<Request>();

/** A GET in the place of a HEAD (RFC 9110, 9.3.2): whoever answers it need not know. Ranges mean nothing for HEAD (14.2). */
export function asGet(head: Request): Request {
  const headers = new Headers(head.headers);
  headers.delete('range');
  const get = new Request(head.url, { method: 'GET', headers, signal: head.signal });
  heads.add(get);
  return get;
}

/** Whether only the headers of the answer will be sent. */
export function isHead(request: Request): boolean {
  return request.method === 'HEAD' || heads.has(request);
}
