import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CREDENTIALS } from '../e2e/harness/api.ts';
import { Stack } from '../e2e/harness/stack.ts';
import { type Image, readImage } from '../packages/tap/testing/image.ts';
import type { SmallDesktopState } from '../packages/virtual-host/admin/small-desktop-state.ts';

/** Both agents do the same on the small desktop of the virtual host: enter a name, click, drag, err, and go on. */
let stack: Stack;

before(async () => {
  stack = await Stack.start({ desktop: true, clock: false });
});
after(() => stack?.close());

/** What the model is asked, and the pictures it is shown in it. */
interface Asked {
  // biome-ignore lint/suspicious/noExplicitAny: each script knows what it gets.
  body: any;
  picture: Image | null;
}

type Turn = (asked: Asked) => object;

/** A model's API that answers each request with the next turn of its script, and remembers what it was asked. */
async function scriptedModel(
  path: string,
  turns: readonly Turn[],
  work: (url: string) => Promise<void>,
): Promise<Asked[]> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    try {
      assert.deepEqual([request.method, request.url], ['POST', path]);
      const body = (await json(request)) as Asked['body'];
      const now = { body, picture: await lastPicture(JSON.stringify(body)) };
      const turn = turns[asked.push(now) - 1];
      assert.ok(turn, 'the script is over');
      response.setHeader('content-type', 'application/json').end(JSON.stringify(turn(now)));
    } catch (error) {
      // 400: is not tried again.
      response
        .writeHead(400, { 'content-type': 'application/json' })
        .end(JSON.stringify({ error: { message: `${error}` } }));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return asked;
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** The last JPEG file, in base64, that is somewhere in a request. */
async function lastPicture(body: string): Promise<Image | null> {
  const found = [...body.matchAll(/\/9j\/[\w+/=]+/g)].at(-1);
  return found === undefined ? null : readImage(Buffer.from(found[0], 'base64'));
}

async function runExample(name: string, streamer: string, environment: Record<string, string>): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [fileURLToPath(new URL(`${name}/main.ts`, import.meta.url)), 'Enter "Io", and put the box on the target'],
    {
      env: {
        ...process.env,
        MOONSHARE_URL: stack.api.url,
        MOONSHARE_CREDENTIALS: CREDENTIALS,
        STREAMER: streamer,
        ...environment,
      },
      timeout: 60_000,
    },
  );
  return stdout;
}

type Area = SmallDesktopState['places']['field'];

/** Middles of areas in pixels of the picture that the model was shown: the script knows where they are, a model sees it. */
function pointer({ picture }: Asked): (area: Area) => [number, number] {
  assert.ok(picture, 'a picture was shown');
  const { width, height } = picture;
  return (area) => [Math.round((area.x + area.width / 2) * width), Math.round((area.y + area.height / 2) * height)];
}

async function prepared(streamer: string): Promise<SmallDesktopState> {
  await stack.api.createStreamer(streamer, { width: 1280, height: 720, fps: 10, bitrate: 5000 });
  return stack.host.smallDesktop();
}

/** The desktop is in the state that the task asks for. */
async function finished(streamer: string): Promise<void> {
  const { submitted, buttons, box, lastKeys, heldButtons } = await stack.host.smallDesktop();
  assert.deepEqual(
    { submitted, red: buttons.red.left, onTarget: box.onTarget, drops: box.drops, lastKeys, heldButtons },
    { submitted: ['Io'], red: 2, onTarget: true, drops: 1, lastKeys: 'ctrl+a', heldButtons: [] },
  );
  await stack.api.call('DELETE', `/api/streamers/${streamer}`);
}

test('the agent on Anthropic’s SDK does its task, and is told what it did wrong', async () => {
  const { places, box } = await prepared('claude');
  let calls = 0;
  const turn = (...blocks: [name: string, input: object][]) => ({
    id: 'message',
    type: 'message',
    role: 'assistant',
    model: 'scripted',
    stop_reason: 'tool_use',
    usage: { input_tokens: 1, output_tokens: 1 },
    content: blocks.map(([name, input]) => {
      calls++;
      return { type: 'tool_use', id: `call-${calls}`, toolset_name: 'computer', name, input };
    }),
  });
  const script: Turn[] = [
    () => turn(['screenshot', {}]),
    (asked) =>
      turn(
        ['left_click', { coordinate: pointer(asked)(places.field) }],
        ['type', { text: 'Io' }],
        ['key', { text: 'Entr' }],
      ),
    (asked) => {
      const results = asked.body.messages.at(-1).content;
      assert.deepEqual(
        results.map((result: { is_error?: boolean }) => result.is_error ?? false),
        [true, true, true],
      );
      assert.match(JSON.stringify(results), /closest is Enter/);
      const at = pointer(asked);
      return turn(
        ['left_click', { coordinate: at(places.field) }],
        ['type', { text: 'Io' }],
        ['key', { text: 'Return' }],
        ['double_click', { coordinate: at(places.red) }],
        ['left_click_drag', { start_coordinate: at(box), coordinate: at(places.target) }],
      );
    },
    (asked) => turn(['left_click', { coordinate: pointer(asked)(places.field) }], ['key', { text: 'ctrl+a' }]),
    () => ({ ...turn(), stop_reason: 'end_turn', content: [{ type: 'text', text: 'Io is entered.' }] }),
  ];
  let said = '';
  const asked = await scriptedModel('/v1/messages', script, async (url) => {
    said = await runExample('agent-anthropic', 'claude', { ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: 'none' });
  });
  assert.match(said, /Io is entered\.\n$/);
  assert.deepEqual(asked[0]!.body.tools, [{ type: 'computer_toolset_20260801' }]);
  assert.match(asked[0]!.body.messages[0].content, /Enter "Io"/);
  // Each call has one result, also of those after which there is no picture.
  const ids = asked
    .at(-1)!
    .body.messages.flatMap(({ content }: { content: { tool_use_id?: string }[] | string }) =>
      typeof content === 'string' ? [] : content.flatMap(({ tool_use_id }) => tool_use_id ?? []),
    );
  assert.deepEqual(
    ids,
    Array.from({ length: calls }, (_, index) => `call-${index + 1}`),
  );
  await finished('claude');
});

test('the agent on OpenAI’s SDK does its task, and is told what it did wrong', async () => {
  const { places, box } = await prepared('gpt');
  let responses = 0;
  const turn = (output: object[]) => ({
    id: `response-${++responses}`,
    object: 'response',
    status: 'completed',
    model: 'scripted',
    output,
  });
  const calls = (...actions: object[]) =>
    turn([
      { type: 'computer_call', id: 'item', call_id: 'call', status: 'completed', pending_safety_checks: [], actions },
    ]);
  const xy = ([x, y]: [number, number]) => ({ x, y });
  const enter = (asked: Asked, key: string) => [
    { type: 'click', button: 'left', ...xy(pointer(asked)(places.field)) },
    { type: 'type', text: 'Io' },
    { type: 'keypress', keys: [key] },
  ];
  const script: Turn[] = [
    () => calls({ type: 'screenshot' }),
    (asked) => calls(...enter(asked, 'ENTR')),
    (asked) => {
      assert.match(asked.body.input.at(-1).content, /closest is Enter/);
      const at = pointer(asked);
      return calls(
        ...enter(asked, 'ENTER'),
        { type: 'double_click', ...xy(at(places.red)) },
        { type: 'drag', path: [xy(at(box)), xy(at(places.target))] },
      );
    },
    (asked) =>
      calls(
        { type: 'click', button: 'left', ...xy(pointer(asked)(places.field)) },
        { type: 'keypress', keys: ['CTRL', 'A'] },
      ),
    () =>
      turn([
        {
          type: 'message',
          id: 'text',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: 'Io is entered.', annotations: [] }],
        },
      ]),
  ];
  let said = '';
  const asked = await scriptedModel('/v1/responses', script, async (url) => {
    said = await runExample('agent-openai', 'gpt', { OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: 'none' });
  });
  assert.match(said, /Io is entered\.\n$/);
  assert.deepEqual(
    asked.map(({ body }) => body.previous_response_id),
    [null, 'response-1', 'response-2', 'response-3', 'response-4'],
  );
  assert.deepEqual(asked[0]!.body.tools, [{ type: 'computer' }]);
  await finished('gpt');
});
