import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { GameStream, InputPacket } from '@moonshare/gamestream';
import { startVirtualHost, type VirtualHost } from '../host.ts';
import { findFreeBasePort } from '../ports.ts';
import { smallDesktop, smallDesktopWhere, TestClient, units } from '../testing/client.ts';
import { VideoDecoder } from '../testing/video-decoder.ts';
import type { Area } from '../widgets/places.ts';

const PIN = '1357';
/** A picture in which nothing has changed takes less than this. */
const STILL_BYTES = 300;
/** Ten seconds of pictures; the first still ones come within one. */
const MOST_PICTURES = 600;
let host: VirtualHost;
let client: TestClient;

before(async () => {
  const apps = ['Desktop', 'Desktop demo'];
  host = await startVirtualHost({
    basePort: await findFreeBasePort(),
    bind: '127.0.0.1',
    pin: PIN,
    apps,
    clock: false,
  });
  client = await TestClient.paired(host, PIN);
});

after(() => host.close());

async function launched(title: string): Promise<GameStream> {
  client.appId = (await client.http.appList()).find((app) => app.title === title)!.id;
  return client.stream('launch');
}

/** Presses the left button in the middle of an area, moves to the middle of another, and releases it there. */
function drag(stream: GameStream, from: Area, to: Area): void {
  const middle = ({ x, y, width, height }: Area): InputPacket => ({
    kind: 'mousePosition',
    x: Math.round((x + width / 2) * 10_000),
    y: Math.round((y + height / 2) * 10_000),
    width: 10_001,
    height: 10_001,
  });
  for (const packet of [middle(from), { kind: 'mouseDown', button: 1 }] as const) stream.send(packet);
  for (const packet of [middle(to), { kind: 'mouseUp', button: 1 }] as const) stream.send(packet);
}

/** Resolves with the frame numbers in the next five pictures in a row that hardly differ from the one before. */
async function stillPictures(stream: GameStream): Promise<(number | null)[]> {
  const decoder = await VideoDecoder.open('h264');
  stream.requestIdr();
  const numbers: (number | null)[] = [];
  let decodes = false;
  const sizes: number[] = [];
  for (let still = 0; still < 5; ) {
    assert.ok(sizes.length < MOST_PICTURES, `the picture never stood still: ${sizes.slice(-20).join(' ')}`);
    const [unit] = await units(stream, 1);
    sizes.push(unit!.data.length);
    decodes ||= unit!.keyFrame;
    if (!decodes) continue;
    for (const { frameNumber } of await decoder.decode(unit!.data)) numbers.push(frameNumber);
    still = unit!.data.length < STILL_BYTES ? still + 1 : 0;
  }
  decoder.close();
  return numbers;
}

test('the app "Desktop demo" shows the small desktop, which stands still until it gets input', async () => {
  const stream = await launched('Desktop demo');
  assert.ok(
    (await stillPictures(stream)).every((number) => number === null),
    'no frame number changes the picture',
  );
  const { box, places } = await smallDesktop(host);
  drag(stream, box, places.target);
  await smallDesktopWhere(host, (state) => state.box.onTarget && state.pressed === null);
  drag(stream, places.field, places.field);
  for (const text of ['é', '😀']) stream.send({ kind: 'text', text });
  await smallDesktopWhere(host, ({ field, focus }) => field.text === 'é😀' && focus === 'field');
  stream.send({ kind: 'keyDown', keyCode: 0xa2, modifiers: 0, flags: 0 });
  stream.send({ kind: 'keyDown', keyCode: 0x41, modifiers: 0, flags: 0 });
  await smallDesktopWhere(host, ({ lastKeys, field }) => lastKeys === 'ctrl+a' && field.selection?.text === 'é😀');
  await stream.close();
  await smallDesktopWhere(host, ({ heldKeys }) => heldKeys.length === 0);
  await client.http.cancel();
});

test('another app of that host shows its input, with frame numbers', async () => {
  const stream = await launched('Desktop');
  const [unit] = await new Promise<Awaited<ReturnType<typeof units>>>((resolve) => {
    stream.on('video', (each) => {
      if (each.keyFrame) resolve([each]);
    });
    stream.requestIdr();
  });
  const decoder = await VideoDecoder.open('h264');
  const [picture] = await decoder.decode(unit!.data);
  assert.equal(picture!.frameNumber, unit!.frameIndex);
  decoder.close();
  await stream.close();
  await client.http.cancel();
});
