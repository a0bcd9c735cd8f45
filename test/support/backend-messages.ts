/** A message's type and its length, which counts itself: PostgreSQL's protocol, version 3. */
const HEADER = 5;
const NOTIFICATION = 'A'.charCodeAt(0);

/** Takes the notifications of some channels out of what a PostgreSQL server sends, whatever the pieces it comes in. */
export function withoutNotifications(channels: () => ReadonlySet<string>): (bytes: Buffer) => Buffer {
  let rest: Buffer = Buffer.alloc(0);
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    const kept: Buffer[] = [];
    while (rest.length >= HEADER) {
      const end = rest.readInt32BE(1) + 1;
      if (rest.length < end) break;
      const message = rest.subarray(0, end);
      rest = rest.subarray(end);
      if (message[0] !== NOTIFICATION || !channels().has(channelOf(message))) kept.push(message);
    }
    return Buffer.concat(kept);
  };
}

/** After the header and the sender's process id: the channel, then the payload, each with a NUL at its end. */
function channelOf(message: Buffer): string {
  return message.toString('utf8', HEADER + 4, message.indexOf(0, HEADER + 4));
}
