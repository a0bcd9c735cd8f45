/** The shop's own interface: rows as it gives them out, 64-bit numbers in decimal strings. */

export interface Order {
  id: string;
  customerName: string;
  totalCents: string;
  currency: string;
  status: string;
  createdAt: string;
}

export interface Comment {
  id: string;
  orderId: string | null;
  authorName: string;
  text: string;
  createdAt: string;
}

export interface Ticket {
  id: string;
  subject: string;
  priority: string;
  status: string;
  assigneeId: string | null;
  createdAt: string;
}

export interface Admin {
  user: string;
  name: string;
  roles: string[];
}

/** Asks the shop; undefined where nobody is signed in. Fails with what the answer says went wrong. */
export async function ask<T>(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<T | undefined> {
  const response = await fetch(path, {
    method,
    cache: 'no-store',
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  if (response.status === 401) return undefined;
  const text = await response.text();
  if (response.ok) return text === '' ? undefined : (JSON.parse(text) as T);
  let problem: { title?: string; detail?: string } = {};
  try {
    problem = JSON.parse(text) as typeof problem;
  } catch {
    // Not the shop's own answer: the status says it.
  }
  throw new Error(problem.detail ?? problem.title ?? `The shop answered ${response.status} to ${method} ${path}.`);
}
