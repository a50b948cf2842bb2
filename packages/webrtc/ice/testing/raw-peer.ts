import { BINDING, decodeStun, encodeStun, type StunMessage } from '../../stun/message.ts';
import type { Path } from '../path.ts';
import { VirtualNetwork } from './virtual-network.ts';

/** A peer whose every message the test makes. */
export function rawPeer(options: { random?(bytes: number): Uint8Array } = {}) {
  const network = new VirtualNetwork();
  network.cut = () => true;
  const server = network.peer('server', { addresses: ['198.51.100.1', '2001:db8::1'], ...options });
  const credentials = { ufrag: 'raw', password: 'raw-password-of-22-characters' };
  network.take(server, server.agent.setRemote(credentials, network.now));
  const path = (port: number, address = '203.0.113.9'): Path => ({
    protocol: 'udp',
    local: { address: '198.51.100.1', port: 5_000 },
    remote: { address, port },
  });
  let requests = 0;
  const request = (fields: Partial<StunMessage> = {}): StunMessage => ({
    class: 'request',
    method: BINDING,
    transactionId: Buffer.from(String(++requests).padStart(12, '0')),
    username: `${server.credentials.ufrag}:raw`,
    priority: 1_853_824_767,
    role: { type: 'controlling', tieBreaker: 5n },
    ...fields,
  });
  /** The messages sent in reply, and all other events. */
  const deliver = (datagram: Uint8Array, over: Path) => {
    const events = network.inject(server, datagram, over);
    const sent = events.flatMap((event) => (event.type === 'send' ? [decodeStun(event.datagram)!] : []));
    const requested = sent.filter((message) => message.class === 'request');
    return { events, sent, requested, responses: sent.filter((message) => message.class !== 'request') };
  };
  const ask = (over: Path, fields: Partial<StunMessage> = {}, password = server.credentials.password) =>
    deliver(encodeStun(request(fields), password), over);
  const answer = (
    message: StunMessage,
    over: Path,
    fields: Partial<StunMessage> = {},
    password = credentials.password,
  ) =>
    deliver(
      encodeStun(
        {
          class: 'success',
          method: BINDING,
          transactionId: message.transactionId,
          mappedAddress: over.local,
          ...fields,
        },
        password,
      ),
      over,
    );
  /** Asks, and answers the check that this triggers. */
  const validate = (over: Path, fields: Partial<StunMessage> = {}) => {
    const [check] = ask(over, fields).requested;
    return answer(check!, over);
  };
  const types = ({ events }: { events: { type: string }[] }) => events.map(({ type }) => type);
  return { network, server, path, ask, answer, validate, deliver, types };
}
