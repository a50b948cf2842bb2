import type { PeerInfo, Role, StreamerInfo, StreamerStatistics } from '@moonshare/contract';
import { useSignal } from '@preact/signals';
import { type Action, useAction, useAdmin } from './context.ts';
import { bitrate, milliseconds, moment, number, percent, ROLES, shortId, UNKNOWN, who } from './format.ts';
import { ProblemNote } from './problem-note.tsx';
import type { Measurement } from './rates.ts';
import { type Heading, RowButton, ScrollTable } from './scroll-table.tsx';

type ViewerStatistics = StreamerStatistics['viewers'][number];

const STATES: Record<ViewerStatistics['state'], string> = {
  negotiating: 'Connecting',
  connected: 'Connected',
  closed: 'Closed',
};

const TRANSPORTS: Record<NonNullable<ViewerStatistics['transport']>, string> = {
  webrtc: 'WebRTC',
  websocket: 'WebSocket',
};

const RUNGS: Record<ViewerStatistics['rung'], string> = {
  full: 'Full',
  catchingUp: 'Catching up',
  reduced: 'Key frames only',
};

/** Who is watching, how well it works for them, and a button to remove one. */
export function Viewers({ streamer, measurement }: { streamer: StreamerInfo; measurement: Measurement | undefined }) {
  const { api, session, model } = useAdmin();
  const kicking = useAction(session);
  const changing = useAction(session);
  const message = useSignal('');
  const { streamer_id: id, peers, may_manage: mayManage } = streamer;
  const measured = new Map(measurement?.now.viewers.map((viewer) => [viewer.peer_id, viewer]));
  const nameOf = (peer: PeerInfo): string => `${peer.name}, ${who(peer)}`;
  const kick = (peer: PeerInfo) => async (): Promise<void> => {
    message.value = '';
    await api.removeViewer(id, peer.peer_id);
    message.value = removedMessage(peer);
    model.refresh();
  };
  const setRole =
    (peer: PeerInfo) =>
    async (role: Role): Promise<void> => {
      await api.changeViewer(id, peer.peer_id, { role });
      model.refresh();
    };
  return (
    <section aria-label={`Viewers of ${id}`}>
      <h3>Viewers</h3>
      <ProblemNote problem={kicking.problem.value ?? changing.problem.value} />
      <p class="quiet" role="status">
        {message}
      </p>
      {peers.length === 0 && <p class="quiet">No viewers.</p>}
      {peers.length > 0 && (
        <ScrollTable label={`Table of the viewers of ${id}`} headings={HEADINGS} action={mayManage ? 'Kick' : null}>
          {peers.map((peer) => (
            <tr key={peer.peer_id}>
              <th scope="row" title={peer.peer_id}>
                <code>{shortId(peer.peer_id)}</code>
              </th>
              <td>{peer.name}</td>
              <td>{who(peer)}</td>
              <td>
                {mayManage ? (
                  <RoleChoice peer={peer} about={nameOf(peer)} action={changing} change={setRole(peer)} />
                ) : (
                  ROLES[peer.role]
                )}
              </td>
              <Cells peer={peer} statistics={measured.get(peer.peer_id)} />
              {mayManage && <RowButton name="Kick" about={nameOf(peer)} action={kicking} run={kick(peer)} />}
            </tr>
          ))}
        </ScrollTable>
      )}
    </section>
  );
}

/** What the viewer may do, from now on until it joins anew. */
function RoleChoice(choice: { peer: PeerInfo; about: string; action: Action; change: (role: Role) => Promise<void> }) {
  const { peer, about, action, change } = choice;
  const onChange = ({ currentTarget: select }: { currentTarget: HTMLSelectElement }): void =>
    void action.run(async () => {
      try {
        await change(select.value as Role);
      } catch (error) {
        // What is shown is what holds.
        select.value = peer.role;
        throw error;
      }
    });
  return (
    <select aria-label={`Access of ${about}`} value={peer.role} disabled={action.busy.value} onChange={onChange}>
      {Object.entries(ROLES).map(([role, name]) => (
        <option key={role} value={role}>
          {name}
        </option>
      ))}
    </select>
  );
}

/** Anyone whose link or login is still valid may come back. */
function removedMessage(peer: PeerInfo): string {
  const gone = `Viewer ${shortId(peer.peer_id)} was removed.`;
  if (peer.link_id !== null) return `${gone} Link ${peer.link_id} lets the same person in again until you revoke it.`;
  return peer.user === null ? gone : `${gone} ${peer.user} can still open the stream again.`;
}

const NUMBERS: { name: string; title: string; of: (viewer: ViewerStatistics) => string }[] = [
  { name: 'Bitrate', title: 'Sent, over the last few seconds', of: (v) => bitrate(v.bitrate_kbps) },
  {
    name: 'Estimate',
    title: 'What its network can carry; ≥: at least, its limit has not been seen',
    of: (v) => `${v.estimate_is_minimum ? '≥ ' : ''}${bitrate(v.estimated_bitrate_kbps)}`,
  },
  { name: 'Round trip', title: 'As the browser last reported', of: (v) => milliseconds(v.round_trip_ms) },
  { name: 'Loss', title: 'Packets lost, as the browser last reported', of: (v) => percent(v.fraction_lost) },
  {
    name: 'Dropped',
    title: 'Frames not sent because the viewer was too slow',
    of: (v) => number(v.frames_dropped),
  },
  { name: 'NACK', title: 'Packets the browser asked for again', of: (v) => number(v.nacks_received) },
  { name: 'PLI', title: 'Key frames the browser asked for', of: (v) => number(v.plis_received) },
  { name: 'First frame', title: 'From joining to the first frame sent', of: (v) => milliseconds(v.first_frame_ms) },
];

const HEADINGS: readonly Heading[] = [
  ...['Viewer', 'Name', 'Who', 'Access', 'Since', 'State'].map((name) => ({ name })),
  { name: 'Transport', title: 'What carries the picture: WebRTC, or a WebSocket where UDP does not get through' },
  { name: 'Stream', title: 'How much of the stream the viewer gets: less if its network is too slow for all of it' },
  ...NUMBERS.map(({ name, title }) => ({ name, title, class: 'number' })),
];

function Cells({ peer, statistics }: { peer: PeerInfo; statistics: ViewerStatistics | undefined }) {
  return (
    <>
      <td>
        <time dateTime={peer.connected_at}>{moment(peer.connected_at, new Date())}</time>
      </td>
      <td>{statistics === undefined ? UNKNOWN : STATES[statistics.state]}</td>
      <td>{statistics?.transport ? TRANSPORTS[statistics.transport] : UNKNOWN}</td>
      <td>{statistics === undefined ? UNKNOWN : RUNGS[statistics.rung]}</td>
      {NUMBERS.map(({ name, of }) => (
        <td key={name} class="number">
          {statistics === undefined ? UNKNOWN : of(statistics)}
        </td>
      ))}
    </>
  );
}
