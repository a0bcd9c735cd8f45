import { connect } from 'node:net';
import pg from 'pg';

/** What `pg` keeps to itself. */
type Insides = pg.Client & { processID?: number; secretKey?: number; connection: { stream: { destroy(): void } } };

/** Code of the message that asks a server to end a session's statement, in place of a protocol version. */
const CANCEL_REQUEST = 80_877_102;
/** How long the asking may take, in milliseconds. */
const CANCEL_MS = 500;

/** The open connections of one process, so that none is left waiting for an answer when the process is to end. */
export class Sessions {
  private readonly clients = new Set<Insides>();

  /** Follows a client from before it connects until its connection has ended. */
  follow<C extends pg.Client>(client: C): C {
    const inside = client as unknown as Insides;
    this.clients.add(inside);
    client.once('end', () => this.clients.delete(inside));
    return client;
  }

  /** Asks the server to end what the sessions wait for: a lock that somebody holds, a long statement. */
  async cancel(clients: Iterable<pg.Client> = this.clients): Promise<void> {
    await Promise.all([...clients].map((client) => cancelStatement(client as Insides)));
  }

  /** Takes the sockets away. Whoever waits for an answer is given an error; a server that is gone can't hold us. */
  cut(): void {
    for (const client of this.clients) client.connection.stream.destroy();
  }
}

/** Over a connection of its own, as the protocol has it; one that idles is left as it is. Through a pooler too. */
async function cancelStatement({ host, port, processID, secretKey }: Insides): Promise<void> {
  if (processID === undefined || secretKey === undefined) return;
  const message = Buffer.alloc(16);
  [16, CANCEL_REQUEST, processID, secretKey].forEach((value, at) => message.writeInt32BE(value, at * 4));
  await new Promise<void>((resolve) => {
    const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
    socket.setTimeout(CANCEL_MS, () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    socket.end(message);
    socket.resume();
  });
}
