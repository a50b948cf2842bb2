import type { StreamerInfo } from '@moonshare/contract';
import type { ComponentChildren } from 'preact';
import { encryptionTile } from '../host-encryption.ts';
import { bitrate, count, duration, megabytes, milliseconds, number, UNKNOWN } from './format.ts';
import { cpuPercent, framesPerSecond, type Measurement } from './rates.ts';

/** What the streamer process counts, as tiles. */
export function Statistics({
  streamer,
  measurement,
}: {
  streamer: StreamerInfo;
  measurement: Measurement | undefined;
}) {
  return (
    <section aria-label={`Statistics of ${streamer.streamer_id}`}>
      <h3>Statistics</h3>
      {measurement === undefined ? (
        <p class="quiet">{absence(streamer)}</p>
      ) : (
        <Tiles streamer={streamer} measurement={measurement} />
      )}
    </section>
  );
}

function absence({ status }: StreamerInfo): string {
  return status === 'failed' || status === 'stopping' ? 'No process is running.' : 'Waiting for the first figures.';
}

function Tiles({ streamer, measurement }: { streamer: StreamerInfo; measurement: Measurement }) {
  const { host, input, viewers, process, webrtc_stack: stack } = measurement.now;
  const { video, audio } = host;
  const fps = framesPerSecond(measurement);
  const cpu = cpuPercent(measurement);
  const encryption = encryptionTile(streamer.host_encryption);
  const toViewers = viewers.reduce((sum, viewer) => sum + viewer.bitrate_kbps, 0);
  const events = Object.values(input.events).reduce((sum, events) => sum + events, 0);
  return (
    <dl class="tiles">
      <Tile name="Host round trip" value={milliseconds(host.round_trip_ms)} />
      <Tile name="From the host" value={bitrate(host.bitrate_kbps)}>
        {fps === null ? '' : `${Math.round(fps)} frames/s`}
      </Tile>
      <Tile name="Encrypted from the host" value={encryption?.value ?? UNKNOWN}>
        {encryption?.more}
      </Tile>
      <Tile name="To viewers" value={bitrate(toViewers)}>
        {count(viewers.length, 'viewer')}
      </Tile>
      <Tile name="Frames" value={number(video.frames)}>
        {number(video.key_frames)} key frames
      </Tile>
      <Tile name="Frames lost" value={number(video.lost_frames)}>
        {number(video.recovered_frames)} recovered
      </Tile>
      <Tile name="Sound packets lost" value={number(audio.lost)}>
        {number(audio.recovered)} recovered
      </Tile>
      <Tile name="Key frame requests" value={number(host.idr_requests)}>
        to the host
      </Tile>
      <Tile name="Input events" value={number(events)}>
        {number(input.refused)} refused
      </Tile>
      <Tile name="Event loop delay" value={milliseconds(process.event_loop_delay_ms.p99)}>
        p99, at most {milliseconds(process.event_loop_delay_ms.max)}
      </Tile>
      <Tile name="CPU" value={cpu === null ? UNKNOWN : `${Math.round(cpu)} %`}>
        of one core
      </Tile>
      <Tile name="Memory" value={megabytes(process.memory_bytes)}>
        {megabytes(process.heap_bytes)} heap
      </Tile>
      <Tile name="Process" value={duration(process.uptime_seconds)}>
        pid {process.pid}
      </Tile>
      <Tile name="WebRTC" value={stack === 'native' ? 'Native' : stack} />
    </dl>
  );
}

function Tile({ name, value, children }: { name: string; value: string; children?: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
      <dd class="more">{children}</dd>
    </div>
  );
}
