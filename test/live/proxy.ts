import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

interface Address {
  readonly host: string;
  readonly port: number;
}

/** Stands between the harness and a server, as a network does. */
export interface Proxy extends AsyncDisposable {
  readonly port: number;
  /** Resets every connection; new ones are let through. */
  readonly cut: () => void;
}

export async function proxyTo(server: () => Address): Promise<Proxy> {
  const open = new Set<Socket>();
  const remember = (socket: Socket): void => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    // Whoever is cut off says so; that is the point.
    socket.on('error', () => undefined);
  };
  const listener = createServer((incoming) => {
    const { host, port } = server();
    const outgoing = connect(port, host);
    for (const socket of [incoming, outgoing]) remember(socket);
    incoming.pipe(outgoing).pipe(incoming);
    incoming.on('close', () => outgoing.destroy());
    outgoing.on('close', () => incoming.destroy());
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const cut = (): void => {
    for (const socket of open) socket.resetAndDestroy();
  };
  return {
    port: (listener.address() as AddressInfo).port, // a TCP server
    cut,
    [Symbol.asyncDispose]: async () => {
      cut();
      listener.close();
      await once(listener, 'close');
    },
  };
}
